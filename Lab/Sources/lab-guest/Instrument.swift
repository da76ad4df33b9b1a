import CLabGuest
import Glibc
import ScytheLinux

/// Watches a scenario every 5 ms, in real time, from locked memory: who dies, what can still be handed out, what the
/// probe feels.
final class Instrument {
  private static let tickNanoseconds: Int64 = 5_000_000

  /// When the watching may end.
  enum Ending {
    /// Once memory was low, or a cause was killed, and has been back for a while.
    case whenBack
    /// Once the causes have ended by themselves, or after the time: nobody needs to die.
    case whenCalm
  }

  private let headroom: Headroom
  private let cast: Cast
  private let killer: KillerProcess
  private let probe: ProbeRecord
  private var pressure = PressureWindow()
  private(set) var begin: Int64 = 0

  private var low: (at: Int64, cause: String)?
  /// When it was under twice the floor for the first time: some act before memory is low.
  private var short: Int64?
  private var death: Int64?
  private var back: Int64?
  private var backSince: Int64?
  private var minimum = Headroom.Sample(headroomBytes: .max, availableBytes: .max, swapFreeBytes: .max)
  /// For what there was when somebody signalled.
  private var history: [(at: Int64, bytes: Int64)] = []
  private var gap: Int64 = 0
  private var calmStall: Int64 = 0

  init(headroom: Headroom, cast: Cast, killer: KillerProcess, probe: ProbeRecord) {
    self.headroom = headroom
    self.cast = cast
    self.killer = killer
    self.probe = probe
    history.reserveCapacity(1 << 15)
  }

  /// Makes this process one that is not stopped by what it watches.
  static func becomeUndisturbed() {
    Text.write("-1000", to: "/proc/self/oom_score_adj")
    mlockall(MCL_CURRENT | MCL_FUTURE)
    _ = labguest_set_real_time(50)
  }

  /// The two seconds before.
  func watchCalm() {
    probe.clear()
    pause(microseconds: 2_000_000)
    calmStall = probe.worst(at: MonotonicClock.nowNanoseconds)
    probe.clear()
    begin = MonotonicClock.nowNanoseconds
  }

  /// Watches.
  ///
  /// - Returns: how it ended, as the host's results have it.
  func watch(until ending: Ending, seconds: Int) -> String {
    let end = begin + Int64(seconds) * 1_000_000_000
    var previous = MonotonicClock.nowNanoseconds
    while true {
      MonotonicClock.sleep(nanoseconds: Self.tickNanoseconds)
      let now = MonotonicClock.nowNanoseconds
      gap = max(gap, now - previous - Self.tickNanoseconds)
      previous = now
      take(headroom.sample(), at: now)
      let isDeath = cast.reap(at: now)
      if isDeath, death == nil, cast.members.contains(where: { $0.diedAt == now && $0.status & 0x7f != 0 }) {
        death = now
      }
      killer.listen(at: now)
      if isOver(ending, at: now) { return ending == .whenBack ? "back" : "calm" }
      if now >= end { return ending == .whenBack ? "time-limit" : "calm" }
    }
  }

  private func take(_ sample: Headroom.Sample, at now: Int64) {
    minimum.headroomBytes = min(minimum.headroomBytes, sample.headroomBytes)
    minimum.availableBytes = min(minimum.availableBytes, sample.availableBytes)
    minimum.swapFreeBytes = min(minimum.swapFreeBytes, sample.swapFreeBytes)
    if history.count < history.capacity { history.append((now, sample.headroomBytes)) }
    let isPressed = pressure.isHigh(at: now)
    let isShort = sample.headroomBytes < headroom.floorBytes
    if low == nil, isPressed || isShort { low = (now, isShort ? "headroom" : "pressure") }
    if sample.headroomBytes > 2 * headroom.floorBytes, !isPressed {
      backSince = backSince ?? now
    } else {
      short = short ?? now
      backSince = nil
      back = nil
    }
    // Half a second, so that a gap between two waves is not taken for the end.
    if let since = backSince, back == nil, now - since >= 500_000_000, let low = low?.at ?? death ?? short {
      // Where memory was never short, there is nothing to come back but with the death.
      back = max(since, low)
    }
  }

