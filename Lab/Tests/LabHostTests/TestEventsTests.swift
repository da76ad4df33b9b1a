import Foundation
import LabResults
import Testing

@testable import LabHost

/// Lines as Swift Testing 6.3 writes them, without what nobody reads.
private enum Line {
  private static let suiteID = #"T.`A\/thing of \"tests\"`"#
  static let suite = test(#""displayName":"A\/thing of \"tests\"","id":"\#(suiteID)","kind":"suite""#)
  static let runEnded = event(#""kind":"runEnded","messages":[{"symbol":"pass","text":"Test run passed."}]"#)
  static let runStarted = event(#""instant":{"absolute":5.25,"since1970":1795552646.0},"kind":"runStarted""#)
  static let strayIssue = event(
    #""issue":{"isKnown":false},"kind":"issueRecorded","messages":[{"symbol":"fail","text":"late"}]"#)

  static func function(_ name: String) -> String { test(#""id":"\#(id(name))","kind":"function","name":"\#(name)()""#) }

  static func started(_ name: String, at seconds: Double = 7) -> String {
    event(
      "testStarted", of: name, "default", "Test \(name)() started.",
      #""instant":{"absolute":\#(seconds),"since1970":1795552647.8},"#)
  }

  static func passed(_ name: String) -> String {
    event("testEnded", of: name, "pass", "Test \(name)() passed after 0.1 seconds.")
  }

  static func failed(_ name: String) -> String {
    event("testEnded", of: name, "fail", "Test \(name)() failed after 0.1 seconds with 1 issue.")
  }

  static func issue(of name: String, _ symbol: String = "fail", isKnown: Bool = false) -> String {
    event(
      "issueRecorded", of: name, symbol, #"Expectation failed: 1 == 2"},{"symbol":"details","text":"why"#,
      #""issue":{"isKnown":\#(isKnown),"sourceLocation":{"column":3,"fileID":"T\/t.swift","line":5}},"#)
  }

  static func event(_ kind: String, of name: String, _ symbol: String, _ text: String, _ more: String = "") -> String {
    let messages = #"[{"symbol":"\#(symbol)","text":"\#(text)"}]"#
    return event(#"\#(more)"kind":"\#(kind)","messages":\#(messages),"testID":"\#(id(name))""#)
  }

  private static func event(_ payload: String) -> String {
    #"{"kind":"event","payload":{\#(payload)},"version":0}"#
  }

  private static func test(_ payload: String) -> String { #"{"kind":"test","payload":{\#(payload)},"version":0}"# }

  private static func id(_ name: String) -> String { #"\#(suiteID)\/\#(name)()\/t.swift:5:4"# }
}

private func checks(_ lines: [String]) throws -> (checks: KernelChecks, events: TestEvents) {
  var events = TestEvents()
  for line in lines { try events.add(Data(line.utf8)) }
  var checks = KernelChecks()
  events.put(into: &checks)
  return (checks, events)
}

@Suite struct `What tests in a guest say` {
  @Test func `tests that pass are counted, and not named`() throws {
    let (checks, events) = try checks([
      Line.suite, Line.function("one"), Line.function("two"), Line.started("one"), Line.passed("one"),
      Line.started("two"), Line.passed("two"), Line.runEnded,
    ])
    #expect(checks.testsPassed == 2 && checks.testsFailed == 0 && checks.testsSkipped == 0)
    #expect(checks.tests.isEmpty && events.isComplete && !events.isEmpty)
  }

  @Test func `a failed test has the name of its suite, its first issue, and how many more there are`() throws {
    let (checks, _) = try checks([
      Line.suite, Line.function("one"), Line.started("one"), Line.issue(of: "one"), Line.issue(of: "one"),
      Line.failed("one"), Line.runEnded,
    ])
    #expect(checks.testsPassed == 0 && checks.testsFailed == 1)
    #expect(
      checks.tests == [
        KernelChecks.Test(
          name: #"A/thing of "tests": one()"#, outcome: "failed",
          reason: "Expectation failed: 1 == 2: why (T/t.swift:5), and 1 more")
      ])
  }

  @Test(arguments: [
    Line.event("testSkipped", of: "one", "skip", #"Test \"x\" skipped: \"needs: \\\"y\\\"\""#),
    Line.event("testEnded", of: "one", "skip", #"Test \"x\" was cancelled after 0.1 seconds: \"needs: \\\"y\\\"\""#),
  ])
  func `a test that is skipped or cancelled says why`(event: String) throws {
    let (checks, _) = try checks([Line.suite, Line.function("one"), event, Line.runEnded])
    #expect(checks.testsPassed == 0 && checks.testsSkipped == 1)
    #expect(checks.tests.map(\.outcome) == ["skipped"])
    #expect(checks.tests.first?.reason?.hasPrefix("needs: ") == true)
  }

  @Test func `a test that is skipped without a word has no reason`() throws {
    let event = Line.event("testSkipped", of: "one", "skip", "Test one() skipped.")
    #expect(try checks([Line.function("one"), event]).checks.tests.map(\.reason) == [nil])
  }

  @Test(arguments: [("fail", true), ("passWithKnownIssue", true), ("warning", false)])
  func `an issue that is known or only a warning is no failure`(symbol: String, isKnown: Bool) throws {
    let (checks, _) = try checks([
      Line.suite, Line.function("one"), Line.started("one"), Line.issue(of: "one", symbol, isKnown: isKnown),
      Line.passed("one"), Line.runEnded,
    ])
    #expect(checks.testsPassed == 1 && checks.tests.isEmpty)
  }

  @Test func `a test in which all ends has failed, and says when it began`() throws {
    let (checks, events) = try checks([
      Line.suite, Line.function("one"), Line.function("two"), Line.function("three"), Line.runStarted,
      Line.started("one"), Line.passed("one"), Line.started("two", at: 317.5),
    ])
    #expect(!events.isComplete)
    #expect(checks.testsPassed == 1 && checks.testsFailed == 1)
    #expect(checks.tests.map(\.reason) == ["it did not end, begun after 312 s"])
    #expect(checks.tests.first?.name.hasSuffix(": two()") == true)
  }

  @Test func `an issue of no test is a failure`() throws {
    let (checks, _) = try checks([
      Line.function("one"), Line.started("one"), Line.passed("one"), Line.strayIssue, Line.runEnded,
    ])
    #expect(checks.testsFailed == 1 && checks.testsPassed == 1)
    #expect(checks.tests.first?.reason == "late")
  }

  @Test func `a line that is cut off anywhere is refused`() {
    let line = Line.issue(of: "one")
    for count in 0..<line.utf8.count {
      var events = TestEvents()
      #expect(throws: (any Error).self) { try events.add(Data(line.utf8.prefix(count))) }
    }
  }
}
