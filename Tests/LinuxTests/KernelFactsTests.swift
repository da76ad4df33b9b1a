import Foundation
import TestSupport
import Testing

@testable import ScytheLinux

@Suite struct `The kernel` {
  @Test func `says what it is`() throws {
    let kernel = try KernelIdentity()
    let release = try #require(FileManager.default.contents(atPath: "/proc/sys/kernel/osrelease"))
    #expect("\(String(kernel.release))\n" == String(decoding: release, as: UTF8.self))
    #expect(!String(kernel.architecture).isEmpty)
    #expect(try #require(kernel.version) >= KernelVersion(5, 10))
  }

  @Test(
    arguments: [
      ("6.18.44", KernelVersion(6, 18)), ("5.10.0-34-amd64", KernelVersion(5, 10)), ("7.2-rc1", KernelVersion(7, 2)),
      ("", nil), ("6", nil), ("6.", nil), (".6", nil), ("6. 1", nil), (" 6.1", nil), ("v6.1", nil), ("-6.1", nil),
      ("6.18446744073709551616", nil), ("6,1", nil),
    ] as [(String, KernelVersion?)])
  func `has a version of two numbers`(release: String, version: KernelVersion?) {
    let bytes = Array(release.utf8)
    #expect(KernelVersion(parsing: bytes.span) == version)
  }

  @Test func `is older by its first number, then by its second`() {
    #expect(KernelVersion(5, 15) < KernelVersion(6, 1))
    #expect(KernelVersion(6, 9) < KernelVersion(6, 10))
    #expect(!(KernelVersion(6, 1) < KernelVersion(6, 1)))
  }
}

@Suite struct `A kernel parameter` {
  @Test func `is one number`() throws {
    let tree = try TemporaryTree()
    try tree.write("sys/vm/panic_on_oom", "2\n")
    try tree.write("sys/vm/oom_kill_allocating_task", "-1\n")
    #expect(try tree.procfs.value(of: .panicOnOutOfMemory) == 2)
    #expect(try tree.procfs.value(of: .killsAllocatingTask) == -1)
    #expect(throws: Errno.noSuchFileOrDirectory) { try tree.procfs.value(of: .traceScope) }
  }

  @Test(arguments: ["", "\n", "x", "- 1", "9223372036854775808", "99999999999999999999999999"])
  func `that is no number is EBADMSG`(text: String) throws {
    let tree = try TemporaryTree()
    try tree.write("sys/kernel/yama/ptrace_scope", text)
    #expect(throws: Errno.badMessage) { try tree.procfs.value(of: .traceScope) }
  }

  @Test func `of this machine is one of those that the kernel takes`() throws {
    #expect(try (0...2).contains(Procfs().value(of: .panicOnOutOfMemory)))
  }
}

extension TemporaryTree {
  /// A file system of kernel objects with this tree as its root.
  fileprivate var sysfs: Sysfs { Sysfs(root: PathBuffer(bytes: path.utf8)) }
}

@Suite struct `A setting of reclaim` {
  @Test(
    arguments: [
      ("[always] madvise never\n", HugePageUse.always), ("always [madvise] never\n", .onRequest),
      ("always madvise [never]\n", .never), ("[never", nil), ("always madvise never\n", nil), ("", nil),
      ("always [ madvise] never", nil),
    ] as [(String, HugePageUse?)])
  func `is the word in brackets`(text: String, use: HugePageUse?) throws {
    let tree = try TemporaryTree()
    try tree.write("kernel/mm/transparent_hugepage/enabled", text)
    guard let use else {
      #expect(throws: Errno.badMessage) { try tree.sysfs.hugePageUse() }
      return
    }
    #expect(try tree.sysfs.hugePageUse() == use)
  }

  @Test(arguments: [("0x0007\n", true), ("0x0000\n", false), ("0x0006", false), ("1", true)])
  func `of the generations is its lowest bit`(text: String, isUsed: Bool) throws {
    let tree = try TemporaryTree()
    try tree.write("kernel/mm/lru_gen/enabled", text)
    #expect(try tree.sysfs.usesGenerations() == isUsed)
  }

  @Test(arguments: ["", "y\n", "0x\n", "0x10000000000000000"])
  func `of the generations that is no number is EBADMSG`(text: String) throws {
    let tree = try TemporaryTree()
    try tree.write("kernel/mm/lru_gen/enabled", text)
    #expect(throws: Errno.badMessage) { try tree.sysfs.usesGenerations() }
  }

