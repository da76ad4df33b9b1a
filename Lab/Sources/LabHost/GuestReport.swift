import Foundation
import LabCatalog
import LabResults

/// What a guest wrote to its result port, put into a result.
struct GuestReport {
  /// The kinds of records, each a JSON object with its kind in `record` and the fields of the result type beside it.
  private enum Kind: String, Decodable {
    case begin, exhaustion, process, signal, hard, calm, doctor, testing, check, speed, log, end
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

  private struct Doctor: Decodable {
    let status: Int
    /// JSON, as the doctor printed it.
    let diagnosis: String
  }

  private struct Testing: Decodable {
    /// JSON, as Swift Testing wrote it.
    let line: String
  }

  /// Takes the records into a result, and says how it went.
  static func read(_ outcome: VirtualMachine.Outcome, into result: inout RunResult, limitSeconds: Int) {
    var end: End?
    var rubbish = 0
    var tests = TestEvents()
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
        case .doctor:
          let doctor = try decoder.decode(Doctor.self, from: json)
          var checks = result.checks ?? KernelChecks()
          checks.doctorStatus = doctor.status
          checks.checks += try decoder.decode(Diagnosis.self, from: Data(doctor.diagnosis.utf8)).checks
          result.checks = checks
        case .testing: try tests.add(Data(try decoder.decode(Testing.self, from: json).line.utf8))
        case .check: result.service = (result.service ?? []) + [try decoder.decode(ServiceCheck.self, from: json)]
        case .speed: result.speed = (result.speed ?? []) + [try decoder.decode(SpeedResult.self, from: json)]
        case .log: result.log.append(try decoder.decode(LogLine.self, from: json))
        case .end: end = try decoder.decode(End.self, from: json)
        }
      } catch {
        rubbish += 1
      }
    }
    if !tests.isEmpty {
      var checks = result.checks ?? KernelChecks()
      tests.put(into: &checks)
      result.checks = checks
    }
    let failure = whatFailed(outcome, end, rubbish, limitSeconds)
    if let failure {
      result.state = .failed
      result.reason = failure
      result.log += outcome.console.split(separator: "\n").suffix(12).map { LogLine(source: "guest", line: String($0)) }
    } else if let end, end.reason != nil {
      result.state = end.isNotApplicable == true ? .notApplicable : .failed
      result.reason = end.reason
    } else if let failure = result.service?.failure {
      result.state = .failed
      result.reason = failure
    } else if !tests.isEmpty, !tests.isComplete {
      result.state = .failed
      result.reason = "the tests ended before they were all run"
    } else if Scenario.named(result.scenario)?.family == .extension, let failed = result.checks?.testsFailed, failed > 0
    {
      // Of the calls a report says what holds on which kernel; the extension has to hold on all that take it.
      let first = result.checks?.tests.first { $0.outcome == "failed" }?.name ?? ""
      result.state = .failed
      result.reason = "\(failed) test\(failed == 1 ? "" : "s") failed, the first: \(first)"
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
}
