import Foundation
import ScytheLinux
import ScythePolicy
import TestSupport
import Testing

@testable import ScytheDaemon

private let noSessions = LoginSessions(PathBuffer("/nonexistent"))

/// Processes that started so long after this machine that nobody takes them for young, whatever its age.
private let oldTicks = 0

/// A table of 400 processes of 1 MiB and up, all of them old, that was looked at as a whole.
private final class Crowd {
  let processes: FakeProcesses
  var table: CandidateTable
  let pids = 1000..<1400

  init() throws {
    processes = try FakeProcesses()
    for pid in pids { try processes.set(pid, Crowd.shape(pid)) }
    table = try CandidateTable()
    try table.look(.whole, processes.procfs, sessions: noSessions)
  }

  static func shape(_ pid: Int, more kilobytes: Int = 0) -> FakeProcesses.Shape {
    .init(startTicks: oldTicks, anonymousKilobytes: pid + kilobytes)
  }

  func quickLook() throws { try table.look(.quick, processes.procfs, sessions: noSessions) }

  func row(_ pid: Int) -> Candidate? {
    table.withRows { rows in rows.indices.map { rows[$0] }.first { $0.pid.rawValue == Int32(pid) } }
  }

  func isKnown(_ pid: Int, toHave kilobytes: Int) -> Bool { row(pid)?.anonymousBytes == UInt64(kilobytes) << 10 }
}

// A machine of a test that has been up for less than ten seconds calls everybody young.
private let isUpLongEnough = MonotonicClock.nanosecondsSinceBoot > 20_000_000_000

