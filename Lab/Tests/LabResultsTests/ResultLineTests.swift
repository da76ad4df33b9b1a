import LabCatalog
import Testing

@Suite struct `Lines of the result port` {
  @Test func `a line gives its object back`() {
    let line = ResultLine.line(#"{"record":"end"}"#)
    #expect(ResultLine.json(line[...]) == #"{"record":"end"}"#)
  }

  @Test func `a line that is cut off anywhere is no result`() {
    let line = ResultLine.line(#"{"record":"exhaustion","lowMicroseconds":12}"#)
    for end in line.indices { #expect(ResultLine.json(line[..<end]) == nil) }
  }

  @Test(arguments: ["", "LAB1", "LAB1 0 ", "[   12.345] Out of memory: Killed process 12", "LAB2 811c9dc5 {}"])
  func `what somebody else writes is no result`(line: String) {
    #expect(ResultLine.json(line[...]) == nil)
  }
}
