import Foundation
import TestSupport
import Testing

@testable import ScytheLinux

/// The kernel that runs the tests.
private let version = (try? KernelIdentity())?.version ?? KernelVersion(0, 0)

@Suite struct `A probe` {
  @Test func `of the calls that a kill needs says that they are there`() throws {
    try ProcessCallProbe.checkOpen()
    try ProcessCallProbe.checkSignal()
    try ProcessCallProbe.checkRobustListHead()
    try ProcessCallProbe.checkRemoteReading()
    try ProcessCallProbe.checkComparison()
    try MemoryAdviceProbe.checkCall()
  }

  @Test func `of PIDFD_GET_INFO is ENOTTY before 6.13`() {
    do throws(Errno) {
      try ProcessCallProbe.checkInformation()
      #expect(version >= KernelVersion(6, 12))
    } catch {
      #expect(error == .notTerminal)
      #expect(version < KernelVersion(6, 13))
    }
  }

  @Test func `of PROCMAP_QUERY is ENOTTY before 6.11`() {
    do throws(Errno) {
      _ = try Procfs().mapping(of: .current, atOrAfter: 0)
      #expect(version >= KernelVersion(6, 11))
    } catch {
      #expect(error == .notTerminal)
      #expect(version < KernelVersion(6, 11))
    }
  }

  @Test(arguments: [MemoryAdvice.cold, .pageOut])
  func `of an advice that every process_madvise takes says so`(advice: MemoryAdvice) throws {
    try MemoryAdviceProbe.check(advice)
  }

  @Test(.enabled(if: version >= KernelVersion(6, 1), "this kernel is older than 6.1"))
  func `of an advice that came later says so`() throws {
    try MemoryAdviceProbe.check(.willNeed)
    if FileManager.default.fileExists(atPath: "/sys/kernel/mm/transparent_hugepage") {
      try MemoryAdviceProbe.check(.collapse)
    }
  }

  @Test(arguments: [9999, -1, 77])
  func `of an advice that no kernel knows is EINVAL`(number: CInt) {
    #expect(throws: Errno.invalidArgument) { try MemoryAdviceProbe.check(MemoryAdvice(rawValue: number)) }
  }

  @Test func `of a flag that this kernel does not know is EINVAL`() {
    // No kernel that was released knows one of them; if this one does, the probe must not have thrown anything else.
    do throws(Errno) { try MemoryAdviceProbe.checkWholeProcessFlag() } catch { #expect(error == .invalidArgument) }
    do throws(Errno) { try MemoryReleaseProbe.checkKillFlag() } catch { #expect(error == .invalidArgument) }
  }

  @Test func `leaves a memory as it was`() throws {
    // Were one of them to act on the caller, this page would be gone or the process dead.
    let page = unsafe try MappedMemory.allocate(UInt64.self, count: 512)
    defer { unsafe MappedMemory.free(page, count: 512) }
    unsafe page.initialize(repeating: 0x5c1e_7e20, count: 512)
    try? MemoryAdviceProbe.checkWholeProcessFlag()
    try? MemoryReleaseProbe.checkKillFlag()
    for advice in [MemoryAdvice.cold, .pageOut, .willNeed, .collapse, .dontNeed] {
      try? MemoryAdviceProbe.check(advice)
    }
    for index in 0..<512 { #expect(unsafe page[index] == 0x5c1e_7e20) }
  }

  @Test func `of real-time leaves the caller in its class`() throws {
    let before = try Scheduling.schedulingClass(of: PID(0))
    let isAllowed = (try? Scheduling.checkRealTime()) != nil
    #expect(try Scheduling.schedulingClass(of: PID(0)) == before)
    // A process of ours may be what a thread of ours may be.
    let victim = try VictimProcess()
    defer { victim.end() }
    #expect(((try? Scheduling.set(.roundRobin, of: victim.pid, priority: 1)) != nil) == isAllowed)
  }
}

@Suite struct `A mapping` {
  @Test(.enabled(if: version >= KernelVersion(6, 11), "PROCMAP_QUERY came with Linux 6.11"))
  func `is the one that covers an address, or the next`() throws {
    let page = unsafe try MappedMemory.allocate(UInt64.self, count: 512)
    defer { unsafe MappedMemory.free(page, count: 512) }
    let address = UInt64(UInt(bitPattern: page))
    let covering = try #require(try Procfs().mapping(of: .current, atOrAfter: address + 8))
    #expect(covering.base <= address && covering.base + covering.length >= address + 4096)
    let first = try #require(try Procfs().mapping(of: .current, atOrAfter: 0))
    #expect(first.base > 0 && first.base % Machine.pageBytes == 0 && first.length > 0)
    #expect(try Procfs().mapping(of: .current, atOrAfter: UInt64.max - 4095) == nil)
  }

  @Test func `of a process that is gone is ESRCH`() {
    #expect(throws: Errno.noSuchProcess) { try Procfs().mapping(of: PID(99_999_999), atOrAfter: 0) }
  }
}

@Suite struct `What may be done with a control group` {
  private func contains(_ text: String, _ word: StaticString) -> Bool {
    let bytes = Array(text.utf8)
    return ControlGroup.words(bytes.span, contain: word)
  }

  @Test func `is said by whole words`() {
    #expect(contains("cpuset cpu io memory pids\n", "memory"))
    #expect(contains("memory", "memory"))
    #expect(contains(" \tcpu memory", "memory"))
    for text in ["", "\n", "memory_recursiveprot\n", "xmemory\n", "mem ory", "memor", "cpu,memory"] {
      #expect(!contains(text, "memory"), "\(text)")
    }
  }

  @Test func `survives every damage`() {
    HostileInput.forEach(like: "cpuset cpu io memory pids\n") { input in
      _ = ControlGroup.words(input.span, contain: "memory")
      return nil
    }
  }

  @Test func `is asked about without doing it`() throws {
    guard let path = try Procfs().controlGroupPath(of: .current, in: .freezer) else {
      return print("skipped: no cgroup v1 freezer is mounted")
    }
    let group = try ControlGroup(path: path)
    try group.check("cgroup.procs", .read)
    #expect(throws: Errno.noSuchFileOrDirectory) { try group.check("cgroup.kill", .write) }
    #expect(throws: Errno.noSuchFileOrDirectory) { try group.offers(controller: "memory") }
    if geteuid() == 0 {
      try group.checkMakingChildren()
      try Freezer.checkRescue(Procfs())
    }
  }

  @Test func `is nothing without a v1 freezer`() throws {
    let tree = try TemporaryTree()
    try tree.write("self/mountinfo", "22 27 0:21 / /proc rw - proc proc rw\n")
    #expect(throws: Errno.noSuchFileOrDirectory) { try Freezer.checkRescue(tree.procfs) }
  }

  @Test func `includes a real-time budget where the kernel has one`() throws {
    guard let path = try Procfs().controlGroupPath(of: .current, in: .cpu) else {
      return print("skipped: no cgroup v1 CPU controller is mounted")
    }
    do throws(Errno) {
      let runtime = try ControlGroup(path: path).realTimeRuntimeMicroseconds()
      #expect(runtime >= -1 && runtime <= 1_000_000)
    } catch {
      // Without RT_GROUP_SCHED there is no budget, and no file.
      #expect(error == .noSuchFileOrDirectory)
    }
  }
}
