import ScytheLinux
import TestSupport
import Testing

@Suite struct `Memory counted page by page` {
  private func counted(_ rollup: String) throws -> (anonymousBytes: UInt64, swapBytes: UInt64) {
    let tree = try TemporaryTree()
    try tree.write("7/smaps_rollup", rollup)
    return try tree.procfs.countedMemory(of: PID(7))
  }

  @Test func `is what the file says`() throws {
    let (anonymous, swap) = try counted(
      """
      55d1c0a00000-7ffd2e9f8000 ---p 00000000 00:00 0                          [rollup]
      Rss:                1424 kB
      Anonymous:            92 kB
      Swap:                  4 kB
      SwapPss:               1 kB

      """)
    #expect(anonymous == 92 << 10)
    #expect(swap == 4 << 10)
  }

  @Test(arguments: ["", "Rss: 1 kB\n", "Anonymous:\n", "Anonymous: 99999999999999999999 kB\n", "Anonymous: 1\n"])
  func `is EBADMSG where the file makes no sense`(rollup: String) {
    #expect(throws: Errno.badMessage) { try counted(rollup) }
  }

  @Test func `of a real process is what it has`() throws {
    let victim = try VictimProcess("--anon", "8M")
    let anonymous = try Procfs().countedMemory(of: victim.pid).anonymousBytes
    #expect(anonymous >= 8 << 20)
    #expect(anonymous < 10 << 20)
  }
}

@Suite struct `The lock of a file` {
  @Test func `is had by one at a time, and given back by the closing`() throws {
    let tree = try TemporaryTree()
    try tree.write("limit", "max")
    let first = try tree.open("limit", .readWrite)
    try first.lockExclusively()
    do {
      let second = try tree.open("limit", .readWrite)
      #expect(throws: Errno.resourceTemporarilyUnavailable) { try second.lockExclusively() }
    }
    try first.close()
    try tree.open("limit", .readWrite).lockExclusively()
  }
}
