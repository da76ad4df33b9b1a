import ScytheLinux

@testable import ScythePolicy

let mebibyte: UInt64 = 1 << 20
let gibibyte: UInt64 = 1 << 30
let second: UInt64 = 1_000_000_000
let millisecond: UInt64 = 1_000_000

extension SystemSample {
  /// A machine with so much free, and all else taken by anonymous memory.
  static func machine(
    _ total: UInt64 = 16 * gibibyte, free: UInt64, at nanoseconds: UInt64 = second, isClose: Bool = false
  ) -> SystemSample {
    var sample = SystemSample()
    sample.monotonicNanoseconds = nanoseconds
    sample.bootNanoseconds = nanoseconds
    sample.memory.totalBytes = total
    sample.memory.freeBytes = free
    sample.kinds.anonymousBytes = total - free
    sample.perCPUListsAreRead = isClose
    return sample
  }

  /// The same at another time.
  func later(_ nanoseconds: UInt64) -> SystemSample {
    var sample = self
    sample.monotonicNanoseconds += nanoseconds
    sample.bootNanoseconds += nanoseconds
    return sample
  }

  /// The same as a close look sees it.
  var close: SystemSample {
    var sample = self
    sample.perCPUListsAreRead = true
    return sample
  }
}

extension GroupSample {
  /// The same, read at a time.
  func read(at nanoseconds: UInt64) -> GroupSample {
    var sample = self
    sample.readNanoseconds = nanoseconds
    return sample
  }
}

extension Candidate {
  /// A process of a size.
  init(
    _ pid: Int32, _ anonymous: UInt64, name: StaticString = "program", adjustment: Int16 = 0, started: UInt64 = 100
  ) {
    self.init()
    self.pid = PID(pid)
    startTicks = started
    userID = 1000
    anonymousBytes = anonymous
    scoreAdjustment = adjustment
    self.name = ProcessName(name)
  }
}

extension ProcessName {
  init(_ text: StaticString) {
    self = unsafe ProcessName(Span(_unsafeStart: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}

extension Policy {
  /// Decides on arrays; with no control group of a limit.
  mutating func decide(_ sample: SystemSample, _ rows: [Candidate] = [], groups: [GroupSample] = []) -> Decision {
    decide(sample, rows.span, groups.span)
  }

  /// Decides as the daemon does: looks closer at once when it is told to.
  mutating func decideClosely(
    _ sample: SystemSample, _ rows: [Candidate], groups: [GroupSample] = []
  ) -> Decision {
    let decision = decide(sample, rows, groups: groups)
    return decision.action == .lookCloser ? decide(sample.close, rows, groups: groups) : decision
  }
}

extension Decision {
  /// Whether somebody is signalled.
  var isSignal: Bool {
    switch action {
    case .kill, .polite: true
    case .nothing, .lookCloser, .releaseKernelVictim: false
    }
  }
}

extension PolicySettings {
  /// Without polite signals: every signal is a kill.
  static func blunt(_ profile: Profile = .desktop) -> PolicySettings {
    var settings = PolicySettings(profile: profile)
    settings.politeSignal = false
    return settings
  }
}
