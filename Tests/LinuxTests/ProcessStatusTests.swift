import TestSupport
import Testing

@testable import ScytheLinux

/// A real file of 6.18, shortened by lines that nobody reads.
private let sample = """
  Name:\tvictim
  Umask:\t0022
  State:\tS (sleeping)
  Tgid:\t2531
  Pid:\t2531
  PPid:\t2530
  Uid:\t1000\t1001\t1002\t1003
  Gid:\t0\t0\t0\t0
  Groups:\t4 24 27 
  VmPeak:\t   70000 kB
  VmLck:\t      16 kB
  VmPin:\t       8 kB
  VmRSS:\t   66000 kB
  RssAnon:\t   65536 kB
  RssFile:\t     464 kB
  RssShmem:\t      32 kB
  VmPTE:\t     172 kB
  VmSwap:\t    2048 kB
  HugetlbPages:\t    4096 kB
  CoreDumping:\t1
  THP_enabled:\t1
  Threads:\t3
  SigQ:\t2/96365
  SigPnd:\t0000000000000100
  ShdPnd:\t0000000000000000

  """

private let parsedSample: ProcessStatus = {
  var status = ProcessStatus()
  status.leader = PID(2531)
  status.userID = 1000
  status.threads = 3
  status.isDumpingCore = true
  status.isKillPending = true
  status.hasMemory = true
  status.anonymousBytes = 65536 << 10
  status.fileBytes = 464 << 10
  status.sharedBytes = 32 << 10
  status.swapBytes = 2048 << 10
  status.pageTableBytes = 172 << 10
  status.hugetlbBytes = 4096 << 10
  status.lockedBytes = 16 << 10
  status.pinnedBytes = 8 << 10
  return status
}()

private func take(_ line: String, into status: ProcessStatus = ProcessStatus()) -> ProcessStatus {
  var status = status
  let bytes = Array(line.utf8)
  status.take(bytes.span)
  return status
}

private func take(lines bytes: [UInt8]) -> ProcessStatus {
  var status = ProcessStatus()
  for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
    let line = Array(line)
    status.take(line.span)
  }
  return status
}

@Suite struct `The status file of a process` {
  @Test func `is read as the kernel writes it`() throws {
    let tree = try TemporaryTree()
    try tree.write("2531/status", sample)
    let status = try tree.procfs.status(of: PID(2531))
    #expect(status == parsedSample)
    #expect(status.releasableBytes == (65536 + 2048) << 10)
  }

  @Test func `is read to its end behind 700 KB of groups`() throws {
    var groups = "Groups:\t"
    // The most that a process can have is 65,536.
    for group in 0..<65_536 { groups += "\(4_294_900_000 + group) " }
    #expect(groups.utf8.count > 700_000)
    let tree = try TemporaryTree()
    try tree.write("2531/status", sample.replacing("Groups:\t4 24 27 ", with: groups))
    #expect(try tree.procfs.status(of: PID(2531)) == parsedSample)
  }

  @Test func `of a process that has left its memory has no memory`() throws {
    let tree = try TemporaryTree()
    try tree.write("9/status", "Name:\tx\nTgid:\t9\nUid:\t0\t0\t0\t0\nThreads:\t1\nSigPnd:\t0000000000000000\n")
    let status = try tree.procfs.status(of: PID(9))
    #expect(!status.hasMemory)
    #expect(status.releasableBytes == 0)
    #expect(status.leader == PID(9))
    #expect(!status.isKillPending)
  }

  @Test(arguments: [
    "", "\n\n\n", "Name:\tx\n", "Tgid:\t-1\n", "Tgid:\t2147483648\n", "Tgid:\n", "\0\0\0",
  ])
  func `without a leader is EBADMSG`(text: String) throws {
    let tree = try TemporaryTree()
    try tree.write("9/status", text)
    #expect(throws: Errno.badMessage) { try tree.procfs.status(of: PID(9)) }
  }

