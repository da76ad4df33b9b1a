import ScytheLinux
import ScythePolicy
import ScytheReaper
import Testing

@testable import ScytheDaemon

private func text(_ line: borrowing PathBuffer) -> String {
  line.withBytes { bytes in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }
}

private func order(_ name: String = "hog") -> KillOrder {
  var order = KillOrder()
  order.victim.pid = PID(1234)
  order.victim.name = ProcessName(Array(name.utf8).span)
  order.victim.expectedBytes = 512 << 20
  order.facts.rule = .deadline
  order.facts.headroomBytes = 38 << 20 + 300 << 10
  order.facts.lineBytes = 54 << 20
  order.facts.fillBytesPerSecond = 350 << 20
  order.facts.fullBasisPoints = 1234
  order.facts.decidedNanoseconds = 1_000_000
  return order
}

@Suite struct `The line of a kill` {
  @Test func `says who, how much, why and by which figures, always in this order`() {
    var outcome = KillOutcome()
    outcome.result = .killed
    outcome.summary.bytesBack = 510 << 20
    outcome.deliveredNanoseconds = 1_450_000
    #expect(
      text(PathBuffer(outcome, of: order()))
        == "killed 1234 (hog), oom_score_adj 0, 512.0 MiB: 510.0 MiB back; rule deadline, headroom 38.2 MiB, "
        + "line 54.0 MiB, fill 350.0 MiB/s, full stall 12.3 %, signal 0.4 ms after the decision")
  }

  @Test func `says how many died together`() {
    var order = order()
    order.victim.members = 200
    #expect(text(PathBuffer(wouldCarryOut: order)).hasPrefix("would have killed 1234 (hog) and 199 more, "))
  }

  @Test func `says why nobody was signalled`() {
    var outcome = KillOutcome()
    outcome.result = .refused(.notPermitted(PID(1234)))
    let line = text(PathBuffer(outcome, of: order()))
    #expect(line.hasPrefix("cannot kill 1234 (hog), oom_score_adj 0, 512.0 MiB: not permitted"), "\(line)")
  }

  @Test func `says why somebody stays frozen`() {
    var line = PathBuffer("killed")
    for rescue in [RescueResult.notNeeded, .moved, .failed(.permissionDenied)] { line.append(rescue) }
    #expect(
      text(line) == "killed, frozen, and could not be moved out of its group: permission denied (EACCES)",
      "\(text(line))")
  }

  @Test func `cannot be made two lines by a name, nor move a cursor`() {
    let line = text(PathBuffer(wouldCarryOut: order("a\n<0>b\u{1b}[2J\u{e9}")))
    #expect(line.hasPrefix("would have killed 1234 (a?<0>b?[2J??), "), "\(line)")
    #expect(!line.contains("\n"))
  }

  @Test func `fits, whatever the figures are`() {
    var order = order(String(repeating: "x", count: 15))
    order.victim.pid = PID(.max)
    order.victim.members = .max
    order.victim.expectedBytes = .max
    order.facts = DecisionFacts()
    order.facts.scoreAdjustment = -1000
    order.facts.headroomBytes = .max
    order.facts.lineBytes = .max
    order.facts.fillBytesPerSecond = .max
    order.facts.fullBasisPoints = .max
    var outcome = KillOutcome()
    outcome.result = .killed
    outcome.summary.bytesBack = .max
    outcome.deliveredNanoseconds = .max
    #expect(!PathBuffer(outcome, of: order).isTruncated)
    let events: [PolicyEvent] = [
      .killsAreFutile(shortageBytes: .max, returnedBytes: .max), .noVictim(shortageBytes: .max), .timeJumped,
      .lossUnexplained(lostBytes: .max, explainedBytes: .max),
      .unitKeepsComing(unit: .max, kills: .max, pausedUntilNanoseconds: .max),
    ]
    for event in events { #expect(!PathBuffer(event, of: nil).isTruncated) }
  }
}

@Suite struct `A release` {
  @Test(arguments: [
    (Rule.emergency, UInt64(0), true), (.deadline, 256 << 20, true), (.deadline, 255 << 20, false), (.floor, 0, false),
    (.thrash, 10 << 20, false), (.group, 4 << 30, false),
  ])
  func `presses where memory is filled at a quarter of its speed, or is nearly gone`(
    rule: Rule, fill: UInt64, presses: Bool
  ) {
    var decision = Decision()
    decision.rule = rule
    decision.line.fillBytesPerSecond = fill
    var settings = PolicySettings()
    settings.releaseBytesPerSecond = 1 << 30
    #expect(DecisionFacts(decision, SystemSample(), settings).isPressing == presses)
  }
}
