import ScytheLinux
import Testing

@testable import ScythePolicy

private func find(
  _ rows: [Candidate], _ settings: PolicySettings = PolicySettings(profile: .server), groups: [GroupSample] = [],
  inside group: GroupSample? = nil, credits: Credits = Credits(), spent: SpentVictims = SpentVictims()
) -> Victim? {
  let sample = SystemSample.machine(4 * gibibyte, free: 0, at: 1000 * second)
  let context = group.map { ScoreContext(sample, settings, $0) } ?? ScoreContext(sample, settings)
  return VictimSearch(context, sample, settings).find(rows.span, groups.span, credits, spent)
}

/// So many small processes that started just now, the machine being up for 1,000 s.
private func bomb(_ count: Int, of bytes: UInt64 = 24 * mebibyte, started: UInt64 = 99_000) -> [Candidate] {
  (0..<count).map { Candidate(Int32(5000 + $0), bytes, name: "bomb", started: started) }
}

@Suite struct `The victim` {
  @Test func `is the process whose death returns most`() {
    let victim = find([Candidate(10, 100 * mebibyte), Candidate(11, gibibyte), Candidate(12, 200 * mebibyte)])
    #expect(victim?.pid == PID(11))
    #expect(victim?.row == 1)
    #expect(victim?.expectedBytes == gibibyte)
    #expect(victim?.members == 1)
    #expect(victim?.scope == .process)
    // It does not grow.
    #expect(victim?.score.totalPoints == 1 << 18)
  }

  @Test func `is the one that fills the memory rather than a larger one that does not, unless that is far larger`() {
    var growing = Candidate(10, 300 * mebibyte)
    growing.growthBytesPerSecond = 20 * mebibyte
    #expect(find([growing, Candidate(11, gibibyte)])?.pid == PID(10))
    #expect(find([growing, Candidate(11, 5 * gibibyte / 4)])?.pid == PID(11))
  }

  @Test func `of two equals is the one that grows, and of those the younger`() {
    var growing = Candidate(10, gibibyte, started: 50)
    growing.growthBytesPerSecond = mebibyte
    #expect(find([growing, Candidate(11, gibibyte)])?.pid == PID(10))
    #expect(find([Candidate(11, gibibyte), growing])?.pid == PID(10))
    #expect(find([Candidate(10, gibibyte, started: 5), Candidate(11, gibibyte, started: 6)])?.pid == PID(11))
    #expect(find([Candidate(10, gibibyte, started: 6), Candidate(11, gibibyte, started: 5)])?.pid == PID(10))
  }

  @Test func `is nobody where nobody can be chosen`() {
    var scythe = Candidate(10, gibibyte)
    scythe.classes = .scythe
    #expect(find([]) == nil)
    #expect(find([Candidate(1, gibibyte), scythe, Candidate(11, 15 * mebibyte)]) == nil)
  }

  @Test func `is no one that is being killed, or was killed in vain`() {
    var credit = Credit()
    credit.victim = ProcessIdentity(PID(10), 100)
    credit.expectedBytes = gibibyte
    var credits = Credits()
    credits.open(credit, headroomBytes: 0)
    var spent = SpentVictims()
    spent.insert(credit)
    let rows = [Candidate(10, gibibyte), Candidate(11, 100 * mebibyte)]
    #expect(find(rows)?.pid == PID(10))
    #expect(find(rows, credits: credits)?.pid == PID(11))
    #expect(find(rows, spent: spent)?.pid == PID(11))
    // The same number, but another process.
    #expect(find([Candidate(10, gibibyte, started: 101)], credits: credits, spent: spent)?.pid == PID(10))
  }

  @Test func `takes its group with it where the kernel would, but nobody who may not be killed`() {
    var rows = (0..<4).map { Candidate(Int32(10 + $0), 100 * mebibyte + UInt64($0) * mebibyte) }
    for index in rows.indices {
      rows[index].group = index == 0 ? 8 : 7
      rows[index].classes = .killedAsOne
    }
    rows[1].classes.insert(.ruledOut)
    let victim = find(rows)
    #expect(victim?.scope == .group)
    #expect(victim?.pid == PID(13))
    #expect(victim?.members == 2)
    #expect(victim?.expectedBytes == 205 * mebibyte)
    #expect(rows.map { victim!.includes($0) } == [false, false, true, true])

    var settings = PolicySettings(profile: .server)
    settings.killsGroupsAsOne = false
    #expect(find(rows, settings)?.scope == .process)
  }

