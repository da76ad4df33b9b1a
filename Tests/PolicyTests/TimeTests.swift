import ScytheLinux
import Testing

@testable import ScythePolicy

@Suite struct `Time` {
  @Test func `in suspend is no time in which anything was filled`() {
    var (policy, sample) = calmPolicy()
    for step in 0..<4 {
      _ = policy.decide(
        sample.later(UInt64(step) * 10 * millisecond).free((6 - UInt64(step)) * gibibyte), hogs)
    }
    var awake = sample.later(40 * millisecond).free(2 * gibibyte)
    awake.bootNanoseconds += 3600 * second
    let decision = policy.decide(awake, hogs)
    #expect(decision.event == .timeJumped)
    #expect(decision.line.fillBytesPerSecond == 0)
  }

  @Test func `that jumped begins the floor rule's wait anew`() {
    var (policy, sample) = calmPolicy()
    _ = policy.decide(sample.free(reserve - 1), hogs)
    var awake = sample.later(20 * millisecond).free(reserve - 1)
    awake.bootNanoseconds += 3600 * second
    #expect(policy.decideClosely(awake, hogs).restraint == .unconfirmed)
    #expect(policy.decideClosely(awake.later(20 * millisecond), hogs).action == .kill)
  }

  @Test func `that goes backwards makes a policy that has seen nothing`() {
    var (policy, sample) = calmPolicy()
    #expect(policy.decideClosely(sample.free(0), hogs).action == .kill)
    let before = SystemSample.machine(free: 0, at: millisecond)
    let decision = policy.decide(before, hogs)
    #expect(decision.event == .timeJumped)
    #expect(decision.creditBytes == 0)
    #expect(policy.decideClosely(before.later(1), hogs).action == .kill)
  }

  @Test func `at its end makes no trap`() {
    var policy = Policy(PolicySettings())
    for step: UInt64 in [3, 2, 1, 0] {
      let decision = policy.decideClosely(.machine(free: 0, at: .max - step), hogs)
      #expect(decision.lookAgainAtNanoseconds == .max)
    }
  }
}