@Suite(.enabled(if: isUpLongEnough, "the machine has been up for less than 20 s: all processes are young"))
struct `A quick look` {
  @Test func `reads the largest, and of the others some, until all have had their turn`() throws {
    let crowd = try Crowd()
    for pid in crowd.pids { try crowd.processes.set(pid, Crowd.shape(pid, more: 10)) }
    try crowd.quickLook()
    for pid in crowd.pids.suffix(TableLook.large) { #expect(crowd.isKnown(pid, toHave: pid + 10)) }
    let known = crowd.pids.filter { crowd.isKnown($0, toHave: $0 + 10) }
    #expect(known.count == TableLook.large + TableLook.others)
    for _ in 0..<3 { try crowd.quickLook() }
    for pid in crowd.pids { #expect(crowd.isKnown(pid, toHave: pid + 10), "\(pid)") }
  }

  @Test func `finds who is new, and follows it while it is young`() throws {
    let crowd = try Crowd()
    let now = Int(MonotonicClock.nanosecondsSinceBoot / 1_000_000_000) * Int(Machine.clockTicksPerSecond)
    try crowd.processes.set(1500, .init(startTicks: now, anonymousKilobytes: 8))
    try crowd.quickLook()
    #expect(crowd.isKnown(1500, toHave: 8))
    // The turn of the others has moved on: it is read for its age alone.
    for size in [16, 32, 64] {
      try crowd.processes.set(1500, .init(startTicks: now, anonymousKilobytes: size))
      try crowd.quickLook()
      #expect(crowd.isKnown(1500, toHave: size))
    }
  }

  @Test func `follows who grows, though it is small and old`() throws {
    let crowd = try Crowd()
    usleep(30_000)
    try crowd.processes.set(1100, Crowd.shape(1100, more: 8192))
    try crowd.table.look(.whole, crowd.processes.procfs, sessions: noSessions)
    let growth = crowd.row(1100)?.growthBytesPerSecond ?? 0
    #expect(growth >= TableLook.leastGrowth)
    usleep(30_000)
    try crowd.processes.set(1100, Crowd.shape(1100, more: 8200))
    try crowd.quickLook()
    #expect(crowd.isKnown(1100, toHave: 1100 + 8200))
  }

  @Test func `keeps the sums as a whole look has them`() throws {
    let crowd = try Crowd()
    for pid in crowd.pids.suffix(20) { try crowd.processes.set(pid, Crowd.shape(pid, more: 500)) }
    for pid in crowd.pids.prefix(20) { try crowd.processes.remove(pid) }
    try crowd.processes.set(1500, .init(startTicks: oldTicks, anonymousKilobytes: 77, swapKilobytes: 5))
    try crowd.quickLook()
    let quick = crowd.table.totals
    try crowd.table.look(.whole, crowd.processes.procfs, sessions: noSessions)
    let whole = crowd.table.totals
    #expect(quick == whole && quick?.count == 381)
    let rows = crowd.table.count
    #expect(rows == 381)
  }

  @Test func `does not read again who can have no row`() throws {
    let processes = try FakeProcesses()
    let kernelThread = 0x20_0000
    try processes.set(20, .init(flags: kernelThread, startTicks: oldTicks))
    try processes.set(30, .init(startTicks: oldTicks))
    try processes.setNewest(30)
    var table = try CandidateTable()
    for _ in 0..<2 { try table.look(.whole, processes.procfs, sessions: noSessions) }
    var look = table.begin(.quick, swapOutBytes: 0, newestNumber: 40)
    let isDue = (kernelThread: table.isDue(PID(20), in: &look), new: table.isDue(PID(40), in: &look))
    #expect(!isDue.kernelThread && isDue.new)
    table.finish(look, isComplete: false)
    let count = table.count
    #expect(count == 1, "an incomplete look takes nobody for gone")
    // Nor for seen: who was new then is new still.
    look = table.begin(.quick, swapOutBytes: 0, newestNumber: 50)
    let isStillNew = table.isDue(PID(40), in: &look)
    #expect(isStillNew)
  }

  @Test func `looks once more for one that had its number a moment before it was there`() throws {
    let processes = try FakeProcesses()
    try processes.set(30, .init(startTicks: oldTicks))
    try processes.setNewest(30)
    var table = try CandidateTable()
    for _ in 0..<2 { try table.look(.whole, processes.procfs, sessions: noSessions) }
    try processes.setNewest(41)
    try table.look(.quick, processes.procfs, sessions: noSessions)
    try processes.set(41, .init(startTicks: oldTicks))
    try table.look(.quick, processes.procfs, sessions: noSessions)
    let pids = table.withRows { rows in rows.indices.map { rows[$0].pid.rawValue } }
    #expect(pids == [30, 41])
  }

  @Test func `reads of one that is old what changes by itself, and all of one that runs another program`() throws {
    let crowd = try Crowd()
    let pid = 1399
    let unit = crowd.row(pid)?.unit
    var shape = Crowd.shape(pid, more: 5)
    shape.adjustment = 300
    shape.group = "/system.slice/other.service"
    try crowd.processes.set(pid, shape)
    try crowd.quickLook()
    let again = try #require(crowd.row(pid))
    #expect(again.anonymousBytes == UInt64(pid + 5) << 10 && again.scoreAdjustment == 300 && again.unit == unit)
    shape.name = "another"
    try crowd.processes.set(pid, shape)
    try crowd.quickLook()
    #expect(crowd.row(pid)?.unit != unit)
  }

  @Test func `goes by a list of a second ago: who is read and gone has no row, nor has a thread that is new`() throws {
    let processes = try FakeProcesses()
    for pid in 100..<400 { try processes.set(pid, .init(startTicks: oldTicks, anonymousKilobytes: pid)) }
    try processes.setNewest(399)
    var table = try CandidateTable()
    for _ in 0..<2 { try table.look(.whole, processes.procfs, sessions: noSessions) }
    func pids() -> Set<Int32> { table.withRows { rows in Set(rows.indices.map { rows[$0].pid.rawValue }) } }
    // One of the largest, and one whose turn is later than that of 128 others.
    for pid in [390, 250] { try processes.remove(pid) }
    try processes.set(401, .init(startTicks: oldTicks))
    try processes.set(402, .init(leader: 401, startTicks: oldTicks))
    // No number that was given out lately: only a list has it.
    try processes.set(90, .init(startTicks: oldTicks))
    try processes.setNewest(402)
    try table.look(.quick, processes.procfs, sessions: noSessions)
    #expect(pids() == Set(100..<400).subtracting([390]).union([401]))
    usleep(UInt32(TableLook.listNanoseconds / 1000))
    try table.look(.quick, processes.procfs, sessions: noSessions)
    #expect(pids() == Set(100..<400).subtracting([390, 250]).union([401]))
    let count = table.totals?.count
    #expect(count == 299)
  }

  @Test func `goes by a new list where somebody dies, or one of a group that dies as one has gone`() throws {
    let processes = try FakeProcesses()
    for pid in [30, 40] { try processes.set(pid, .init(startTicks: oldTicks)) }
    try processes.setNewest(40)
    var table = try CandidateTable()
    for _ in 0..<2 { try table.look(.whole, processes.procfs, sessions: noSessions) }
    func isListed() -> Bool { table.begin(.quick, swapOutBytes: 0, newestNumber: 40).isListed }
    let calmly = isListed()
    try processes.set(40, .init(startTicks: oldTicks, isKillPending: true))
    try table.look(.quick, processes.procfs, sessions: noSessions)
    let whileOneDies = isListed()
    try processes.remove(40)
    try table.look(.quick, processes.procfs, sessions: noSessions)
    let afterwards = isListed()
    #expect(!calmly && whileOneDies && !afterwards)
    var look = table.begin(.quick, swapOutBytes: 0, newestNumber: 40)
    var row = table.withRows { $0[0] }
    row.classes.insert(.killedAsOne)
    _ = table.isDue(row.pid, in: &look)
    table.take(row, in: &look)
    table.finish(look)
    try processes.remove(30)
    try table.look(.quick, processes.procfs, sessions: noSessions)
    let afterAMember = isListed()
    #expect(afterAMember)
  }

  @Test(arguments: [(10_000, 400), (399, 399 + Int(TableLook.mostNew) + 1)])
  func `lists all where numbers begin anew, and where too many are new`(last: Int, newest: Int) throws {
    let processes = try FakeProcesses()
    try processes.set(30, .init(startTicks: oldTicks))
    try processes.setNewest(last)
    var table = try CandidateTable()
    for _ in 0..<2 { try table.look(.whole, processes.procfs, sessions: noSessions) }
    let isListed = table.begin(.quick, swapOutBytes: 0, newestNumber: UInt64(newest)).isListed
    #expect(isListed)
  }

  @Test func `at newcomers reads nobody else, and sees who is gone`() throws {
    let processes = try FakeProcesses()
    for pid in [30, 40] { try processes.set(pid, .init(startTicks: oldTicks, anonymousKilobytes: 10)) }
    var table = try CandidateTable()
    try table.look(.whole, processes.procfs, sessions: noSessions)
    try processes.remove(30)
    try processes.set(40, .init(startTicks: oldTicks, anonymousKilobytes: 500_000))
    try processes.set(50, .init(anonymousKilobytes: 7))
    try table.look(.newcomers, processes.procfs, sessions: noSessions)
    let totals = table.totals
    let pids = table.withRows { rows in rows.indices.map { rows[$0].pid.rawValue } }
    #expect(totals?.count == 2 && totals?.anonymousBytes == 17 << 10 && pids == [40, 50])
  }

  @Test func `is a whole one before the first`() throws {
    let processes = try FakeProcesses()
    try processes.set(30, .init(startTicks: oldTicks))
    var table = try CandidateTable()
    try table.look(.quick, processes.procfs, sessions: noSessions)
    let count = table.totals?.count
    #expect(count == 1)
  }
}

/// Ten thousand processes that no file stands for.
private final class Multitude {
  var table: CandidateTable
  let pids: Range<Int32> = 100..<10_100
  private let areEqual: Bool

  /// - Parameter areEqual: whether they are of one size, as forks are.
  init(areEqual: Bool = false) throws {
    self.areEqual = areEqual
    table = try CandidateTable()
    for _ in 0..<2 { lookAtAll(newest: 10_099) }
  }

  private func row(_ pid: Int32) -> Candidate {
    var row = Candidate()
    row.pid = PID(pid)
    // All older than any look.
    row.startTicks = 0
    row.anonymousBytes = areEqual ? 1 << 20 : UInt64(pid) << 12
    return row
  }

  func lookAtAll(newest: UInt64) {
    var look = table.begin(.whole, swapOutBytes: 0, newestNumber: newest)
    for pid in pids where table.isDue(PID(pid), in: &look) { table.take(row(pid), in: &look) }
    table.finish(look)
  }

  /// Who is read in a quick look at those who are there.
  func quickLook(_ pids: some Sequence<Int32>, newest: UInt64) -> [Int32] {
    var look = table.begin(.quick, swapOutBytes: 0, newestNumber: newest)
    var read: [Int32] = []
    for pid in pids where table.isDue(PID(pid), in: &look) {
      read.append(pid)
      table.take(row(pid), in: &look)
    }
    table.finish(look)
    return read
  }
}

@Suite(.enabled(if: isUpLongEnough, "the machine has been up for less than 20 s: all processes are young"))
struct `A table of ten thousand processes` {
  @Test func `has the largest, and the sums over all`() throws {
    let crowd = try Multitude()
    let totals = crowd.table.totals
    let least = crowd.table.withRows { rows in rows.indices.map { rows[$0].pid.rawValue }.min() }
    #expect(totals?.count == 10_000 && crowd.table.count >= 3584)
    #expect(totals?.anonymousBytes == crowd.pids.reduce(0) { $0 + UInt64($1) << 12 })
    #expect(least.map { $0 > 5000 } == true)
  }

  @Test(arguments: [false, true])
  func `is looked at quickly by reading a few, and whoever is new`(areEqual: Bool) throws {
    let crowd = try Multitude(areEqual: areEqual)
    // None of those that are equal is one of the largest.
    let few = (areEqual ? 0 : TableLook.large) + TableLook.others
    #expect(crowd.quickLook(crowd.pids, newest: 10_099).count == few)
    let read = crowd.quickLook(100..<10_120, newest: 10_119)
    #expect(read.count == few + 20 && Set(10_100..<10_120).isSubset(of: read))
    let count = crowd.table.totals?.count
    #expect(count == 10_020)
  }

  @Test func `is filled again from those that were left out once many have gone`() throws {
    let crowd = try Multitude()
    let left = crowd.pids.prefix(6000)
    // It is seen that they are gone, and then that there is room.
    _ = crowd.quickLook(left, newest: 10_099)
    let read = crowd.quickLook(left, newest: 10_099)
    #expect(Set(left.suffix(2000)).isSubset(of: read) && crowd.table.count > 3000)
    #expect(crowd.quickLook(left, newest: 10_099).count <= TableLook.large + TableLook.others)
  }
}

@Suite struct `The numbers of new processes` {
  @Test func `are those behind the last one, also where they begin anew`() {
    let plain = NewNumbers(last: 400, newest: 500)
    #expect([400, 401, 500, 501].map { plain.contains(PID($0)) } == [false, true, true, false])
    let round = NewNumbers(last: 32_000, newest: 400)
    #expect([32_000, 32_001, 300, 400, 401].map { round.contains(PID($0)) } == [false, true, true, true, false])
    let none = NewNumbers(last: 400, newest: 400)
    #expect(![399, 400, 401].contains { none.contains(PID($0)) })
  }
}
