import ScytheLinux
import TestSupport
import Testing

/// The heads of all threads, and the words at them.
private func lists(of pid: PID) throws -> [(address: UInt64, words: RobustListWords)] {
  var addresses: [UInt64] = []
  try Procfs().forEachThread(of: pid) { (thread) throws(Errno) in
    addresses.append(try RobustList.head(of: thread).address)
    return true
  }
  let words = try read(of: pid, at: addresses)
  return Array(zip(addresses, words)).map { (address: $0.0, words: $0.1) }
}

private func read(of pid: PID, at addresses: [UInt64]) throws(Errno) -> [RobustListWords] {
  var words = [RobustListWords](repeating: RobustListWords(), count: addresses.count)
  var span = words.mutableSpan
  let count = try RobustList.read(of: pid, at: addresses.span, into: &span)
  return Array(words[..<count])
}

@Suite struct `A robust list` {
  @Test func `is empty for threads that hold nothing`() throws {
    let victim = try VictimProcess("--robust", "idle", "--threads", "3")
    defer { victim.end() }
    let lists = try lists(of: victim.pid)
    #expect(lists.count == 3)
    for list in lists {
      #expect(list.address != 0)
      #expect(list.words.isEmpty(headAddress: list.address))
    }
  }

  @Test func `is not empty for threads that hold a mutex`() throws {
    let victim = try VictimProcess("--robust", "held", "--threads", "3")
    defer { victim.end() }
    let lists = try lists(of: victim.pid)
    #expect(lists.count == 3)
    for list in lists {
      #expect(list.address != 0)
      #expect(!list.words.isEmpty(headAddress: list.address))
      #expect(list.words.next != 0)
      #expect(list.words.pending == 0)
    }
  }

  @Test func `is each thread's own`() throws {
    let victim = try VictimProcess("--robust", "lastthread", "--threads", "4")
    defer { victim.end() }
    let lists = try lists(of: victim.pid)
    #expect(lists.map { $0.words.isEmpty(headAddress: $0.address) } == [true, true, true, false])
    #expect(Set(lists.map(\.address)).count == 4)
  }

  @Test func `of a dying process that has its memory is the same as before`() throws {
    let victim = try VictimProcess("--robust", "held", "--held")
    defer { victim.end() }
    let before = try lists(of: victim.pid)
    try ProcessDescriptor(victim.pid).send(.kill)
    let after = try lists(of: victim.pid)
    #expect(after.map(\.words) == before.map(\.words))
    #expect(after.map(\.address) == before.map(\.address))
  }

  @Test(.enabled(if: KernelFeatures.hasRelease, "process_mrelease came with Linux 5.15"))
  func `is lost by a release`() throws {
    let victim = try VictimProcess("--robust", "held", "--held")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    let head = try RobustList.head(of: victim.pid)
    try process.releaseMemory()
    #expect(throws: Errno.badAddress) { try read(of: victim.pid, at: [head.address]) }
  }

  @Test func `of a thread that is gone is ESRCH`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    let head = try RobustList.head(of: victim.pid)
    try ProcessDescriptor(victim.pid).send(.kill)
    #expect(victim.ask("w") == "exited 9")
    #expect(throws: Errno.noSuchProcess) { try RobustList.head(of: victim.pid) }
    #expect(throws: Errno.noSuchProcess) { try read(of: victim.pid, at: [head.address]) }
  }

  @Test func `of a zombie has no head and cannot be read`() throws {
    let victim = try VictimProcess("--zombie")
    defer { victim.end() }
    let address = try RobustList.head(of: victim.pid).address
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    try #require(try process.waitForExit(timeoutMilliseconds: 5000))
    #expect(try RobustList.head(of: victim.pid).address == 0)
    #expect(throws: Errno.noSuchProcess) { try read(of: victim.pid, at: [address]) }
  }

  @Test func `at a bad address ends the read there`() throws {
    let victim = try VictimProcess("--robust", "idle")
    defer { victim.end() }
    let good = try RobustList.head(of: victim.pid).address
    #expect(try read(of: victim.pid, at: [good, 16, good]).count == 1)
    #expect(throws: Errno.badAddress) { try read(of: victim.pid, at: [16, good]) }
    #expect(throws: Errno.badAddress) { try read(of: victim.pid, at: [UInt64.max - 7]) }
  }

  @Test func `is read 64 at a time`() throws {
    let victim = try VictimProcess("--robust", "held", "--threads", "64")
    defer { victim.end() }
    #expect(RobustList.mostHeads == 64)
    let lists = try lists(of: victim.pid)
    #expect(lists.count == 64)
    #expect(lists.allSatisfy { !$0.words.isEmpty(headAddress: $0.address) })
  }

  @Test(
    arguments: [
      (64, 0, true), (64, 8, false), (72, 0, false), (0, 0, false),
    ] as [(UInt64, UInt64, Bool)])
  func `is empty if it leads back to its head and nothing is pending`(next: UInt64, pending: UInt64, isEmpty: Bool) {
    var words = RobustListWords()
    words.next = next
    words.pending = pending
    #expect(words.isEmpty(headAddress: 64) == isEmpty)
  }
}
