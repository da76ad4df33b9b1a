import Testing

@testable import ScytheDaemon

private let millisecond: Int64 = 1_000_000

/// The verdict of a watchdog that wakes so late, about a turn that has taken so long.
private func verdict(lateMilliseconds: Int64, turnMilliseconds: Int64) -> BlockedLoop.Verdict {
  var loop = BlockedLoop()
  let now = 1_000_000 * millisecond
  return loop.verdict(
    plannedNanoseconds: now - lateMilliseconds * millisecond, nowNanoseconds: now,
    dueNanoseconds: now - turnMilliseconds * millisecond)
}

@Suite struct `The watchdog of the loop` {
  @Test(arguments: [(0, 501), (99, 501), (0, 60_000)] as [(Int64, Int64)])
  func `finds it blocked when a turn takes more than half a second`(late: Int64, turn: Int64) {
    #expect(verdict(lateMilliseconds: late, turnMilliseconds: turn) == .blocked(nanoseconds: turn * millisecond))
  }

  @Test(arguments: [-5000, -1, 0, 1, 499, 500] as [Int64])
  func `lets it take its time, and lets it wait`(turn: Int64) {
    #expect(verdict(lateMilliseconds: 0, turnMilliseconds: turn) == .turns)
  }

  @Test(arguments: [100, 101, 3_600_000] as [Int64])
  func `says nothing where it was late itself, as after the machine or the process was stopped`(late: Int64) {
    #expect(verdict(lateMilliseconds: late, turnMilliseconds: late + 1000) == .unknown)
  }

  @Test func `leaves a loop alone that has not begun, or has ended`() {
    var loop = BlockedLoop()
    #expect(loop.verdict(plannedNanoseconds: 0, nowNanoseconds: .max - 1, dueNanoseconds: .max) == .turns)
  }

  @Test func `tells once of each time that it is blocked, and kills each time that it must`() {
    var loop = BlockedLoop()
    #expect(loop.step(canKill: false) == .tell)
    #expect(loop.step(canKill: false) == .nothing)
    #expect(loop.step(canKill: true) == .kill)
    #expect(loop.step(canKill: true) == .kill)
    #expect(loop.step(canKill: false) == .nothing)
    // It took a turn.
    #expect(loop.verdict(plannedNanoseconds: 0, nowNanoseconds: millisecond, dueNanoseconds: 0) == .turns)
    #expect(loop.step(canKill: false) == .tell)
  }
}
