import ScytheLinux
import Testing

@testable import ScythePolicy

@Suite struct `The last resort` {
  private let rows = [Candidate(10, 2 * gibibyte, name: "large"), Candidate(11, gibibyte, name: "next")]

  private func decide(_ resort: LastResort, free: UInt64, _ rows: [Candidate]) -> Decision {
    resort.decide(.machine(free: free, isClose: true), rows.span, PolicySettings())
  }

  @Test func `kills the largest one below the emergency line, and not again the same`() {
    var resort = LastResort()
    let first = decide(resort, free: 4 * mebibyte, rows)
    #expect(first.action == .kill && first.rule == .emergency && first.victim?.pid == PID(10))
    resort.remember(first.victim ?? Victim())
    let second = decide(resort, free: 4 * mebibyte, rows)
    #expect(second.action == .kill && second.victim?.pid == PID(11))
    resort.remember(second.victim ?? Victim())
    let third = decide(resort, free: 4 * mebibyte, rows)
    #expect(third.action == .nothing && third.restraint == .noVictim && third.victim == nil)
  }

  @Test func `kills nobody above the emergency line, on one sample, whatever the other rules say`() {
    let line = LineExplanation(sizeBytes: 16 * gibibyte)
    for free in [line.emergencyBytes, line.reserveBytes - 1, gibibyte] {
      let decision = decide(LastResort(), free: free, rows)
      #expect(decision.action == .nothing && decision.victim == nil && decision.restraint == .enough)
    }
    #expect(decide(LastResort(), free: line.emergencyBytes - 1, rows).action == .kill)
  }

  @Test func `spares whom nobody may kill`() {
    var untouchable = rows
    for index in untouchable.indices { untouchable[index].scoreAdjustment = -1000 }
    #expect(decide(LastResort(), free: 0, untouchable).restraint == .noVictim)
  }
}
