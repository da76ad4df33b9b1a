import Foundation
import LabCatalog
import LabResults
import Testing

@testable import LabHost

/// A record of a guest with one text in it.
private func record(_ kind: String, _ fields: [String: Any] = [:]) throws -> String {
  let object = fields.merging(["record": kind]) { $1 }
  return ResultLine.line(String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self))
}

private func result(_ lines: [String], scenario: String = "doctor") -> RunResult {
  var result = RunResult(
    kernel: "6.1", killer: "kernel", scenario: scenario, repetition: 1, state: .done, reason: nil,
    accelerator: "tcg", command: "", wallSeconds: 0, hostLoad: 0, began: 0)
  let outcome = VirtualMachine.Outcome(end: .off, console: "", results: lines.map { "\($0)\n" }.joined())
  GuestReport.read(outcome, into: &result, limitSeconds: 20)
  return result
}

private let diagnosis = """
  {"checks":[{"area":"advice","found":"not in this kernel; read it in","name":"WILLNEED","remedy":"boot Linux 5.15 or \
  later","state":"missing"},{"area":"memory","found":"on","name":"MGLRU","state":"info"}],\
  "kernel":{"architecture":"x86_64","release":"5.10.0"},"selfTests":[{"bytesBack":0,"fate":"withheld","found":"it \\"got\\" \
  it","lost":0,"name":"robust mutex","recovered":1,"state":"works","wasKilled":true}],"verdict":"partly"}
  """

@Suite struct `The report of a guest` {
  @Test func `the doctor's checks are in the result behind its self-tests, with its exit status`() throws {
    let result = result([try record("doctor", ["status": 1, "diagnosis": diagnosis]), try record("end")])
    #expect(result.state == .done && result.reason == nil)
    #expect(result.checks?.doctorStatus == 1)
    #expect(
      result.checks?.checks == [
        KernelChecks.Check(area: "self-test", name: "robust mutex", state: "works", found: #"it "got" it"#),
        KernelChecks.Check(
          area: "advice", name: "WILLNEED", state: "missing", found: "not in this kernel; read it in",
          remedy: "boot Linux 5.15 or later"),
        KernelChecks.Check(area: "memory", name: "MGLRU", state: "info", found: "on"),
      ])
  }

  @Test(arguments: ["", "{}", String(diagnosis.dropLast())])
  func `a doctor that cannot be read is a failure`(diagnosis: String) throws {
    let result = result([try record("doctor", ["status": 0, "diagnosis": diagnosis]), try record("end")])
    #expect(result.state == .failed)
    #expect(result.reason == "the guest wrote 1 line that are no results")
  }

  @Test func `tests that did not all run make a failed run, with their counts`() throws {
    let lines = [
      #"{"kind":"test","payload":{"id":"T.one()\/t.swift:1:2","kind":"function","name":"one()"},"version":0}"#,
      #"{"kind":"event","payload":{"kind":"testStarted","testID":"T.one()\/t.swift:1:2"},"version":0}"#,
    ]
    let records = try lines.map { try record("testing", ["line": $0]) }
    let silent = result(records + [try record("end")])
    #expect(silent.state == .failed && silent.reason == "the tests ended before they were all run")
    let ended = result(records + [try record("end", ["reason": "the tests were ended by SIGSEGV"])])
    #expect(ended.state == .failed && ended.reason == "the tests were ended by SIGSEGV")
    for result in [silent, ended] { #expect(result.checks?.testsFailed == 1) }
  }

  @Test func `a test that fails is a result of the calls, and a failure of the extension`() throws {
    let id = #""T.one()\/t.swift:1:2""#
    let lines = [
      #"{"kind":"test","payload":{"id":\#(id),"kind":"function","name":"one()"},"version":0}"#,
      #"{"kind":"event","payload":{"kind":"testStarted","testID":\#(id)},"version":0}"#,
      #"{"kind":"event","payload":{"issue":{"isKnown":false},"kind":"issueRecorded","messages":[{"symbol":"fail","text":"no"}],"testID":\#(id)},"version":0}"#,
      #"{"kind":"event","payload":{"kind":"testEnded","testID":\#(id)},"version":0}"#,
      #"{"kind":"event","payload":{"kind":"runEnded"},"version":0}"#,
    ]
    let records = try lines.map { try record("testing", ["line": $0]) } + [try record("end")]
    #expect(result(records, scenario: "calls").state == .done)
    let failed = result(records, scenario: "extension-tests")
    #expect(failed.state == .failed && failed.reason == "1 test failed, the first: one()")
    #expect(failed.checks?.testsFailed == 1)
  }

  @Test func `samples are in the result in the order in which they were taken`() throws {
    let sample = SpeedResult(
      measure: "cold", way: "one call", isStock: false, round: 3, nanoseconds: 1_234_567, systemCalls: 1)
    let fields: [String: Any] = [
      "measure": "cold", "way": "one call", "isStock": false, "round": 3, "nanoseconds": 1_234_567, "systemCalls": 1,
    ]
    let result = result([try record("speed", fields), try record("speed", fields), try record("end")])
    #expect(result.state == .done && result.speed == [sample, sample])
  }

  @Test func `a scenario needs only tools that the lab builds, or finds in the repository`() {
    let there = ["lab-guest", "scythe", "scythe-victim", "scythed", GuestTools.testsName, ServiceUnit.name]
    for scenario in Scenario.all { #expect(Set(scenario.tools).isSubset(of: there)) }
    #expect(Scenario.all.contains { $0.tools.contains(GuestTools.testsName) })
  }
}
