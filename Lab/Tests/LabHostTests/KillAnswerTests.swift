import LabCatalog
import Testing

@Suite struct `The answer of a kill` {
  private let report =
    #"{"allBack":true,"bytesBack":67108864,"bytesLeft":4194000,"victims":[{"bytesBack":1,"fate":"exited","name":"hog"}]}"#

  @Test func `a report says the fate, and the bytes of all`() {
    #expect(KillAnswer.ofCommand(report + "\n") == "exited; 64 MiB back, 4 left")
  }

  @Test func `several victims have a fate each`() {
    let second = #"},{"bytesBack":2,"fate":"sharesWith","name":"child"}]}"#
    #expect(
      KillAnswer.ofCommand(report.replacing("}]}", with: second)) == "exited, sharesWith; 64 MiB back, 4 left")
  }

  @Test func `a process cannot say its own fate`() {
    let name = #"x\",\"fate\":\"immortal\""#
    #expect(KillAnswer.ofCommand(report.replacing("hog", with: name)) == "exited; 64 MiB back, 4 left")
  }

  @Test func `a report that is cut off anywhere is not read as one`() {
    // Up to its last but two: what is left then, without its newline, ends as a report does.
    for end in report.indices.dropFirst().dropLast(2) {
      #expect(KillAnswer.ofCommand(String(report[..<end])) == String(report[..<end]))
    }
  }

  @Test func `a line of the daemon loses what differs from run to run`() {
    for line in [
      "140: 67035136 bytes back in 64899 us, 4194000 left; dead", "9: 67108000 bytes back, 4194000 left; dead",
    ] {
      #expect(KillAnswer.ofDaemon("\(line)\n") == "dead; 64 MiB back, 4 left")
    }
  }

  @Test func `a refusal is its last line`() {
    let refusal = "cannot kill 12: others use the same memory; see scythe kill --with-sharers"
    #expect(KillAnswer.ofCommand("warning\n\(refusal)\n") == refusal)
    #expect(KillAnswer.ofDaemon("\(refusal)\n") == refusal)
  }

  @Test func `who says nothing has no answer`() {
    #expect(KillAnswer.ofCommand("") == nil)
    #expect(KillAnswer.ofDaemon("") == nil)
  }
}
