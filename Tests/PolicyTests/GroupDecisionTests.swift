import ScytheLinux
import Testing

@testable import ScythePolicy

/// A group of 1 GiB, of which so much is left.
private func group(_ number: UInt32 = 7, left bytes: UInt64) -> GroupSample {
  var group = GroupSample()
  group.number = number
  group.limitBytes = gibibyte
  group.currentBytes = gibibyte - bytes
  group.latestBytes = group.currentBytes
  group.anonymousBytes = gibibyte
  return group
}

extension GroupSample {
  /// The same when it has met its limit so often.
  fileprivate func full(_ times: UInt64, left bytes: UInt64 = 0) -> GroupSample {
    var group = group(number, left: bytes)
    group.limitEvents = times
    return group
  }
}

@Suite struct `A decision about a limited group` {
  @Test func `means somebody in it`() {
    var (policy, sample) = calmPolicy(.blunt(.server))
    var rows = hogs
    rows[2].group = 7
    let calm = group(left: 100 * mebibyte)
    _ = policy.decide(sample, rows, groups: [calm])
    let groups = [calm.full(1)]
    #expect(policy.decideClosely(sample.later(second), rows, groups: groups).action == .nothing)
    let kill = policy.decideClosely(sample.later(2 * second), rows, groups: groups)
    #expect(kill.action == .kill)
    #expect(kill.rule == .group)
    #expect(kill.victim?.pid == PID(12))
    sample = sample.later(2 * second)
    _ = policy.decideClosely(sample.later(10 * millisecond), rows, groups: [calm.full(2)])
    #expect(
      policy.decideClosely(sample.later(20 * millisecond), rows, groups: [calm.full(2)]).restraint == .credit)
  }

  @Test func `with nobody to kill lets another group come first`() {
    var (policy, sample) = calmPolicy(.blunt(.server))
    var rows = hogs
    rows[2].group = 8
    let calm = [group(7, left: 200 * mebibyte), group(8, left: 100 * mebibyte)]
    _ = policy.decide(sample, rows, groups: calm)
    let groups = [calm[0].full(1), calm[1].full(1, left: mebibyte)]
    _ = policy.decideClosely(sample.later(second), rows, groups: groups)
    let helpless = policy.decideClosely(sample.later(2 * second), rows, groups: groups)
    #expect(helpless.restraint == .noVictim && helpless.group?.number == 7)
    sample = sample.later(2 * second)
    let kill = policy.decideClosely(sample.later(10 * millisecond), rows, groups: groups)
    #expect(kill.action == .kill && kill.group?.number == 8 && kill.victim?.pid == PID(12))
    let next = policy.decideClosely(sample.later(PolicyConstants.groupPassedNanoseconds), rows, groups: groups)
    #expect(next.group?.number == 7)
  }

  @Test func `with nobody to kill is said once, and holds nothing back on the machine`() {
    var (policy, sample) = calmPolicy(.blunt(.server))
    let calm = group(left: 100 * mebibyte)
    _ = policy.decide(sample, hogs, groups: [calm])
    var said = 0
    for step: UInt64 in 1...40 {
      sample = sample.later(second / 4)
      let decision = policy.decideClosely(sample, hogs, groups: [calm.full(step)])
      if case .noVictim = decision.event { said += 1 }
      #expect(decision.action == .nothing)
    }
    #expect(said == 1)
    let kill = policy.decideClosely(sample.later(millisecond).free(0), hogs, groups: [calm.full(41)])
    #expect(kill.action == .kill && kill.rule == .emergency && kill.group == nil)
  }
}
