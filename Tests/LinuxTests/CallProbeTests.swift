import Foundation
import TestSupport
import Testing

@testable import ScytheLinux

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
      #expect(KernelFeatures.version >= KernelVersion(6, 12))
    } catch {
      #expect(error == .notTerminal)
      #expect(KernelFeatures.version < KernelVersion(6, 13))
    }
  }

  @Test func `of PROCMAP_QUERY is ENOTTY before 6.11`() {
    do throws(Errno) {
      try AreaQueryProbe.check()
      #expect(KernelFeatures.version >= KernelVersion(6, 11))
    } catch {
      #expect(error == .notTerminal)
      #expect(KernelFeatures.version < KernelVersion(6, 11))
    }
  }

  @Test func `of process_mrelease is ENOSYS before 5.15`() {
    do throws(Errno) {
      try MemoryReleaseProbe.checkRelease()
      #expect(KernelFeatures.version >= KernelVersion(5, 15))
    } catch {
      #expect(error == .noFunction)
      #expect(KernelFeatures.version < KernelVersion(5, 15))
    }
  }

  @Test(arguments: [MemoryAdvice.cold, .pageOut])
  func `of an advice that every process_madvise takes says so`(advice: MemoryAdvice) throws {
    try MemoryAdviceProbe.check(advice)
  }

  @Test(.enabled(if: KernelFeatures.version >= KernelVersion(6, 1), "this kernel is older than 6.1"))
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
    let refusal = KernelFeatures.hasRelease ? Errno.invalidArgument : .noFunction
    do throws(Errno) { try MemoryReleaseProbe.checkKillFlag() } catch { #expect(error == refusal) }
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
