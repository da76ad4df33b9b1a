import LabCatalog
import LabResults
import Testing

@testable import LabHost

@Suite struct `What a guest wrote` {
  private static let whole =
    [
      #"{"record":"begin","release":"6.1.0","memoryBytes":1,"swapBytes":0,"processors":2}"#,
      #"{"record":"process","name":"a\"b\\</script>","role":"cause","pid":7,"scoreAdjustment":0,"bytes":0,"by":"SIGKILL"}"#,
      #"{"record":"end"}"#,
    ].map { ResultLine.line($0) }.joined(separator: "\n") + "\n"

  private func read(
    _ results: String, console: String = "", end: VirtualMachine.Outcome.End = .off
  ) -> RunResult {
    var result = RunResult(
      kernel: "6.1", killer: "kernel", scenario: "hog", repetition: 1, state: .done, reason: nil,
      accelerator: "tcg", command: "", wallSeconds: 1, hostLoad: 0, began: 0)
    GuestReport.read(
      VirtualMachine.Outcome(end: end, console: console, results: results), into: &result, limitSeconds: 5)
    return result
  }

  @Test func `a whole report is taken`() {
    let result = read(Self.whole)
    #expect(result.state == .done)
    #expect(result.guest?.release == "6.1.0")
    #expect(result.processes.map(\.name) == ["a\"b\\</script>"])
  }

  @Test func `a report that is cut off anywhere is a failure with a reason, never a result`() {
    let end = Self.whole.index(before: Self.whole.endIndex)
    for cut in Self.whole[..<end].indices {
      let result = read(String(Self.whole[..<cut]))
      #expect(result.state == .failed)
      #expect(result.reason?.isEmpty == false)
    }
  }

  @Test func `a panic is told from a guest that was turned off`() {
    let result = read("", console: "[ 1.0] Kernel panic - not syncing: sysrq triggered crash\n")
    #expect(result.reason == "the guest's kernel panicked: Kernel panic - not syncing: sysrq triggered crash")
    #expect(read("").reason == "the guest ended without a result")
    #expect(read("", end: .timeLimit).reason == "the guest did not end within 5 s")
    #expect(
      read("", end: .emulator("no such machine")).reason == "the emulator could not run the guest: no such machine")
  }

  @Test func `a record of an unknown kind is no result`() {
    #expect(read(ResultLine.line(#"{"record":"verdict"}"#) + "\n" + Self.whole).state == .failed)
  }

  @Test(arguments: [true, false])
  func `a check that does not hold fails the run, and is kept with those that do`(isPassed: Bool) {
    let lines =
      [
        #"{"record":"check","area":"start","name":"it is active","isPassed":true,"found":"active"}"#,
        #"{"record":"check","area":"stop","name":"it ends","isPassed":\#(isPassed),"found":"4 s"}"#,
        #"{"record":"end"}"#,
      ].map { ResultLine.line($0) }.joined(separator: "\n") + "\n"
    let result = read(lines)
    #expect(result.service?.map(\.name) == ["it is active", "it ends"])
    #expect(result.state == (isPassed ? .done : .failed))
    #expect(result.reason == (isPassed ? nil : "1 of 2 checks failed, the first: it ends (4 s)"))
  }

  @Test func `a scenario that a kernel cannot have is no failure`() {
    let line = ResultLine.line(#"{"record":"end","reason":"no freezer","isNotApplicable":true}"#)
    #expect(read(line).state == .notApplicable)
    #expect(read(line).reason == "no freezer")
  }
}
