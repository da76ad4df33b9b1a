import ArgumentParser
import Glibc
import Scythe
import ScytheVictims

/// `scythe demo`
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Kill real victims of its own, SIGKILL alone beside Scythe, and compare what comes back.",
    discussion: "Takes less than 30 s and at most a quarter of the available memory; touches no other process.")

  func run() throws {
    let interruptions = try InterruptionSignals.open()
    let stage = try DemoStage(cancellation: interruptions.descriptor.number)
    Output.line(stage.title)
    Output.line("")
    Output.line(DemoTable.row("victim", "SIGKILL alone", "Scythe"))
    var returned: (alone: UInt64, scythe: UInt64) = (0, 0)
    var asked: UInt64 = 0
    for kind in DemoVictim.allCases {
      let alone = stage.kill(kind, releasing: false)
      let scythe = alone.isRun ? stage.kill(kind, releasing: true) : alone
      if alone == .interrupted || scythe == .interrupted {
        throw Failure(message: "interrupted", exit: Exit.interrupted)
      }
      Output.line(DemoTable.row(kind.title, alone.words, scythe == alone && !alone.isRun ? "" : scythe.words))
      returned.alone += alone.bytesBack
      returned.scythe += scythe.bytesBack
      asked += alone.isRun ? stage.bytes : 0
    }
    Output.line("")
    Output.line(
      "back within \(Quantity.seconds(DemoStage.deadlineNanoseconds)), of \(Quantity.bytes(asked)) killed:"
        + " SIGKILL alone \(Quantity.bytes(returned.alone)), Scythe \(Quantity.bytes(returned.scythe))")
  }
}

/// The kinds of victims that are shown.
enum DemoVictim: CaseIterable {
  case running
  case heldInExit
  case frozen

  var title: String {
    switch self {
    case .running: "running"
    case .heldInExit: "stuck in its exit"
    case .frozen: "frozen (cgroup v1)"
    }
  }
}

/// What came of one kill.
enum DemoResult: Equatable {
  case back(nanoseconds: Int64, bytes: UInt64)
  case kept(bytes: UInt64, back: UInt64)
  case notRun(String)
  case interrupted

  var words: String {
    switch self {
    case .back(let nanoseconds, _): "back in \(Quantity.milliseconds(nanoseconds))"
    case .kept(let bytes, _): "not back: \(Quantity.bytes(bytes)) kept"
    case .notRun(let reason): "not shown here: \(reason)"
    case .interrupted: "interrupted"
    }
  }

  var isRun: Bool { if case .notRun = self { false } else { true } }

  var bytesBack: UInt64 {
    switch self {
    case .back(_, let bytes), .kept(_, let bytes): bytes
    default: 0
    }
  }
}

/// Makes victims, and kills them one way or the other.
struct DemoStage {
  /// How long either way may take.
  static let deadlineNanoseconds: Int64 = 2_000_000_000

  /// The size of each victim.
  let bytes: UInt64
  private let program: String
  private let cancellation: CInt?

  init(cancellation: CInt?) throws {
    self.cancellation = cancellation
    guard let program = VictimProcess.findProgram() else {
      throw Failure(
        message:
          "cannot make a victim: no scythe-victim beside scythe; build it with 'swift build --product scythe-victim'",
        exit: Exit.system)
    }
    self.program = program
    do throws(Errno) {
      // One victim lives at a time, so that this is all that the demo ever takes.
      let quarter = try Procfs().memoryInformation().availableBytes / 4
      bytes = min(quarter, 512 << 20) & ~0xf_ffff
    } catch {
      throw Failure(message: "cannot size the victims: /proc/meminfo: \(error.description)", exit: Exit.system)
    }
    guard bytes >= 8 << 20 else {
      throw Failure(
        message: "cannot make a victim: a quarter of the available memory is under 8 MiB; free some first",
        exit: Exit.system)
    }
  }

  var title: String {
    var system = utsname()
    unsafe uname(&system)
    let release = unsafe withUnsafeBytes(of: &system.release) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    let processors = Machine.usableProcessors
    return
      "Victims of \(Quantity.bytes(bytes)), killed; Linux \(release), \(processors) CPU\(processors == 1 ? "" : "s")."
      + " Time until the memory is back, at most \(Quantity.seconds(DemoStage.deadlineNanoseconds)):"
  }

  /// Makes a victim and kills it.
  func kill(_ kind: DemoVictim, releasing: Bool) -> DemoResult {
    var arguments = ["--anon", "\(bytes)"]
    switch kind {
    case .running: break
    case .heldInExit: arguments.append("--held")
    case .frozen:
      guard let folder = freezerFolder() else { return .notRun("no cgroup v1 freezer is mounted") }
      arguments += ["--freeze", folder]
    }
    let victim: VictimProcess
    do {
      victim = try VictimProcess(program: program, arguments)
    } catch {
      let reason = "\(error)"
      return isInterrupted ? .interrupted : .notRun(reason.hasPrefix("cannot: ") ? String(reason.dropFirst(8)) : reason)
    }
    defer { victim.end() }
    var request = KillRequest(processes: [victim.pid])
    request.options.deadlineNanoseconds = DemoStage.deadlineNanoseconds
    request.options.cancellation = cancellation
    if !releasing { request.options.carrier = nil }
    do throws(ReaperError) {
      let report = try killAndRelease(request)
      if report.summary.isCancelled { return .interrupted }
      guard let back = report.victims[0].backNanoseconds else {
        return .kept(bytes: report.summary.left.totalBytes, back: report.summary.bytesBack)
      }
      return .back(nanoseconds: back, bytes: report.summary.bytesBack)
    } catch {
      return isInterrupted ? .interrupted : .notRun(Failure(error, controlGroups: []).message)
    }
  }

  /// Ctrl-C reaches the victims too: then it is no failure of theirs.
  private var isInterrupted: Bool {
    guard let cancellation else { return false }
    var source = pollfd(fd: cancellation, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&source, 1, 0) > 0
  }

  private func freezerFolder() -> String? {
    guard let path = try? Procfs().controlGroupPath(of: .current, in: .freezer) else { return nil }
    return path.withBytes { bytes in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }
  }
}

/// The table.
enum DemoTable {
  static func row(_ victim: String, _ alone: String, _ scythe: String) -> String {
    let line = "  \(pad(victim, 22))\(pad(alone, 28))\(scythe)"
    return String(line.reversed().drop { $0 == " " }.reversed())
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(2, width - text.count))
  }
}
