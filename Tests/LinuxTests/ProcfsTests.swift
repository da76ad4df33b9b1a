import Foundation
import TestSupport
import Testing

@testable import ScytheLinux

@Suite struct `The process file system` {
  @Test func `lists the processes and nothing else`() throws {
    let tree = try TemporaryTree()
    for name in ["1", "42", "2147483647", "2147483648", "0", "-5", "self", "4x", " 7", "18446744073709551616", "net"] {
      try tree.makeDirectory(name)
    }
    var listed: [Int32] = []
    try tree.procfs.forEachProcess { (pid) throws(Errno) in
      listed.append(pid.rawValue)
      return true
    }
    #expect(listed.sorted() == [1, 42, 2_147_483_647])
  }

  @Test func `lists more processes than one read of the directory holds`() throws {
    let tree = try TemporaryTree()
    for pid in 1...600 { try tree.makeDirectory("\(pid)") }
    var listed: Set<Int32> = []
    try tree.procfs.forEachProcess { (pid) throws(Errno) in
      listed.insert(pid.rawValue)
      return true
    }
    #expect(listed == Set(1...600))
  }

  @Test func `ends the walk when it is told to`() throws {
    let tree = try TemporaryTree()
    for pid in 1...9 { try tree.makeDirectory("\(pid)") }
    var count = 0
    try tree.procfs.forEachProcess { (_) throws(Errno) in
      count += 1
      return count < 3
    }
    #expect(count == 3)
  }

  @Test func `passes on what the body throws`() throws {
    let tree = try TemporaryTree()
    try tree.makeDirectory("1")
    #expect(throws: Errno.resourceBusy) {
      try tree.procfs.forEachProcess { (_) throws(Errno) in throw .resourceBusy }
    }
  }

  @Test func `that is not there is ENOENT`() throws {
    let procfs = Procfs(root: PathBuffer("/nowhere"))
    #expect(throws: Errno.noSuchFileOrDirectory) { try procfs.forEachProcess { (_) throws(Errno) in true } }
  }

  @Test func `with a root that is too long opens nothing`() throws {
    let procfs = Procfs(root: PathBuffer(bytes: ("/" + String(repeating: "x", count: 505)).utf8))
    #expect(throws: Errno.nameTooLong) { try procfs.stat(of: PID(1)) }
  }

  @Test func `lists the threads of a process`() throws {
    let victim = try VictimProcess("--threads", "5")
    defer { victim.end() }
    var threads: [PID] = []
    try Procfs().forEachThread(of: victim.pid) { (thread) throws(Errno) in
      threads.append(thread)
      return true
    }
    #expect(threads.count == 5)
    #expect(threads.first == victim.pid)
  }

  @Test func `lists a real process until it is reaped`() throws {
    func isListed(_ wanted: PID) throws -> Bool {
      var isFound = false
      try Procfs().forEachProcess { (pid) throws(Errno) in
        if pid == wanted { isFound = true }
        return !isFound
      }
      return isFound
    }
    let victim = try VictimProcess()
    defer { victim.end() }
    #expect(try isListed(victim.pid))
    try ProcessDescriptor(victim.pid).send(.kill)
    #expect(victim.ask("w") == "exited 9")
    #expect(try !isListed(victim.pid))
    #expect(throws: Errno.noSuchProcess) { try Procfs().forEachThread(of: victim.pid) { (_) throws(Errno) in true } }
    #expect(throws: Errno.noSuchProcess) { try Procfs().status(of: victim.pid) }
    #expect(throws: Errno.noSuchProcess) { try Procfs().memorySizes(of: victim.pid) }
  }

  @Test func `says EINVAL, EACCES or ENOTDIR as the file system does`() throws {
    let tree = try TemporaryTree()
    try tree.write("5", "not a directory")
    #expect(throws: Errno.notDirectory) { try tree.procfs.stat(of: PID(5)) }
    #expect(throws: Errno.notDirectory) { try tree.procfs.forEachThread(of: PID(5)) { (_) throws(Errno) in true } }
  }
}
