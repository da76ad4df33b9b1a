import LabCatalog
import Testing

@Suite struct `The answer of a kill` {
  private let report =
    #"{"allBack":true,"bytesBack":67108864,"bytesLeft":4096,"victims":[{"bytesBack":1,"fate":"exited","name":"hog"}]}"#

  @Test func `a report says the fate and the bytes of all`() {
    #expect(KillAnswer.line(report + "\n") == "exited; 67108864 bytes back, 4096 left")
  }

  @Test func `several victims have a fate each`() {
    let second = #"},{"bytesBack":2,"fate":"sharesWith","name":"child"}]}"#
    #expect(
      KillAnswer.line(report.replacing("}]}", with: second)) == "exited, sharesWith; 67108864 bytes back, 4096 left")
  }

  @Test func `a process cannot say its own fate`() {
    let name = #"x\",\"fate\":\"immortal\""#
    #expect(KillAnswer.line(report.replacing("hog", with: name)) == "exited; 67108864 bytes back, 4096 left")
  }

  @Test func `a refusal is its last line`() {
    #expect(KillAnswer.line("warning\ncannot kill 12: others use its memory\n") == "cannot kill 12: others use its memory")
  }

  @Test func `a report that is cut off anywhere is not read as one`() {
    for end in report.indices.dropFirst() { #expect(KillAnswer.line(String(report[..<end])) == String(report[..<end])) }
    #expect(KillAnswer.line("") == nil)
  }
}
