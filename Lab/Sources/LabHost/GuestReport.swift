import Foundation
import LabCatalog
import LabResults

/// What a guest wrote to its result port, put into a result.
struct GuestReport {
  /// The kinds of records, each a JSON object with its kind in `record` and the fields of the result type beside it.
  private enum Kind: String, Decodable {
    case begin, exhaustion, process, signal, hard, calm, check, tests, test, log, end
  }

  private struct Head: Decodable {
    let record: Kind
  }

  private struct End: Decodable {
    /// Why the scenario could not be run, if it could not.
    let reason: String?
    /// Whether that is no failure: the kernel cannot have it.
    let isNotApplicable: Bool?
  }

  private struct Tests: Decodable {
    let doctorStatus: Int?
    let passed: Int?
    let failed: Int?
    let skipped: Int?
  }

  /// Takes the records into a result, and says how it went.
  static func read(_ outcome: VirtualMachine.Outcome, into result: inout RunResult, limitSeconds: Int) {
    var end: End?
    var rubbish = 0
    let decoder = JSONDecoder()
    for line in outcome.results.split(separator: "\n") {
      guard let json = ResultLine.json(line).map({ Data($0.utf8) }) else {
        rubbish += 1
        continue
      }
      do {
        switch try decoder.decode(Head.self, from: json).record {
        case .begin: result.guest = try decoder.decode(GuestDescription.self, from: json)
        case .exhaustion: result.exhaustion = try decoder.decode(ExhaustionResult.self, from: json)
        case .process: result.processes.append(try decoder.decode(ProcessResult.self, from: json))
        case .signal: result.signals.append(try decoder.decode(SignalResult.self, from: json))
        case .hard: result.hard.append(try decoder.decode(HardResult.self, from: json))
        case .calm: result.calm = try decoder.decode(CalmResult.self, from: json)
        case .check: add(try decoder.decode(KernelChecks.Check.self, from: json), to: &result)
        case .test: add(try decoder.decode(KernelChecks.Test.self, from: json), to: &result)
        case .tests: add(try decoder.decode(Tests.self, from: json), to: &result)
        case .log: result.log.append(try decoder.decode(LogLine.self, from: json))
        case .end: end = try decoder.decode(End.self, from: json)
        }
      } catch {
        rubbish += 1
      }
    }
    let failure = whatFailed(outcome, end, rubbish, limitSeconds)
    if let failure {
      result.state = .failed
      result.reason = failure
      result.log += outcome.console.split(separator: "\n").suffix(12).map { LogLine(source: "guest", line: String($0)) }
    } else if let end, end.reason != nil {
      result.state = end.isNotApplicable == true ? .notApplicable : .failed
      result.reason = end.reason
    }
  }

  private static func whatFailed(
    _ outcome: VirtualMachine.Outcome, _ end: End?, _ rubbish: Int, _ limitSeconds: Int
  ) -> String? {
    // What happens after the result does not matter any more: a machine without memory may not even turn itself off.
    if end != nil, rubbish == 0 { return nil }
    if case .emulator(let word) = outcome.end { return "the emulator could not run the guest: \(word)" }
    if let panic = outcome.console.split(separator: "\n").first(where: { $0.contains("Kernel panic") }) {
      return "the guest's kernel panicked: \(panic.drop { $0 != "K" }.prefix(120))"
    }
    if outcome.end == .timeLimit { return "the guest did not end within \(limitSeconds) s" }
    if rubbish > 0 { return "the guest wrote \(rubbish) line\(rubbish == 1 ? "" : "s") that are no results" }
    if end == nil { return "the guest ended without a result" }
    return nil
  }

  private static func add(_ check: KernelChecks.Check, to result: inout RunResult) {
    var checks = result.checks ?? KernelChecks()
    checks.checks.append(check)
    result.checks = checks
  }

  private static func add(_ test: KernelChecks.Test, to result: inout RunResult) {
    var checks = result.checks ?? KernelChecks()
    checks.tests.append(test)
    result.checks = checks
  }

  private static func add(_ tests: Tests, to result: inout RunResult) {
    var checks = result.checks ?? KernelChecks()
    checks.doctorStatus = tests.doctorStatus ?? checks.doctorStatus
    checks.testsPassed = tests.passed ?? checks.testsPassed
    checks.testsFailed = tests.failed ?? checks.testsFailed
    checks.testsSkipped = tests.skipped ?? checks.testsSkipped
    result.checks = checks
  }
}
