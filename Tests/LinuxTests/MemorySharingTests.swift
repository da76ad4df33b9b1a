import ScytheLinux
import TestSupport
import Testing

@Suite struct `Two processes` {
  @Test(arguments: ["clone-vm", "vfork"])
  func `share their memory if one was made that way`(kind: String) throws {
    let victim = try VictimProcess("--share", kind)
    defer { victim.end() }
    let sharer = victim.pid("sharer")
    #expect(try MemorySharing.isShared(between: victim.pid, and: sharer))
    #expect(try MemorySharing.isShared(between: sharer, and: victim.pid))
    #expect(try !MemorySharing.isShared(between: victim.pid, and: victim.pid("starter")))
  }

  @Test func `do not share their memory if one was forked`() throws {
    let victim = try VictimProcess("--fork", "1")
    defer { victim.end() }
    #expect(try !MemorySharing.isShared(between: victim.pid, and: victim.pid("children")))
    #expect(try !MemorySharing.isShared(between: victim.pid, and: .current))
  }

  @Test func `that are one share their memory`() throws {
    let victim = try VictimProcess("--threads", "2")
    defer { victim.end() }
    #expect(try MemorySharing.isShared(between: victim.pid, and: victim.pid))
    #expect(try MemorySharing.isShared(between: victim.pid, and: secondThread(of: victim.pid)))
  }

  @Test func `do not share their memory once one has left it`() throws {
    let victim = try VictimProcess("--share", "clone-vm", "--zombie")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    try #require(try process.waitForExit(timeoutMilliseconds: 5000))
    #expect(try !MemorySharing.isShared(between: victim.pid, and: victim.pid("sharer")))
  }

  @Test func `cannot be compared when one is gone`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    try ProcessDescriptor(victim.pid).send(.kill)
    #expect(victim.ask("w") == "exited 9")
    #expect(throws: Errno.noSuchProcess) { try MemorySharing.isShared(between: victim.pid, and: .current) }
    #expect(throws: Errno.noSuchProcess) { try MemorySharing.isShared(between: .current, and: victim.pid) }
  }
}
