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

@Suite struct `The watch over sharers` {
  @Test func `knows who is alone with its memory, and who is not`() throws {
    let alone = try VictimProcess("--anon", "1M", "--fork", "2")
    let sharing = try VictimProcess("--anon", "1M", "--share", "clone-vm")
    let sharer = sharing.pid("sharer")
    let rows = [
      try candidate(alone.pid, 2 << 20), try candidate(sharing.pid, 1 << 20), try candidate(sharer, 1 << 20),
    ]
    var watch = SharerWatch()
    watch.choose(from: rows.span)
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
    watch.choose(from: rows.span)
    watch.search(rows.span, Procfs(), at: 60_000_000_000)
    let known = rows.map { watch.isAlone($0.pid, startTicks: $0.startTicks, at: 60_000_000_001) }
    #expect(known == [false, false] + Array(repeating: true, count: 8))
    rows[0].anonymousBytes = 100 << 20
    watch.choose(from: rows.span)
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
    watch.choose(from: both.span)
    watch.search(all.span, Procfs(), at: 60_000_000_000)
    for row in both {
      #expect(
        watch.isAlone(row.pid, startTicks: row.startTicks, at: 60_000_000_000) == (row.pid == alone.pid), "\(row.pid)")
    }
  }

  @Test func `searches for the largest alone where it is to be quick`() throws {
    let victims = try (0..<3).map { _ in try VictimProcess("--anon", "64K") }
    let rows = try victims.enumerated().map { try candidate($1.pid, UInt64($0 + 1) << 20) }
    var watch = SharerWatch()
    watch.choose(from: rows.span)
    watch.search(rows.span, Procfs(), most: 2, at: 60_000_000_000)
    let known = rows.map { watch.isAlone($0.pid, startTicks: $0.startTicks, at: 60_000_000_000) }
    #expect(known == [false, true, true])
  }
}
