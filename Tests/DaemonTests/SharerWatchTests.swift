import ScytheLinux
import ScythePolicy
import TestSupport
import Testing

@testable import ScytheDaemon

private func candidate(_ pid: PID, _ bytes: UInt64) throws -> Candidate {
  var row = Candidate()
  row.pid = pid
  row.startTicks = try Procfs().stat(of: pid).startTicks
  row.anonymousBytes = bytes
  return row
}

/// A limited group below another one.
private func group(_ number: UInt32, below parent: UInt32) -> GroupSample {
  var group = GroupSample()
  group.number = number
  group.parent = parent
  return group
}

extension SharerWatch {
  /// Chooses from rows while nobody has to die, or somebody of a group, or one process.
  fileprivate mutating func choose(
    from rows: [Candidate], dying: PID = PID(0), shortGroup: UInt32 = 0, _ groups: [GroupSample] = []
  ) {
    var victim = LikelyVictim()
    victim.pid = dying
    victim.group = shortGroup
    choose(from: rows.span, LikelyVictim(word: victim.word), groups.span)
  }
}

@Suite struct `The watch over sharers` {
  @Test func `knows who is alone with its memory, and who is not`() throws {
    let alone = try VictimProcess("--anon", "1M", "--fork", "2")
    let sharing = try VictimProcess("--anon", "1M", "--share", "clone-vm")
    let sharer = sharing.pid("sharer")
    let rows = [
      try candidate(alone.pid, 2 << 20), try candidate(sharing.pid, 1 << 20), try candidate(sharer, 1 << 20),
    ]
    var watch = SharerWatch()
    watch.choose(from: rows)
    let now: Int64 = 60_000_000_000
    #expect(!watch.isAlone(alone.pid, startTicks: rows[0].startTicks, at: now), "nobody has looked")
    watch.search(rows.span, Procfs(), at: now)
    #expect(watch.isAlone(alone.pid, startTicks: rows[0].startTicks, at: now))
    #expect(!watch.isAlone(sharing.pid, startTicks: rows[1].startTicks, at: now))
    #expect(!watch.isAlone(sharer, startTicks: rows[2].startTicks, at: now))
    #expect(!watch.isAlone(alone.pid, startTicks: rows[0].startTicks + 1, at: now), "another process of that number")
    #expect(!watch.isAlone(.current, startTicks: 0, at: now), "one that is not watched")
    let late = now + 2 * SharerWatch.validNanoseconds
    #expect(!watch.isAlone(alone.pid, startTicks: rows[0].startTicks, at: late), "that was long ago")
  }

  @Test func `watches the largest, and keeps what it knows of one that stays`() throws {
    let victims = try (0..<10).map { _ in try VictimProcess("--anon", "64K") }
    var rows = try victims.enumerated().map { try candidate($1.pid, UInt64($0 + 1) << 20) }
    var watch = SharerWatch()
    watch.choose(from: rows)
    watch.search(rows.span, Procfs(), at: 60_000_000_000)
    let known = rows.map { watch.isAlone($0.pid, startTicks: $0.startTicks, at: 60_000_000_001) }
    #expect(known == [false, false] + Array(repeating: true, count: 8))
    rows[0].anonymousBytes = 100 << 20
    watch.choose(from: rows)
    let after = rows.map { watch.isAlone($0.pid, startTicks: $0.startTicks, at: 60_000_000_001) }
    #expect(after == [false, false, false] + Array(repeating: true, count: 7))
  }

