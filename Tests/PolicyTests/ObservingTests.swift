import ScytheLinux
import Testing

@testable import ScythePolicy

@Suite struct `A policy that only observes` {
  private func observing() -> (policy: Policy, sample: SystemSample) {
    var settings = PolicySettings.blunt()
    settings.isObserving = true
    return calmPolicy(settings)
  }

  @Test func `names the same one again once its credit is over: it did not die`() {
    var (policy, sample) = observing()
    sample = sample.free(emergency - 1)
    #expect(policy.decideClosely(sample, hogs).victim?.pid == PID(10))
    sample = sample.later(PolicyConstants.mostCreditNanoseconds)
    let again = policy.decideClosely(sample, hogs)
    #expect(again.action == .kill && again.victim?.pid == PID(10))
  }

  @Test func `names the next one where a kill would not have been the last`() {
    var (policy, sample) = observing()
    sample = sample.free(emergency - 1)
    #expect(policy.decideClosely(sample, hogs).victim?.pid == PID(10))
    sample = sample.later(PolicyConstants.emergencyIntervalNanoseconds)
    #expect(policy.decideClosely(sample, hogs).victim?.pid == PID(11))
  }

  @Test func `does not find that kills are futile`() {
    var (policy, sample) = observing()
    sample = sample.free(emergency - 1)
    for _ in 0..<5 {
      let decision = policy.decideClosely(sample, hogs)
      #expect(decision.action == .kill && decision.event == nil)
      sample = sample.later(PolicyConstants.mostCreditNanoseconds)
    }
  }
}
