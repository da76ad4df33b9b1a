import Foundation
import TestSupport
import Testing

@testable import ScytheLinux

private let status = """
  Name:	cat
  CapInh:	0000000000000000
  CapPrm:	000001fffeffffff
  CapEff:	0000000000800020
  CapBnd:	000001fffeffffff
  NoNewPrivs:	1
  Seccomp:	2
  Seccomp_filters:	3

  """

private func take(_ text: String) -> Privileges {
  var privileges = Privileges()
  for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
    let bytes = Array(line.utf8)
    privileges.take(bytes.span)
  }
  return privileges
}

@Suite struct `The privileges of a process` {
  @Test func `are read as the kernel writes them`() throws {
    let tree = try TemporaryTree()
    try tree.write("7/status", status)
    let privileges = try tree.procfs.privileges(of: PID(7))
    #expect(privileges.effectiveCapabilities == 0x80_0020)
    #expect(privileges.holds(.kill) && privileges.holds(.nice))
    #expect(!privileges.holds(.trace) && !privileges.holds(.resource) && !privileges.holds(.lockMemory))
    #expect(privileges.seccomp == .filter)
    #expect(privileges.gainsNoPrivileges == true)
  }

  @Test(arguments: [
    "", "CapEff:", "CapEff:\t", "CapEff:\tz", "CapEff:\t-1", "CapEff:\t1ffffffffffffffff", "CapEfff: 1", " CapEff: 1",
    "NoNewPrivs:", "NoNewPrivs:\tx", "Seccomp:", "Seccomp:\t3", "Seccomp:\t18446744073709551616",
    "Seccomp_filters:\t2", "CapPrm:\tff",
  ])
  func `are not changed by a malformed line`(line: String) throws {
    #expect(take(line) == Privileges())
    let before = take(status)
    #expect(take(status + line) == before)
    let tree = try TemporaryTree()
    try tree.write("7/status", line)
    #expect(throws: Errno.badMessage) { try tree.procfs.privileges(of: PID(7)) }
  }

  @Test func `of a process that is gone are ESRCH`() {
    #expect(throws: Errno.noSuchProcess) { try Procfs().privileges(of: PID(99_999_999)) }
  }

  @Test func `survive every damage`() {
    HostileInput.forEach(like: status) { input in
      var privileges = Privileges()
      for line in input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        let line = Array(line)
        privileges.take(line.span)
      }
      return privileges.holds(.kill) && privileges.effectiveCapabilities == nil ? "a right from nowhere" : nil
    }
  }

  @Test func `of these tests are what the kernel acts on`() throws {
    let privileges = try Procfs().privileges(of: .current)
    // Signal 0 to the first process needs the same user or CAP_KILL.
    let isAllowed = (try? ProcessDescriptor(.initProcess).send(.none)) != nil
    if geteuid() != 0 { #expect(isAllowed == privileges.holds(.kill)) }
    if privileges.holds(.kill) { #expect(isAllowed) }
    #expect(privileges.seccomp != .strict)
  }

  @Test func `are fewer for a victim without them`() throws {
    guard geteuid() == 0 else { return print("skipped: only root can drop its rights") }
    let program = BuiltProgram.url("scythe-victim").path
    guard
      let victim = try? VictimProcess(
        program: "/usr/bin/setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", program])
    else { return print("skipped: needs setpriv, and a checkout that nobody may enter") }
    defer { victim.end() }
    let privileges = try Procfs().privileges(of: victim.pid)
    #expect(privileges.effectiveCapabilities == 0)
    #expect(privileges.gainsNoPrivileges == true)
  }
}

@Suite struct `A hexadecimal number` {
  private func parse(_ text: String) -> (UInt64?, Int) {
    var position = 0
    let bytes = Array(text.utf8)
    return (bytes.span.hexadecimal(&position), position)
  }

  @Test(
    arguments: [
      ("0", 0, 1), ("ff", 255, 2), ("0x0007", 7, 6), (" \t1f z", 31, 4), ("ffffffffffffffff", .max, 16),
      ("0000000000000000000000001", 1, 25), ("0xg", nil, 0), ("", nil, 0), ("0x", nil, 0), ("FF", nil, 0),
      ("10000000000000000", nil, 0), ("-1", nil, 0), ("x1", nil, 0),
    ] as [(String, UInt64?, Int)])
  func `is its digits, or none`(text: String, value: UInt64?, end: Int) {
    #expect(parse(text) == (value, end))
  }
}

@Suite struct `A resource limit` {
  @Test func `is what getrlimit says`() throws {
    var limit = rlimit()
    #expect(unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
    let files = try ResourceLimit(of: .openFiles)
    // Other tests may raise the soft limit meanwhile.
    #expect(files.hard == UInt64(limit.rlim_max))
    #expect((files.soft ?? .max) <= (files.hard ?? .max))
    let locked = try ResourceLimit(of: .lockedMemory)
    #expect((locked.soft ?? .max) <= (locked.hard ?? .max))
  }
}
