import ScytheLinux
import Testing

@testable import ScythePolicy

@Suite struct `A polite signal` {
  /// A slow leak, 2 MiB a second, that comes below the floor.
  private func politePolicy() -> (policy: Policy, sample: SystemSample, decision: Decision) {
    var (policy, sample) = calmPolicy(PolicySettings())
    for step in 0..<4 {
      sample = sample.later(second).free(reserve + (7 - 2 * UInt64(step)) * mebibyte)
      _ = policy.decide(sample, hogs)
    }
    sample = sample.later(second).free(reserve - mebibyte)
    _ = policy.decide(sample, hogs)
    sample = sample.later(10 * millisecond)
    let decision = policy.decideClosely(sample, hogs)
    return (policy, sample, decision)
  }

  @Test func `is sent while there is time, for half a second at most`() {
    let (_, sample, decision) = politePolicy()
    #expect(decision.action == .polite(graceNanoseconds: PolicyConstants.mostGraceNanoseconds))
    #expect(decision.lookAgainAtNanoseconds <= sample.monotonicNanoseconds + PolicyConstants.mostGraceNanoseconds)
  }

  /// 3 MiB a second: 63 pages for each of three lists, which happen to be empty soon after each other; and as many as one
  /// takes since Linux 6.7.
  @Test(arguments: [(63, 3, 123), (63 << 5, 1, 1312)] as [(UInt64, Int, Int)])
  func `is sent to a slow leak, though the kernel takes its pages a list at a time`(
    pages: UInt64, lists: Int, steps: Int
  ) {
    var (policy, sample) = calmPolicy(PolicySettings())
    var free = reserve + 4 * mebibyte
    var decision = Decision()
    for _ in 0..<100 where !decision.isSignal {
      for step in 0..<steps where !decision.isSignal {
        if step >= steps - lists { free -= pages * 4096 }
        sample = sample.later(2 * millisecond).free(free)
        decision = policy.decide(sample, hogs)
        if decision.action == .lookCloser { decision = policy.decideClosely(sample.later(1), hogs) }
      }
    }
    #expect(decision.action == .polite(graceNanoseconds: PolicyConstants.mostGraceNanoseconds))
    let left = decision.headroom.totalBytes - decision.line.emergencyBytes
    #expect(left.nanoseconds(atPerSecond: decision.line.fillBytesPerSecond) < PolicyConstants.politeNanoseconds)
  }

  @Test func `is not sent to one that takes memory in large steps and rests between them`() {
    var (policy, sample) = calmPolicy(PolicySettings())
    sample = sample.later(10 * second).free(reserve + 40 * mebibyte)
    for _ in 0..<200 {
      _ = policy.decide(sample, hogs)
      sample = sample.later(10 * millisecond)
    }
    // Half of the reserve at once, and nothing for a third of a second, nor more than a last sip.
    sample = sample.free(reserve + 5 * mebibyte)
    for _ in 0..<32 {
      #expect(policy.decide(sample, hogs).action != .kill)
      sample = sample.later(10 * millisecond)
    }
    sample = sample.free(reserve - 5 * mebibyte)
    for _ in 0..<2 {
      #expect(policy.decide(sample, hogs).action != .kill)
      sample = sample.later(5 * millisecond)
    }
    let decision = policy.decideClosely(sample, hogs)
    #expect(decision.action == .kill && decision.line.fillBytesPerSecond == 0)
  }

  @Test func `is followed by SIGKILL when its grace is over`() {
    var (policy, sample, decision) = politePolicy()
    let victim = decision.victim
    let early = policy.decide(sample.later(PolicyConstants.mostGraceNanoseconds - 1), hogs)
    #expect(early.action == .nothing)
    decision = policy.decide(sample.later(PolicyConstants.mostGraceNanoseconds), hogs)
    #expect(decision.action == .kill)
    #expect(decision.victim?.pid == victim?.pid)
    #expect(policy.decide(sample.later(PolicyConstants.mostGraceNanoseconds + 1), hogs).restraint == .credit)
  }

  @Test func `is followed by SIGKILL for the same one when memory falls`() {
    var (policy, sample, _) = politePolicy()
    let three = (reserve - mebibyte) / 4 * 3
    #expect(policy.decide(sample.later(10 * millisecond).free(three + mebibyte), hogs).action == .nothing)
    let fallen = policy.decide(sample.later(20 * millisecond).free(three - mebibyte), hogs)
    #expect(fallen.action == .kill)
    #expect(fallen.victim?.pid == PID(10))
    #expect(policy.decideClosely(sample.later(30 * millisecond).free(0), hogs).restraint == .tooSoon)
  }

  @Test func `is followed by nothing if the victim ends by itself`() {
    var (policy, sample, _) = politePolicy()
    policy.killEnded(PID(10), startTicks: 100, bytesBack: 8 * gibibyte)
    let decision = policy.decide(sample.later(second).free(8 * gibibyte), Array(hogs[1...]))
    #expect(decision.action == .nothing)
    #expect(decision.restraint == .enough)
  }

  @Test func `is followed by SIGKILL even if nobody looked until the clock stood at its end`() {
    var (policy, sample, _) = politePolicy()
    sample.monotonicNanoseconds = .max
    sample.bootNanoseconds = .max
    let decision = policy.decide(sample, hogs)
    #expect(decision.action == .kill)
    #expect(decision.victim?.pid == PID(10))
  }

  @Test func `is not sent without time, in an emergency, or where it is off`() {
    var (policy, sample) = calmPolicy(PolicySettings())
    #expect(policy.decideClosely(sample.free(0), hogs).action == .kill)
    (policy, sample) = calmPolicy(PolicySettings())
    var last = Decision()
    for step in 0..<15 {
      // 1 GiB/s.
      let free = reserve + 100 * mebibyte - gibibyte.over(nanoseconds: UInt64(min(step, 13)) * 10 * millisecond)
      last = policy.decideClosely(sample.later(UInt64(step) * 10 * millisecond).free(free), hogs)
      if last.isSignal { break }
    }
    #expect(last.action == .kill)
    // A leak as slow as that of a polite signal, where everybody waits for memory for a tenth of the time.
    (policy, sample) = calmPolicy(PolicySettings())
    for step in 0..<5 {
      sample = sample.later(second).free(reserve + 7 * mebibyte - 2 * UInt64(step) * mebibyte)
      sample.pressure = PressureTotals(fullMicroseconds: UInt64(step) * 100_000)
      _ = policy.decide(sample, hogs)
    }
    #expect(policy.decideClosely(sample.later(10 * millisecond), hogs).action == .kill)
    (policy, sample) = calmPolicy(.blunt())
    _ = policy.decide(sample.free(reserve - mebibyte), hogs)
    #expect(policy.decideClosely(sample.later(second).free(reserve - mebibyte), hogs).action == .kill)
  }
}