  @Test func `is in the group that is out of memory, or below it`() {
    var group = GroupSample()
    group.number = 7
    group.limitBytes = gibibyte
    var below = group
    below.number = 9
    below.parent = 7
    var rows = [Candidate(10, 2 * gibibyte), Candidate(11, 100 * mebibyte), Candidate(12, 200 * mebibyte)]
    rows[1].group = 7
    #expect(find(rows, groups: [group, below], inside: group)?.pid == PID(11))
    rows[2].group = 9
    #expect(find(rows, groups: [group, below], inside: group)?.pid == PID(12))
    #expect(find(rows, groups: [group, below], inside: below)?.pid == PID(12))
    #expect(find(rows, groups: [group, below])?.pid == PID(10))
  }

  @Test func `of a group whose tree is a ring is found all the same`() {
    var first = GroupSample()
    first.number = 7
    first.parent = 8
    first.limitBytes = gibibyte
    var second = first
    second.number = 8
    second.parent = 7
    var other = first
    other.number = 9
    other.parent = 0
    var row = Candidate(10, gibibyte)
    row.group = 7
    #expect(find([row], groups: [first, second, other], inside: second)?.pid == PID(10))
    #expect(find([row], groups: [first, second, other], inside: other) == nil)
  }
}

@Suite struct `A fork bomb` {
  @Test func `dies as a whole`() {
    let rows = [Candidate(10, 300 * mebibyte)] + bomb(64) + [Candidate(11, 200 * mebibyte, started: 99_500)]
    let victim = find(rows)
    guard case .kin(let since)? = victim?.scope else {
      Issue.record("\(String(describing: victim))")
      return
    }
    #expect(since == 100_000 - PolicyConstants.youngNanoseconds / second * 100)
    #expect(victim?.members == 64)
    #expect(victim?.expectedBytes == 64 * 24 * mebibyte)
    #expect(rows.count { victim!.includes($0) } == 64)
    #expect(!victim!.includes(rows[0]))
  }

  @Test func `needs so many members`() {
    #expect(find(bomb(Int(PolicyConstants.kinMembers) - 1))?.scope == .process)
    var settings = PolicySettings(profile: .build)
    settings.processors = 32
    // As many compilers as a large machine has them is a build.
    #expect(find(bomb(127), settings)?.scope == .process)
    #expect(find(bomb(128), settings)?.scope != .process)
  }

  @Test func `is young`() {
    #expect(find(bomb(100, started: 90_000))?.scope == .process)
  }

  @Test func `returns twice what a single victim does, or that one dies`() {
    #expect(find(bomb(64) + [Candidate(10, 769 * mebibyte)])?.pid == PID(10))
    #expect(find(bomb(64) + [Candidate(10, 768 * mebibyte)])?.members == 64)
  }

  @Test func `is seen though each member is too small by itself`() {
    #expect(find(bomb(100, of: mebibyte))?.members == 100)
    #expect(find(bomb(100, of: 100 * 1024)) == nil)
  }

  @Test func `returns no more than there is, however often its members count what they share`() {
    #expect(find(bomb(100, of: gibibyte))?.expectedBytes == 4 * gibibyte)
  }

  @Test func `dies as a whole where the largest member counts what all of them share`() {
    #expect(find(bomb(70, of: 3 * gibibyte))?.members == 70)
    // What no other member has is its own.
    let worker = Candidate(4000, 7 * gibibyte / 2, name: "bomb", started: 99_000)
    #expect(find(bomb(70, of: gibibyte) + [worker])?.scope == .process)
    #expect(find([worker] + bomb(70, of: gibibyte))?.pid == worker.pid)
    #expect(find([worker] + bomb(70, of: 2 * gibibyte))?.members == 71)
    // Where no member shares anything, it is all its own.
    let leader = Candidate(4000, gibibyte, name: "bomb", started: 99_000)
    #expect(find([leader] + bomb(70, of: 10 * mebibyte))?.members == 1)
  }

  @Test func `is of one user`() {
    var rows = bomb(100)
    for index in rows.indices where index % 2 == 0 { rows[index].userID = 1001 }
    #expect(find(rows)?.scope == .process)
  }

  @Test func `spares members that may not be killed`() {
    var rows = bomb(80)
    rows[3].scoreAdjustment = -1000
    let victim = find(rows)
    #expect(victim?.members == 79)
    #expect(!victim!.includes(rows[3]))
  }
}
