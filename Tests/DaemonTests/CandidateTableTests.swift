import Foundation
import ScytheLinux
import ScythePolicy
import TestSupport
import Testing

@testable import ScytheDaemon

private func rows(_ table: borrowing CandidateTable) -> [Candidate] {
  table.withRows { rows in rows.indices.map { rows[$0] } }
}

private func pids(_ table: borrowing CandidateTable) -> [Int32] { rows(table).map(\.pid.rawValue) }

private let noSessions = LoginSessions(PathBuffer("/nonexistent"))

@Suite struct `The table of candidates` {
  @Test func `has a real process as the kernel counts it`() throws {
    let victim = try VictimProcess("--anon", "24M", "--comm", "candidate")
    var table = try CandidateTable()
    try table.look(.whole, Procfs(), sessions: noSessions)
    let row = try #require(rows(table).first { $0.pid == victim.pid })
    let status = try Procfs().status(of: victim.pid)
    #expect(row.anonymousBytes == status.anonymousBytes && row.anonymousBytes + KernelFeatures.countLag >= 24 << 20)
    let stat = try Procfs().stat(of: victim.pid)
    #expect(row.startTicks == stat.startTicks)
    #expect(row.name == ProcessName(Array("candidate".utf8).span) && row.userID == status.userID)
    let totals = table.totals ?? ProcessTotals()
    #expect(totals.count >= UInt64(rows(table).count) && totals.anonymousBytes >= row.anonymousBytes)
    #expect(pids(table) == pids(table).sorted())
    #expect(!pids(table).contains(2), "a thread of the kernel")
  }

  @Test func `measures how a real process grows`() throws {
    var table = try CandidateTable()
    try table.look(.whole, Procfs(), sessions: noSessions)
    let bytes = 64 << 20
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 4096)
    defer { unsafe memory.deallocate() }
    for offset in stride(from: 0, to: bytes, by: 4096) {
      unsafe memory.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
    }
    try table.look(.whole, Procfs(), sessions: noSessions)
    let row = try #require(rows(table).first { $0.pid == .current })
    #expect(row.growthBytesPerSecond > 0)
  }

  @Test func `forgets who is gone, and does not take another for it`() throws {
    let processes = try FakeProcesses()
    for pid in 10..<20 { try processes.set(pid) }
    var table = try CandidateTable(capacity: 16)
    try table.look(.whole, processes.procfs, sessions: noSessions)
    #expect(pids(table) == Array(10..<20))
    try processes.remove(13)
    // Growth over a shorter time is not measured.
    usleep(20_000)
    // The number was used again: a new process, which has not grown.
    try processes.set(15, .init(startTicks: 2000, anonymousKilobytes: 1 << 20))
    try processes.set(16, .init(anonymousKilobytes: 2048))
    try table.look(.whole, processes.procfs, sessions: noSessions)
    #expect(pids(table) == Array(10..<13) + Array(14..<20))
    let reused = try #require(rows(table).first { $0.pid.rawValue == 15 })
    #expect(reused.startTicks == 2000 && reused.growthBytesPerSecond == 0)
    let grown = try #require(rows(table).first { $0.pid.rawValue == 16 })
    #expect(grown.growthBytesPerSecond > 0)
  }

  @Test(arguments: [UInt64.random(in: .min ... .max), 1])
  func `keeps the larger ones if not all fit, look after look`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let processes = try FakeProcesses()
    var sizes: [Int: Int] = [:]
    var table = try CandidateTable(capacity: 64)
    for round in 0..<4 {
      for pid in 10..<310 where round == 0 || Int.random(in: 0..<8, using: &generator) == 0 {
        let size = Int.random(in: 1000..<1_000_000, using: &generator)
        sizes[pid] = size
        try processes.set(pid, .init(anonymousKilobytes: size))
      }
      try table.look(.whole, processes.procfs, sessions: noSessions)
      let held = pids(table)
      #expect(held == held.sorted() && Set(held).count == held.count, "seed \(seed)")
      #expect(
        rows(table).allSatisfy { $0.anonymousBytes == UInt64(sizes[Int($0.pid.rawValue)] ?? 0) << 10 }, "seed \(seed)")
      let processCount = table.totals?.count
      #expect(processCount == 300)
      // Whoever grows over a quarter of the rest within one look is held at the next at the latest.
      let largest = sizes.sorted { $0.value > $1.value }.prefix(4).map { Int32($0.key) }
      #expect(Set(largest).isSubset(of: held), "seed \(seed), round \(round)")
    }
  }

  @Test(arguments: [TableLook.Kind.whole, .quick])
  fileprivate func `has no row of one that has left its memory`(kind: TableLook.Kind) throws {
    let victim = try VictimProcess("--anon", "200M", "--zombie")
    var table = try CandidateTable()
    try table.look(.whole, Procfs(), sessions: noSessions)
    #expect(pids(table).contains(victim.pid.rawValue))
    try ProcessDescriptor(victim.pid).send(.kill)
    for _ in 0..<1000 where isAlive(victim.pid) { usleep(10_000) }
    try table.look(kind, Procfs(), sessions: noSessions)
    #expect(!pids(table).contains(victim.pid.rawValue))
  }

  @Test func `shows who is dying, and reads of it no more than it must`() throws {
    let victim = try VictimProcess("--anon", "200M", "--held")
    var table = try CandidateTable()
    try table.look(.whole, Procfs(), sessions: noSessions)
    let before = table.hasDying
    try ProcessDescriptor(victim.pid).send(.kill)
    for _ in 0..<1000 where (try? Procfs().status(of: victim.pid).isKillPending) != true { usleep(10_000) }
    try table.look(.quick, Procfs(), sessions: noSessions)
    let row = try #require(rows(table).first { $0.pid == victim.pid })
    #expect(row.classes.contains(.dying) && table.hasDying || before)
    var look = table.begin(.quick, swapOutBytes: 0)
    let isDue = table.isDue(victim.pid, in: &look)
    #expect(!isDue)
  }

  @Test func `with room for a few holds hundreds out`() throws {
    let processes = try FakeProcesses()
    for pid in 100..<500 { try processes.set(pid, .init(anonymousKilobytes: pid)) }
    var table = try CandidateTable(capacity: 8)
    try table.look(.whole, processes.procfs, sessions: noSessions)
    #expect(pids(table) == Array(492..<500))
    let count = table.totals?.count
    #expect(count == 400)
  }

  @Test func `is empty without processes, and says so without a process file system`() throws {
    let processes = try FakeProcesses()
    var table = try CandidateTable(capacity: 8)
    try table.look(.whole, processes.procfs, sessions: noSessions)
    #expect(pids(table).isEmpty)
    #expect(throws: Errno.noSuchFileOrDirectory) {
      var table = try CandidateTable(capacity: 8)
      try table.look(.whole, Procfs(root: PathBuffer("/nonexistent")), sessions: noSessions)
    }
  }
}