  @Test func `that is not there, or was lost while it was written, is ESRCH`() throws {
    let tree = try TemporaryTree()
    try tree.write("8/status", "Name:\tcat\nState:\tX (dead)\nTgid:\t0\nNgid:\t0\nPid:\t8\n")
    #expect(throws: Errno.noSuchProcess) { try tree.procfs.status(of: PID(8)) }
    #expect(throws: Errno.noSuchProcess) { try tree.procfs.status(of: PID(9)) }
  }

  @Test(arguments: [
    ("SigPnd:\t0000000000000100", true), ("SigPnd:\tffffffffffffffff", true), ("SigPnd:\t0000000000000300", true),
    ("SigPnd:\t0000000000000b00", true), ("SigPnd:\t0000000000000200", false), ("SigPnd:\t0000000000000000", false),
    ("SigPnd:\tfffffffffffffeff", false), ("SigPnd:\t0000000000001000", false), ("SigPnd:\t0000000000000010", false),
    ("SigPnd:\t0000000000004000", false), ("SigPnd:\t100", true),
  ])
  func `shows SIGKILL as bit 8 of what is pending`(line: String, isPending: Bool) {
    #expect(take(line).isKillPending == isPending)
    let shared = line.replacing("SigPnd", with: "ShdPnd")
    #expect(take(shared).isKillPending == isPending)
    // Pending for the leader or for the process: one of the two lines is enough.
    #expect(take("SigPnd:\t0000000000000000", into: take(shared)).isKillPending == isPending)
  }

  @Test(arguments: [
    "", "RssAnon:", "RssAnon:\t65536", "RssAnon:\t-1 kB", "RssAnon:\t18446744073709551615 kB",
    "RssAnon:\t999999999999999999999999999999 kB", "RssFile: kB", "RssShmem", "VmSwap:\t12 MB", "VmPTE:\tx kB",
    "VmLck:\t1\0 kB", "VmPin: - kB", "HugetlbPages:\t0x10 kB", "Threads:", "Threads:\t-3", "Threads:\tx",
    "Threads:\t18446744073709551616", "Tgid:\t-5", "Tgid:\t4294967296", "Uid:\t-1\t0\t0\t0", "Uid:", "Uid:\t4294967296",
    "CoreDumping:", "CoreDumping:\t-1", "SigPnd:", "SigPnd:\t", "SigPnd:\t1", "SigPnd:\tzzzzzzzzzzzzzzzz",
    "SigPnd:\t0000000000000\u{0}00", "SigPnd:          ", "rssanon:\t1 kB", " RssAnon:\t1 kB", "NoSuchKey:\t1 kB",
    "\0\0\0\0\0\0\0\0\0\0\0\0",
  ])
  func `is not changed by a malformed line`(line: String) {
    #expect(take(line) == ProcessStatus())
    #expect(take(line, into: parsedSample) == parsedSample)
  }

  @Test func `cut anywhere has only values that are prefixes of the right ones`() {
    func isPrefix(_ value: UInt64, of whole: UInt64) -> Bool { value == 0 || "\(whole)".hasPrefix("\(value)") }
    for text in HostileInput.truncations(of: sample) {
      let cut = take(lines: text)
      let place = "after \(text.count) bytes"
      #expect(isPrefix(UInt64(cut.leader.rawValue), of: 2531), "\(place)")
      #expect(isPrefix(UInt64(cut.userID), of: 1000), "\(place)")
      #expect(isPrefix(cut.threads, of: 3), "\(place)")
      // A cut takes the unit away, so a memory line counts whole or not at all.
      #expect([0, parsedSample.anonymousBytes].contains(cut.anonymousBytes), "\(place)")
      #expect([0, parsedSample.fileBytes].contains(cut.fileBytes), "\(place)")
      #expect([0, parsedSample.sharedBytes].contains(cut.sharedBytes), "\(place)")
      #expect([0, parsedSample.swapBytes].contains(cut.swapBytes), "\(place)")
      #expect([0, parsedSample.pageTableBytes].contains(cut.pageTableBytes), "\(place)")
      #expect([0, parsedSample.hugetlbBytes].contains(cut.hugetlbBytes), "\(place)")
      #expect(cut.hasMemory == (cut.anonymousBytes > 0), "\(place)")
    }
  }

