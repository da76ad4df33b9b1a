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
    var table = try CandidateTable()
    try table.look(.whole, processes.procfs, sessions: noSessions)
    var look = table.begin(.quick, swapOutBytes: 0)
    let isDue = (kernelThread: table.isDue(PID(20), in: &look), new: table.isDue(PID(40), in: &look))
    #expect(!isDue.kernelThread && isDue.new)
    table.finish(look, isComplete: false)
    let count = table.count
    #expect(count == 1, "an incomplete look takes nobody for gone")
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
