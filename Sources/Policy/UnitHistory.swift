/// The kills of the last ten minutes, by unit: a service that its manager starts again each time.
struct UnitHistory: BitwiseCopyable {
  private struct Kill: BitwiseCopyable {
    var unit: UInt32 = 0
    var nanoseconds: UInt64 = 0
  }

  private var kills = InlineArray<64, Kill>(repeating: Kill())
  private var next = 0

  init() {}

  /// Puts down a kill; one of no unit is not remembered.
  mutating func insert(unit: UInt32, at nanoseconds: UInt64) {
    guard unit != 0 else { return }
    kills[next] = Kill(unit: unit, nanoseconds: nanoseconds)
    next = (next + 1) % kills.count
  }

  /// Takes back the last kill of a unit: it did not happen.
  mutating func remove(unit: UInt32, at nanoseconds: UInt64) {
    for index in kills.indices where kills[index].unit == unit && kills[index].nanoseconds == nanoseconds {
      kills[index] = Kill()
      return
    }
  }

  /// How often a unit was killed in the ten minutes before its last kill, that one included, and when that was.
  private func count(of unit: UInt32) -> (kills: UInt32, lastNanoseconds: UInt64) {
    var last: UInt64 = 0
    for index in kills.indices where kills[index].unit == unit { last = max(last, kills[index].nanoseconds) }
    var count: UInt32 = 0
    for index in kills.indices where kills[index].unit == unit {
      if last - kills[index].nanoseconds < PolicyConstants.unitWindowNanoseconds { count += 1 }
    }
    return (count, last)
  }

  /// Until when a unit is killed only by the floor and emergency rules; 0 if it does not keep coming.
  func pausedUntil(unit: UInt32) -> UInt64 {
    guard unit != 0 else { return 0 }
    let (kills, last) = count(of: unit)
    guard kills >= PolicyConstants.unitKills else { return 0 }
    // The shift is bounded by how many kills are remembered, and the pause by its end.
    let doublings = UInt64(min(kills - PolicyConstants.unitKills, 16))
    let pause = PolicyConstants.unitPauseNanoseconds.times(1 << doublings)
    return last.plus(min(pause, PolicyConstants.mostUnitPauseNanoseconds))
  }

  /// The event that a kill just put down calls for.
  func event(unit: UInt32) -> PolicyEvent? {
    let until = pausedUntil(unit: unit)
    guard until != 0 else { return nil }
    return .unitKeepsComing(unit: unit, kills: count(of: unit).kills, pausedUntilNanoseconds: until)
  }
}