  private func isOver(_ ending: Ending, at now: Int64) -> Bool {
    let isAnyCauseLeft = cast.members.contains { $0.role == .cause && $0.diedAt == nil }
    switch ending {
    case .whenCalm: return !isAnyCauseLeft && now - begin >= 3_000_000_000
    case .whenBack:
      guard let back else { return false }
      // What still allocates would bring the shortage again; what is only held does not, after a while.
      return now - back >= (isAnyCauseLeft ? 5_000_000_000 : 1_500_000_000)
    }
  }

  /// Says what was seen.
  ///
  /// - Parameters:
  ///   - end: how it ended.
  ///   - isInside: whether a victim that the kernel chose is one of a container that has a limit of its own.
  func report(_ end: String, to port: Port, isInside: (Int32) -> Bool) {
    let now = MonotonicClock.nowNanoseconds
    let events = SignalTrace.end().filter { $0.nanoseconds >= begin && $0.sender != getpid() }
    let choices = events.filter { $0.signal == "OOM" && !isInside($0.target) }
    let senders = killer.threads
    let signals = events.filter { $0.signal != "OOM" && senders.contains($0.sender) }
    let firstChoice = choices.map(\.nanoseconds).min()
    let firstSignal = signals.map(\.nanoseconds).min()
    let first = [firstChoice, firstSignal].compactMap(\.self).min()
    func sinceBegin(_ time: Int64?) -> Int64? { time.map { ($0 - begin) / 1000 } }

    var record = Record("exhaustion")
    record.set("end", end)
    record.set("lowMicroseconds", sinceBegin(low?.at))
    record.set("lowCause", low?.cause)
    // Some write down what they have done only afterwards: that is no decision.
    record.set("decisionMicroseconds", sinceBegin(killer.decidedAt.flatMap { $0 <= firstSignal ?? .max ? $0 : nil }))
    record.set("signalMicroseconds", sinceBegin(first))
    record.set("signalHeadroomBytes", first.flatMap { time in history.last { $0.at <= time }?.bytes })
    record.set("deathMicroseconds", sinceBegin(death))
    record.set("backMicroseconds", sinceBegin(back))
    record.set("minimumHeadroomBytes", minimum.headroomBytes)
    record.set("minimumAvailableBytes", minimum.availableBytes)
    record.set("minimumSwapFreeBytes", minimum.swapFreeBytes)
    record.set("worstStallMicroseconds", probe.worst(at: now) / 1000)
    record.set("worstFreshMicroseconds", probe.worstFresh / 1000)
    record.set("worstFileMicroseconds", probe.worstFile / 1000)
    record.set("stallSumMicroseconds", probe.lateSum(at: now) / 1000)
    record.set("calmStallMicroseconds", calmStall / 1000)
    let falseKills = cast.members.filter { ($0.role == .bystander || $0.role == .probe) && $0.diedAt != nil }
    record.set("falseKills", falseKills.count)
    record.set("kernelKills", Set(choices.map(\.target)).count)
    record.set("kernelCameFirst", firstChoice.map { $0 < firstSignal ?? .max } ?? false)
    record.set("instrumentGapMicroseconds", gap / 1000)
    port.write(record)
    for event in events.prefix(60) {
      var record = Record("signal")
      record.set("microseconds", (event.nanoseconds - begin) / 1000)
      record.set("signal", event.signal)
      record.set("target", event.target)
      record.set("targetName", event.targetName)
      record.set("sender", event.sender)
      record.set("senderName", event.senderName)
      port.write(record)
    }
    cast.report(to: port, since: begin)
    killer.report(to: port)
    KernelLog.report(to: port)
  }
}
