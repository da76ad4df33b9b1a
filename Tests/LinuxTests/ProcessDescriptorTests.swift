import Foundation
import TestSupport
import Testing

@testable import ScytheLinux

private let isInformationAvailable: Bool = {
  guard let process = try? ProcessDescriptor(.current), let information = try? process.information() else {
    return false
  }
  return information.pid == .current
}()

/// A thread of a process that is not its leader.
func secondThread(of pid: PID) throws -> PID {
  var found: PID?
  try Procfs().forEachThread(of: pid) { (thread) throws(Errno) in
    if thread != pid { found = thread }
    return found == nil
  }
  return try #require(found)
}

@Suite struct `A pidfd` {
  @Test func `is of a process that exists`() throws {
    try ProcessDescriptor(.current).close()
    try ProcessDescriptor(.initProcess).close()
    #expect(throws: Errno.noSuchProcess) { _ = try ProcessDescriptor(PID(Int32.max)) }
  }

  @Test(arguments: [0, -1, Int32.min])
  func `is not of a number that names no process`(number: Int32) {
    #expect(throws: Errno.invalidArgument) { _ = try ProcessDescriptor(PID(number)) }
  }

  @Test func `is of a leader, not of another thread`() throws {
    let victim = try VictimProcess("--threads", "2")
    defer { victim.end() }
    let thread = try secondThread(of: victim.pid)
    do throws(Errno) {
      try ProcessDescriptor(thread).close()
      Issue.record("a thread that is no leader was opened")
    } catch {
      // EINVAL until 6.12, ENOENT since.
      #expect(error == .noSuchFileOrDirectory || error == .invalidArgument)
    }
  }