@Suite struct `A candidate` {
  private func classes(_ shape: FakeProcesses.Shape, sessions: LoginSessions = noSessions) throws -> ProcessClasses {
    let processes = try FakeProcesses()
    try processes.set(50, shape)
    var table = try CandidateTable(capacity: 8)
    try table.look(.whole, processes.procfs, sessions: sessions)
    return try #require(rows(table).first).classes
  }

  @Test func `with a name that lies is nothing special`() throws {
    let mine = FileManager.default.temporaryDirectory.appendingPathComponent("scythe-test.\(UUID().uuidString)").path
    try "".write(toFile: mine, atomically: false, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: mine) }
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: mine)
    for name in ["sshd", "gnome-shell", "bash"] {
      for (group, executable) in [("/system.slice/a.service", mine), ("/job", "/bin/sh")] {
        let found = try classes(.init(name: name, group: group, executable: executable, children: "77 "))
        #expect(!found.intersects(.avoided), "\(name) in \(group) running \(executable)")
      }
      #expect(!(try classes(.init(name: name, group: "/system.slice/a.service")).intersects(.avoided)))
    }
  }

  @Test func `that people depend on is known by program, place and name`() throws {
    let ssh = FakeProcesses.Shape(name: "sshd", group: "/system.slice/ssh.service", executable: "/bin/sh")
    #expect(try classes(ssh).contains(.loginListener))
    let shell = FakeProcesses.Shape(
      name: "bash", parent: 9, group: "/user.slice/user-1000.slice/session-3.scope", executable: "/bin/sh",
      children: "51 52 ")
    #expect(try classes(shell).contains(.shellWithChildren))
    var idle = shell
    idle.children = ""
    #expect(!(try classes(idle).contains(.shellWithChildren)))
  }

  @Test func `that leads a session of logind is known by its number`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("scythe-test.\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try "UID=1000\nLEADER=50\nTYPE=wayland\n".write(toFile: "\(folder)/3", atomically: false, encoding: .utf8)
    try "LEADER=999999999999\n".write(toFile: "\(folder)/4", atomically: false, encoding: .utf8)
    unsafe mkfifo("\(folder)/3.ref", 0o600)
    let sessions = LoginSessions(PathBuffer(bytes: folder.utf8))
    #expect(sessions.areLed(by: PID(50)) && !sessions.areLed(by: PID(51)))
    #expect(try classes(.init(), sessions: sessions).contains(.sessionLeader))
  }

  @Test func `that is dying is one no more`() throws {
    #expect(try classes(.init(isKillPending: true)).contains(.dying))
    #expect(try classes(.init(flags: 4)).contains(.dying))
    #expect(!(try classes(.init()).contains(.dying)))
  }

  @Test func `with an adjustment of -1000 can never be chosen`() throws {
    let processes = try FakeProcesses()
    try processes.set(50, .init(anonymousKilobytes: 4 << 20, adjustment: -1000))
    try processes.set(51, .init(anonymousKilobytes: 4 << 20, adjustment: -999))
    var table = try CandidateTable(capacity: 8)
    try table.look(.whole, processes.procfs, sessions: noSessions)
    let standings = rows(table).map { row in
      // Whose rights these are is not the question.
      var row = row
      row.classes = ProcessClasses()
      return Policy(PolicySettings()).score(of: row, in: SystemSample()).standing
    }
    #expect(standings == [.adjustedOut, .candidate])
  }

  @Test func `that is a thread of the kernel has no row`() throws {
    let processes = try FakeProcesses()
    try processes.set(50, .init(flags: 0x0020_0000))
    var table = try CandidateTable(capacity: 8)
    try table.look(.whole, processes.procfs, sessions: noSessions)
    #expect(rows(table).isEmpty)
  }

  @Test func `that started this program, or was started by it, is no exception but itself`() throws {
    var table = try CandidateTable()
    let victim = try VictimProcess("--anon", "1M")
    try table.look(.whole, Procfs(), sessions: noSessions)
    let own = try #require(rows(table).first { $0.pid == .current })
    #expect(own.classes.contains(.scythe))
    let child = try #require(rows(table).first { $0.pid == victim.pid })
    #expect(!child.classes.contains(.scythe))
  }
}