  @Test func `that the kernel lacks is ENOENT`() throws {
    let tree = try TemporaryTree()
    #expect(throws: Errno.noSuchFileOrDirectory) { try tree.sysfs.hugePageUse() }
    #expect(throws: Errno.noSuchFileOrDirectory) { try tree.sysfs.usesGenerations() }
    #expect(throws: Errno.noSuchFileOrDirectory) { try tree.sysfs.zramInformation() }
  }
}

@Suite struct `The mount of /proc` {
  private func hides(_ line: String) -> Bool? {
    let bytes = Array(line.utf8)
    return Procfs.hidesProcesses(parsing: bytes.span)
  }

  @Test(
    arguments: [
      ("22 27 0:21 / /proc rw,relatime - proc proc rw", false),
      ("22 27 0:21 / /proc rw,nosuid shared:12 master:1 - proc proc rw,hidepid=invisible", true),
      ("22 27 0:21 / /proc rw - proc none rw,gid=5,hidepid=2", true),
      ("22 27 0:21 / /proc rw - proc proc rw,hidepid=0", false),
      ("22 27 0:21 / /proc rw - proc proc rw,hidepid=off", false),
      ("22 27 0:21 / /proc rw - proc proc rw,hidepid=ptraceable", true),
      ("22 27 0:21 / /proc/sys rw - proc proc rw,hidepid=2", nil),
      ("22 27 0:21 / /mnt rw - proc proc rw,hidepid=2", nil),
      ("22 27 0:21 / /proc rw - tmpfs proc rw,hidepid=2", nil),
      ("22 27 0:21 / /proc rw - proc", nil), ("22 27 0:21 / /proc rw", nil), ("22 27 0:21 / /proc ", nil),
      ("22 27 0:21 / /proc", nil), ("22 27", nil), ("", nil), ("- proc hidepid=2", nil),
    ] as [(String, Bool?)])
  func `hides processes or not`(line: String, isHiding: Bool?) {
    #expect(hides(line) == isHiding)
  }

  @Test func `is the last one`() throws {
    let tree = try TemporaryTree()
    try tree.write(
      "self/mountinfo",
      "22 27 0:21 / /proc rw - proc proc rw\n1 1 0:1 / / rw - ext4 a rw\n23 22 0:22 / /proc rw - proc p rw,hidepid=2\n")
    #expect(try tree.procfs.hidesProcesses())
    try tree.write(
      "self/mountinfo", "22 27 0:21 / /proc rw - proc proc rw,hidepid=2\n23 22 0:22 / /proc rw - proc p rw\n")
    #expect(try !tree.procfs.hidesProcesses())
  }

  @Test func `survives every damage`() {
    HostileInput.forEach(like: "22 27 0:21 / /proc rw,relatime shared:12 - proc proc rw,hidepid=invisible") { input in
      _ = Procfs.hidesProcesses(parsing: input.span)
      return nil
    }
  }

  @Test func `of this machine can be read`() throws { _ = try Procfs().hidesProcesses() }
}

@Suite struct `The executable of a process` {
  @Test func `is the path of its program`() throws {
    let victim = try VictimProcess("--comm", "somebody else")
    defer { victim.end() }
    #expect(String(try Procfs().executable(of: victim.pid)).hasSuffix("/scythe-victim"))
  }

  @Test func `of a process that is gone is ESRCH`() {
    #expect(throws: Errno.noSuchProcess) { try Procfs().executable(of: PID(99_999_999)) }
  }

  @Test func `with a path that does not fit is ENAMETOOLONG, not cut`() throws {
    let tree = try TemporaryTree()
    try tree.makeDirectory("7")
    for (length, fits) in [(510, true), (511, true), (512, false), (600, false)] {
      let link = "\(tree.path)/7/exe"
      try? FileManager.default.removeItem(atPath: link)
      let target = "/" + String(repeating: "x", count: length - 1)
      #expect(unsafe symlink(target, link) == 0)
      if fits {
        #expect(String(try tree.procfs.executable(of: PID(7))) == target)
      } else {
        #expect(throws: Errno.nameTooLong) { try tree.procfs.executable(of: PID(7)) }
      }
    }
  }
}