  @Test func `finds whoever shares memory in the table that a look has made`() throws {
    let sharing = try VictimProcess("--anon", "8M", "--share", "clone-vm")
    let alone = try VictimProcess("--anon", "8M")
    var table = try CandidateTable()
    try table.look(.whole, Procfs(), sessions: LoginSessions(PathBuffer("/nonexistent")))
    let all = table.withRows { rows in rows.indices.map { rows[$0] } }
    let both = all.filter { [sharing.pid, alone.pid].contains($0.pid) }
    #expect(both.count == 2)
    var watch = SharerWatch()
    watch.choose(from: both)
    watch.search(all.span, Procfs(), at: 60_000_000_000)
    for row in both {
      #expect(
        watch.isAlone(row.pid, startTicks: row.startTicks, at: 60_000_000_000) == (row.pid == alone.pid), "\(row.pid)")
    }
  }

  @Test func `has whoever shares memory with one that must not die spared, until that ends or may die`() throws {
    let sharing = try VictimProcess("--anon", "8M", "--share", "clone-vm")
    var rows = [try candidate(sharing.pid, 8 << 20), try candidate(sharing.pid("sharer"), 1 << 20)]
    var table = try CandidateTable()
    try table.look(.whole, Procfs(), sessions: LoginSessions(PathBuffer("/nonexistent")))
    func isSpared() -> Bool? {
      var watch = SharerWatch()
      watch.choose(from: rows)
      watch.search(rows.span, Procfs(), at: 60_000_000_000)
      table.take(watch)
      return table.withRows { rows in
        rows.indices.first { rows[$0].pid == sharing.pid }.map { !rows[$0].mayBeKilled }
      }
    }
    #expect(isSpared() == false)
    rows[1].classes = .ruledOut
    #expect(isSpared() == true)
    rows[1].classes = .sharesWithUntouchable
    #expect(isSpared() == false, "that is what the other one is said to be")
    rows[1].scoreAdjustment = -1000
    #expect(isSpared() == true)
    rows.removeLast()
    #expect(isSpared() == false)
  }

  @Test func `searches for the largest alone where it is to be quick`() throws {
    let victims = try (0..<3).map { _ in try VictimProcess("--anon", "64K") }
    let rows = try victims.enumerated().map { try candidate($1.pid, UInt64($0 + 1) << 20) }
    var watch = SharerWatch()
    watch.choose(from: rows)
    watch.search(rows.span, Procfs(), most: 2, at: 60_000_000_000)
    let known = rows.map { watch.isAlone($0.pid, startTicks: $0.startTicks, at: 60_000_000_000) }
    #expect(known == [false, true, true])
  }

  @Test func `looks first at a group that is short, however large others are`() throws {
    let victims = try (0..<12).map { _ in try VictimProcess("--anon", "64K") }
    var rows = try victims.enumerated().map { try candidate($1.pid, UInt64($0 + 1) << 20) }
    // The three smallest of all: one in the group, two in one below it.
    for (index, number) in [10, 11, 11].enumerated() { rows[index].group = UInt32(number) }
    rows[11].group = 12
    let groups = [group(10, below: 0), group(11, below: 10), group(12, below: 0)]
    var watch = SharerWatch()
    watch.choose(from: rows, shortGroup: 10, groups)
    watch.search(rows.span, Procfs(), most: SharerWatch.next, at: 60_000_000_000)
    let first = rows.map { watch.isAlone($0.pid, startTicks: $0.startTicks, at: 60_000_000_000) }
    #expect(first == [false, true, true] + Array(repeating: false, count: 9))
    watch.search(rows.span, Procfs(), at: 60_000_000_000)
    let all = rows.map { watch.isAlone($0.pid, startTicks: $0.startTicks, at: 60_000_000_000) }
    #expect(all == [false, true, true, false, false, false] + Array(repeating: true, count: 6))
  }

  @Test func `looks first at who is about to die, however large others are`() throws {
    let victims = try (0..<10).map { _ in try VictimProcess("--anon", "64K") }
    let rows = try victims.enumerated().map { try candidate($1.pid, UInt64($0 + 1) << 20) }
    var watch = SharerWatch()
    watch.choose(from: rows, dying: rows[0].pid)
    watch.search(rows.span, Procfs(), most: SharerWatch.next, at: 60_000_000_000)
    let first = rows.map { watch.isAlone($0.pid, startTicks: $0.startTicks, at: 60_000_000_000) }
    #expect(first == [true] + Array(repeating: false, count: 8) + [true])
  }

  @Test func `looks at the largest of the machine where nobody is in a group that is short`() throws {
    let victim = try VictimProcess("--anon", "64K")
    let rows = [try candidate(victim.pid, 1 << 20)]
    var watch = SharerWatch()
    watch.choose(from: rows, shortGroup: 10, [group(10, below: 0)])
    watch.search(rows.span, Procfs(), most: SharerWatch.next, at: 60_000_000_000)
    #expect(watch.isAlone(victim.pid, startTicks: rows[0].startTicks, at: 60_000_000_000))
  }
}
