import Foundation
import LabResults

/// What Swift Testing wrote of a run of tests: lines of JSON, all tests first, then what happened to each.
struct TestEvents {
  /// A line, as far as it is needed; see `ABI` in the documents of Swift Testing.
  private struct Line: Decodable {
    let payload: Payload
  }

  private struct Payload: Decodable {
    let kind: String
    // Of a test.
    let id: String?
    let name: String?
    let displayName: String?
    // Of an event.
    let testID: String?
    let messages: [Message]?
    let issue: Issue?
    let instant: Instant?
  }

  private struct Instant: Decodable {
    /// In seconds since some moment.
    let absolute: Double
  }

  private struct Message: Decodable {
    let symbol: String
    let text: String
  }

  private struct Issue: Decodable {
    let isKnown: Bool
    let sourceLocation: Location?
  }

  private struct Location: Decodable {
    let fileID: String
    let line: Int
  }

  /// What became of one test.
  private struct Fate {
    /// When it began, in seconds as `beganAt` has them.
    var startedAt: Double?
    var isEnded = false
    /// Why it was not run, or not to its end.
    var skipped: String?
    var issues: [String] = []
  }

  private var suites: [String: String] = [:]
  private var names: [String: String] = [:]
  private var order: [String] = []
  private var fates: [String: Fate] = [:]
  private var strayIssues: [String] = []
  private var beganAt: Double?

  /// Whether the last test is over.
  private(set) var isComplete = false

  /// Whether there was any line.
  var isEmpty: Bool { names.isEmpty }

  /// Takes in a line.
  mutating func add(_ line: Data) throws {
    let payload = try JSONDecoder().decode(Line.self, from: line).payload
    switch payload.kind {
    case "suite": suites[payload.id ?? ""] = payload.displayName ?? payload.name
    case "function":
      guard let id = payload.id else { return }
      names[id] = payload.displayName ?? payload.name
      order.append(id)
    case "runStarted": beganAt = payload.instant?.absolute
    case "testStarted": change(payload) { $0.startedAt = payload.instant?.absolute ?? 0 }
    case "testSkipped": change(payload) { $0.skipped = Self.reason(payload) }
    case "testEnded":
      change(payload) { fate in
        fate.isEnded = true
        if payload.messages?.first?.symbol == "skip" { fate.skipped = Self.reason(payload) }
      }
    case "issueRecorded": addIssue(payload)
    case "runEnded": isComplete = true
    default: break
    }
  }

  /// Puts the counts, and what did not pass, into a result.
  func put(into checks: inout KernelChecks) {
    var passed = 0
    var others = strayIssues.map { KernelChecks.Test(name: "outside of all tests", outcome: "failed", reason: $0) }
    for id in order {
      guard let fate = fates[id] else { continue }
      if let issue = fate.issues.first {
        let more = fate.issues.count > 1 ? ", and \(fate.issues.count - 1) more" : ""
        others.append(KernelChecks.Test(name: title(id), outcome: "failed", reason: issue + more))
      } else if let reason = fate.skipped {
        others.append(KernelChecks.Test(name: title(id), outcome: "skipped", reason: reason.isEmpty ? nil : reason))
      } else if fate.isEnded {
        passed += 1
      } else if let start = fate.startedAt {
        // One that hangs began long before the time was over, which one that was only late did not.
        let seconds = beganAt.map { ", begun after \(Int(start - $0)) s" } ?? ""
        others.append(KernelChecks.Test(name: title(id), outcome: "failed", reason: "it did not end\(seconds)"))
      }
    }
    checks.testsPassed = passed
    checks.testsFailed = others.count { $0.outcome == "failed" }
    checks.testsSkipped = others.count { $0.outcome == "skipped" }
    checks.tests += others
  }

  private mutating func change(_ payload: Payload, _ body: (inout Fate) -> Void) {
    guard let id = payload.testID else { return }
    body(&fates[id, default: Fate()])
  }

  private mutating func addIssue(_ payload: Payload) {
    // What is only a warning has a sign of its own; what is known has too.
    guard let messages = payload.messages, messages.first?.symbol == "fail", payload.issue?.isKnown != true
    else { return }
    var words = messages.map(\.text).joined(separator: ": ")
    if let place = payload.issue?.sourceLocation { words += " (\(place.fileID):\(place.line))" }
    guard let id = payload.testID, names[id] != nil else {
      strayIssues.append(words)
      return
    }
    fates[id, default: Fate()].issues.append(words)
  }

  /// What stands in quotes at the end of `Test "…" skipped: "…"` or `Test "…" was cancelled after 0.001 seconds: "…"`.
  private static func reason(_ payload: Payload) -> String {
    let text = payload.messages?.first?.text ?? ""
    let starts = [" skipped: \"", " seconds: \""].compactMap { text.range(of: $0)?.upperBound }
    guard let start = starts.min(), text.hasSuffix("\"") else { return "" }
    return String(text[start...].dropLast())
  }

  /// The name of a test behind that of the smallest suite that it is in, which together are a sentence.
  private func title(_ id: String) -> String {
    let suite = suites.filter { id.hasPrefix("\($0.key)/") }.max { $0.key.count < $1.key.count }
    let name = names[id] ?? id
    return suite.map { "\($0.value): \(name)" } ?? name
  }
}