  @Test func `survives every damage`() {
    HostileInput.forEach(like: sample) { input in
      let status = take(lines: input)
      return status.leader.rawValue < 0 ? "a negative number" : nil
    }
  }

  @Test func `survives every damage when it is read from a file`() throws {
    let tree = try TemporaryTree()
    let long = sample.replacing("Groups:\t4 24 27 ", with: "Groups:\t" + String(repeating: "65534 ", count: 800))
    var generator = SeededGenerator(seed: HostileInput.seed)
    for round in 0..<200 {
      var bytes = Array(long.utf8)
      for _ in 0..<4 {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[place] = UInt8.random(in: 0...255, using: &generator)
      }
      bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
      try tree.write("1/status", bytes)
      let read = try? tree.procfs.status(of: PID(1))
      // The same lines cut to the reader's buffer give the same answer.
      let lines = bytes.split(separator: UInt8(ascii: "\n")).map { Array($0.prefix(4096)) }.joined(separator: [10])
      let expected = take(lines: Array(lines))
      #expect(read == (expected.leader.rawValue > 0 ? expected : nil), "seed \(HostileInput.seed), round \(round)")
    }
  }

  @Test func `of a real process tells what it was started with`() throws {
    let victim = try VictimProcess("--anon", "8M", "--shared", "4M", "--locked", "--threads", "3")
    defer { victim.end() }
    let status = try Procfs().status(of: victim.pid)
    #expect(status.leader == victim.pid)
    #expect(status.threads == 3)
    #expect(status.hasMemory)
    let lag = 3 * KernelFeatures.countLag
    #expect(status.anonymousBytes >= 8 << 20 - lag && status.anonymousBytes < 12 << 20)
    #expect(status.sharedBytes >= 4 << 20 - lag && status.sharedBytes < 6 << 20)
    #expect(status.lockedBytes >= 8 << 20)
    #expect(status.pageTableBytes > 0)
    #expect(!status.isKillPending)
    #expect(!status.isDumpingCore)
  }

  @Test func `is the same process's through a descriptor that was opened before its death`() throws {
    let victim = try VictimProcess("--anon", "8M", "--held")
    defer { victim.end() }
    let file = try Procfs().open("status", of: victim.pid)
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    let status = try Procfs.status(from: file)
    #expect(status.leader == victim.pid)
    #expect(status.anonymousBytes >= 8 << 20 - KernelFeatures.countLag)
    #expect(victim.ask("x") == "exited 9")
    #expect(throws: Errno.noSuchProcess) { try Procfs.status(from: file) }
  }

  @Test func `shows the SIGKILL of a process that is stuck in its exit`() throws {
    let victim = try VictimProcess("--held")
    defer { victim.end() }
    #expect(try !Procfs().status(of: victim.pid).isKillPending)
    try ProcessDescriptor(victim.pid).send(.kill)
    for _ in 0..<1000 where try Procfs().stat(of: victim.pid).state != UInt8(ascii: "t") {
      MonotonicClock.sleep(nanoseconds: 1_000_000)
    }
    #expect(try Procfs().status(of: victim.pid).isKillPending)
  }

  @Test(.enabled(if: TestControlGroup.isAvailable(.freezer), "needs a v1 freezer that takes groups"))
  func `shows a SIGKILL that cannot act yet`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    let group = try TestControlGroup(.freezer)
    defer { group.remove() }
    try group.add(victim.pid)
    try group.freeze()
    let process = try ProcessDescriptor(victim.pid)
    #expect(try !Procfs().status(of: victim.pid).isKillPending)
    try process.send(.kill)
    #expect(try Procfs().status(of: victim.pid).isKillPending)
  }
}
