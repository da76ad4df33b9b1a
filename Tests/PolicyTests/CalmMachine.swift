import ScytheLinux

@testable import ScythePolicy

/// Three processes, the largest first.
let hogs = [Candidate(10, 8 * gibibyte), Candidate(11, 2 * gibibyte), Candidate(12, gibibyte)]
/// Of a machine of 16 GiB.
let reserve = LineExplanation(sizeBytes: 16 * gibibyte).reserveBytes
let emergency = LineExplanation(sizeBytes: 16 * gibibyte).emergencyBytes

/// A policy that has seen a calm machine, and a sample of it 5 s later.
func calmPolicy(_ settings: PolicySettings = .blunt()) -> (policy: Policy, sample: SystemSample) {
  var policy = Policy(settings)
  let calm = SystemSample.machine(free: 8 * gibibyte)
  _ = policy.decide(calm)
  return (policy, calm.later(5 * second))
}

extension SystemSample {
  /// The same with so much free; what went is anonymous memory.
  func free(_ bytes: UInt64) -> SystemSample {
    var sample = self
    sample.kinds.anonymousBytes = sample.memory.totalBytes - bytes
    sample.memory.freeBytes = bytes
    return sample
  }
}
