import CLabGuest
import Glibc
import ScytheLinux
import ScytheVictims

/// One victim, killed by one means, and watched.
struct HardTrial {
  /// After two seconds nobody waits for memory any more; a guest that is emulated gets twice as much.
  static let limitSeconds = 4
  private static let tickNanoseconds: Int64 = 2_000_000

  let kind: HardKind
  let means: HardMeans
  /// Why nothing was measured.
  private var unavailable: String?
  private var beforeBytes = 0
  private var signalAt, backAt, exitAt: Int64?
  private var leftBytes = 0
  private var mutex: String?
  private var said: String?

  /// A trial that cannot be made.
  init(_ kind: HardKind, _ means: HardMeans, unavailable: String) {
    self.kind = kind
    self.means = means
    self.unavailable = unavailable
  }

  /// Makes a victim, kills it, and clears up.
  ///
  /// - Throws: `Stage.Refusal` if something is left behind.
  init(in place: HardPlace, _ means: HardMeans) throws {
    self.init(place.kind, means, unavailable: means.refusal)
    guard unavailable == nil else { return }
    do {
      let (victim, group) = try place.makeVictim()
      defer { victim.end() }
      try watch(victim, HardGauge(kind.source, group: group))
    } catch let reason as HardPlace.Unavailable {
      unavailable = reason.reason
    } catch let error as Errno {
      unavailable = "the victim cannot be watched: error \(error.rawValue)"
    }
    try place.clear()
  }

  private init(_ kind: HardKind, _ means: HardMeans, unavailable: String?) {
    self.kind = kind
    self.means = means
    self.unavailable = unavailable
  }

  private mutating func watch(_ victim: VictimProcess, _ gauge: HardGauge?) throws {
    guard let gauge, let output = try? OutputPipe() else {
      throw HardPlace.Unavailable(reason: "its memory cannot be read")
    }
    let process = try ProcessDescriptor(victim.pid)
    beforeBytes = gauge.bytes
    // Nine tenths of what it was told to have: the kernel charges it with more, such as the stacks of its threads.
    let goal = beforeBytes - kind.bytes / 10 * 9
    // What is tried may run at a high priority too, and is not to hold up the clock.
    _ = labguest_set_real_time(50)
    defer { _ = labguest_set_real_time(0) }
    let begin = MonotonicClock.nowNanoseconds
    let end = begin + Int64(Self.limitSeconds) * 1_000_000_000
    let killer = means.start(
      victim.pid, process, withSharers: kind == .vforkParent, seconds: Self.limitSeconds, output: output.end)
    output.closeWriting()
    var status: CInt?
    var now = begin
    while now < end, backAt == nil || exitAt == nil || status == nil {
      MonotonicClock.sleep(nanoseconds: Self.tickNanoseconds)
      let bytes = gauge.bytes
      let isDead = try process.waitForExit(timeoutMilliseconds: 0)
      now = MonotonicClock.nowNanoseconds
      if backAt == nil, bytes <= goal { backAt = now - begin }
      if exitAt == nil, isDead { exitAt = now - begin }
      status = status ?? Self.end(of: killer, isForced: false)
    }
    leftBytes = max(0, kind.bytes - (beforeBytes - gauge.bytes))
    _ = labguest_set_real_time(0)
    // A command that was told the same limit is about to say so.
    for _ in 0..<200 where status == nil {
      pause(microseconds: 10_000)
      status = Self.end(of: killer, isForced: false)
    }
    if status == nil { _ = Self.end(of: killer, isForced: true) }
    said = means.said(output.text(), status: status)
    signalAt = SignalTrace.events().first { $0.nanoseconds >= begin && $0.target == victim.pid.rawValue }
      .map { $0.nanoseconds - begin }
    if kind.holdsMutex { mutex = victim.mutexFate().rawValue }
  }

  /// What a process ended with; `nil` if it runs.
  private static func end(of pid: pid_t, isForced: Bool) -> CInt? {
    var status: CInt = 0
    if isForced { kill(pid, SIGKILL) }
    return unsafe waitpid(pid, &status, isForced ? 0 : WNOHANG) > 0 ? status : nil
  }

  /// As the host's results have it.
  var record: Record {
    var record = Record("hard")
    record.set("victim", kind.rawValue)
    record.set("title", kind.title)
    record.set("means", means.rawValue)
    record.set("unavailable", unavailable)
    guard unavailable == nil else { return record }
    record.set("beforeBytes", beforeBytes)
    record.set("signalMicroseconds", signalAt.map { $0 / 1000 })
    record.set("backMicroseconds", backAt.map { $0 / 1000 })
    record.set("exitMicroseconds", exitAt.map { $0 / 1000 })
    record.set("limitMicroseconds", Self.limitSeconds * 1_000_000)
    record.set("leftBytes", leftBytes)
    record.set("evidence", kind.source.rawValue)
    record.set("mutex", mutex)
    record.set("said", said)
    return record
  }
}
