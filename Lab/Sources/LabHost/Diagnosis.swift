import LabResults

/// What `scythe doctor --json` said, as far as a result has it.
struct Diagnosis: Decodable {
  /// What came of a victim of the doctor's own.
  private struct SelfTest: Decodable {
    let name: String
    let state: String
    let found: String
    let instead: String?
    let remedy: String?
  }

  private let selfTests: [SelfTest]
  private let listed: [KernelChecks.Check]

  private enum CodingKeys: String, CodingKey {
    case selfTests
    case listed = "checks"
  }

  /// All that was looked at, the self-tests first, as the doctor prints them.
  var checks: [KernelChecks.Check] {
    let tests = selfTests.map { test in
      KernelChecks.Check(
        area: "self-test", name: test.name, state: test.state, found: test.found, instead: test.instead,
        remedy: test.remedy)
    }
    return tests + listed
  }
}