  @Test func `is not of a process that was reaped, and an older one says so`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.none)
    try process.send(.kill)
    #expect(victim.ask("w") == "exited 9")
    #expect(throws: Errno.noSuchProcess) { _ = try ProcessDescriptor(victim.pid) }
    #expect(throws: Errno.noSuchProcess) { try process.send(.none) }
    #expect(throws: Errno.noSuchProcess) { try process.send(.kill) }
  }

  @Test func `of a zombie still takes signals`() throws {
    let victim = try VictimProcess("--zombie")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    #expect(try process.waitForExit(timeoutMilliseconds: 5000))
    try process.send(.kill)
    try ProcessDescriptor(victim.pid).close()
  }

  @Test func `refuses a signal that does not exist`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    #expect(throws: Errno.invalidArgument) { try process.send(Signal(rawValue: 65)) }
    #expect(throws: Errno.invalidArgument) { try process.send(Signal(rawValue: -1)) }
  }

  @Test func `waits for the exit, for as long as it is told`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    let start = MonotonicClock.nowNanoseconds
    let atOnce = try process.waitForExit(timeoutMilliseconds: 0)
    #expect(!atOnce)
    let later = try process.waitForExit(timeoutMilliseconds: 30)
    #expect(!later)
    #expect(MonotonicClock.nowNanoseconds - start >= 30_000_000)
    try process.send(.kill)
    #expect(try process.waitForExit(timeoutMilliseconds: -1))
    #expect(try process.waitForExit(timeoutMilliseconds: 0))
    #expect(victim.ask("w") == "exited 9")
    #expect(try process.waitForExit(timeoutMilliseconds: 0))
  }

  @Test func `of a process that is held in its exit is not dead yet`() throws {
    let victim = try VictimProcess("--held")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    let isDead = try process.waitForExit(timeoutMilliseconds: 100)
    #expect(!isDead)
    #expect(victim.ask("x") == "exited 9")
    #expect(try process.waitForExit(timeoutMilliseconds: 0))
  }

  @Test func `carries SIGTERM and SIGSTOP`() throws {
    let victim = try VictimProcess("--exit-on-term-after", "0")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.stop)
    var state = UInt8(ascii: "?")
    for _ in 0..<500 where state != UInt8(ascii: "T") {
      MonotonicClock.sleep(nanoseconds: 2_000_000)
      state = try Procfs().stat(of: victim.pid).state
    }
    #expect(state == UInt8(ascii: "T"))
    try process.send(.terminate)
    let isDeadStopped = try process.waitForExit(timeoutMilliseconds: 50)
    #expect(!isDeadStopped)
    // SIGCONT
    try process.send(Signal(rawValue: 18))
    #expect(try process.waitForExit(timeoutMilliseconds: 5000))
    #expect(victim.ask("w") == "exited 0")
  }

  @Test(.enabled(if: isInformationAvailable, "PIDFD_GET_INFO needs Linux 6.13"))
  func `tells who the process is`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    let information = try #require(try process.information())
    #expect(information.pid == victim.pid)
    #expect(information.parent == victim.pid("starter"))
    #expect(information.userID == getuid())
    try process.send(.kill)
    #expect(victim.ask("w") == "exited 9")
    #expect(throws: Errno.noSuchProcess) { _ = try process.information() }
  }

  @Test(
    .enabled(if: isInformationAvailable, "PIDFD_GET_INFO needs Linux 6.13"),
    .enabled(if: TestControlGroup.isAvailable(.unified), "needs a cgroup v2 mount that takes groups"))
  func `tells the group of the process by its inode`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    let made = try TestControlGroup(.unified)
    defer { made.remove() }
    try made.add(victim.pid)
    let attributes = try FileManager.default.attributesOfItem(atPath: made.path)
    let inode = try #require(attributes[.systemFileNumber] as? NSNumber).uint64Value
    let information = try #require(try ProcessDescriptor(victim.pid).information())
    #expect(information.controlGroupID == inode)
  }

  @Test func `knows the number of its process, until that has been waited for`() throws {
    let victim = try VictimProcess("--zombie")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    #expect(try process.pid() == victim.pid)
    // As on kernels that do not tell it themselves.
    #expect(try process.pidInDescription(Procfs()) == victim.pid)
    try process.send(.kill)
    #expect(try process.waitForExit(timeoutMilliseconds: 5000))
    #expect(try process.pid() == victim.pid)
    #expect(try process.pidInDescription(Procfs()) == victim.pid)
    #expect(victim.ask("w") == "exited 9")
    #expect(throws: Errno.noSuchProcess) { _ = try process.pid() }
    #expect(throws: Errno.noSuchProcess) { _ = try process.pidInDescription(Procfs()) }
  }

  @Test func `that means the caller has the caller's number`() throws {
    for number: CInt in [-10_000, -10_001] {
      #expect(try ProcessDescriptor.withBorrowed(number) { (process) throws(Errno) in try process.pid() } == .current)
    }
  }

  @Test func `is needed to know a number`() throws {
    let file = try FileDescriptor(PathBuffer("/proc/self"), .directory)
    for number: CInt in [-1, 1 << 30, file.number] {
      #expect(throws: Errno.badFileDescriptor) {
        try ProcessDescriptor.withBorrowed(number) { (process) throws(Errno) in _ = try process.pid() }
      }
      #expect(throws: Errno.badFileDescriptor) {
        try ProcessDescriptor.withBorrowed(number) { (process) throws(Errno) in
          _ = try process.pidInDescription(Procfs())
        }
      }
    }
  }

  @Test(arguments: [
    (["pos:\t0", "flags:\t02", "Pid:\t4711", "NSpid:\t4711"], PID(4711)), (["Pid:\t0"], nil), (["Pid:\t-1"], nil),
  ])
  func `has a number only in its own namespace`(lines: [String], expected: PID?) throws {
    let tree = try TemporaryTree()
    try tree.write("thread-self/fdinfo/-5", lines.joined(separator: "\n") + "\n")
    let procfs = tree.procfs
    let found = try? ProcessDescriptor.withBorrowed(-5) { (process) throws(Errno) in
      try process.pidInDescription(procfs)
    }
    #expect(found == expected)
  }

  @Test(arguments: ["", "pos:\t0", "Pid:", "Pid:\tx", "Pid:\t99999999999"])
  func `is described as the kernel does it, or is none`(line: String) throws {
    let tree = try TemporaryTree()
    try tree.write("thread-self/fdinfo/-5", line + "\n")
    let procfs = tree.procfs
    #expect(throws: Errno.badFileDescriptor) {
      try ProcessDescriptor.withBorrowed(-5) { (process) throws(Errno) in _ = try process.pidInDescription(procfs) }
    }
  }

  @Test func `stays open when it is only borrowed, and when it is handed over`() throws {
    let number = try ProcessDescriptor(.current).relinquish()
    try ProcessDescriptor.withBorrowed(number) { (process) throws(Errno) in try process.send(.none) }
    #expect(throws: Errno.invalidArgument) {
      try ProcessDescriptor.withBorrowed(number) { (process) throws(Errno) in try process.send(Signal(rawValue: 65)) }
    }
    let owned = ProcessDescriptor(owning: number)
    try owned.send(.none)
    try owned.close()
  }

  @Test func `is closed again, like whatever else is opened`() async {
    // In a process of its own: other tests open descriptors at the same time.
    await #expect(processExitsWith: .success) {
      func openDescriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
      }
      let before = try openDescriptors()
      // The test library's own timer may come and go meanwhile; whatever leaks leaks 100 times.
      let rounds = 100
      // The counter has to see them, or it proves nothing.
      do {
        var held = try FixedTable<ProcessDescriptor>(capacity: rounds)
        for _ in 0..<rounds { held.append(try ProcessDescriptor(.current)) }
        #expect(try openDescriptors() >= before + rounds)
      }
      #expect(try openDescriptors() < before + rounds / 2)
      for _ in 0..<rounds {
        let process = try ProcessDescriptor(.current)
        _ = try process.waitForExit(timeoutMilliseconds: 0)
        _ = try Procfs().stat(of: .current)
        _ = try Procfs().status(of: .current)
        _ = try? Procfs().stat(of: PID(Int32.max))
        _ = try? ProcessDescriptor(PID(-1))
        try Procfs().forEachThread(of: .current) { (_) throws(Errno) in true }
        if let path = try Procfs().controlGroupPath(of: .current, in: .unified) {
          try ControlGroup(path: path).forEachProcessInSubtree { (_) throws(Errno) in true }
        }
        _ = try? ControlGroup(path: PathBuffer("/proc"))
        _ = try EventQueue()
        _ = try EventCounter()
        try ProcessDescriptor(.current).close()
      }
      #expect(try openDescriptors() < before + rounds / 2)
    }
  }
}
