/// What a kernel can do, from the last run of each scenario that asks.
struct CheckedKernel: Codable, Equatable, Sendable {
  let platform: String
  /// `uname -r`, or what the catalogue calls it.
  let release: String
  /// The exit status of the doctor.
  let doctorStatus: Int?
  let checks: [KernelChecks.Check]
  let testsPassed: Int?
  let testsFailed: Int?
  let testsSkipped: Int?
  /// Those that did not pass, or were not run.
  let tests: [KernelChecks.Test]
  let commands: [String]

  /// - Parameter withFailed: whether also from runs that failed: of tests that all have to pass.
  static func all(
    _ runs: [(platform: String, results: [RunResult])], withFailed: Bool = false
  ) -> [CheckedKernel] {
    runs.grouped { $0.platform }.compactMap { group in
      let last = group.compactMap { run in
        run.results.last { ($0.state == .done || withFailed && $0.state == .failed) && $0.checks != nil }
      }
      guard let first = last.first else { return nil }
      let all = last.compactMap(\.checks)
      return CheckedKernel(
        platform: group[0].platform, release: last.compactMap { $0.guest?.release }.first ?? first.kernel,
        doctorStatus: all.compactMap(\.doctorStatus).first, checks: all.flatMap(\.checks),
        testsPassed: all.compactMap(\.testsPassed).first, testsFailed: all.compactMap(\.testsFailed).first,
        testsSkipped: all.compactMap(\.testsSkipped).first, tests: all.flatMap(\.tests),
        commands: last.map(\.command))
    }
  }

  /// The check of a name.
  func check(_ name: String) -> KernelChecks.Check? { checks.first { $0.name == name } }

  /// How the tests went, in words; `nil` without any.
  var testsInWords: String? {
    guard let testsPassed else { return nil }
    return "\(testsPassed) passed, \(testsSkipped ?? 0) skipped, \(testsFailed ?? 0) failed"
  }
}
