import Foundation
import ScytheLinux
import ScytheReaper
import ScytheReclaim
import TestSupport
import Testing

@Suite struct `Nobody is signalled who` {
  private func refusal(of pid: PID, startTicks: UInt64? = nil) throws -> ReaperError? {
    let script = InjectingKernel.Script()
    var reaper = try Reaper(kernel: InjectingKernel(script))
    var refusal: ReaperError?
    do throws(ReaperError) { try reaper.select(pid, startTicks: startTicks) } catch { refusal = error }
    #expect(script.count(of: .send) == 0)
    #expect(reaper.victimCount == 0)
    return refusal
  }

  @Test func `is the first process`() throws {
    #expect(try refusal(of: .initProcess) == .untouchable(.initProcess, .initProcess))
  }

  @Test func `is the caller, or an ancestor of it`() throws {
    #expect(try refusal(of: .current) == .untouchable(.current, .caller))
    let parent = try Procfs().stat(of: .current).parent
    if parent != .initProcess { #expect(try refusal(of: parent) == .untouchable(parent, .ancestorOfCaller)) }
  }

  @Test func `is a thread of the kernel`() throws {
    var found: PID?
    try Procfs().forEachProcess { (pid) throws(Errno) in
      if let stat = try? Procfs().stat(of: pid), stat.isKernelThread { found = pid }
      return found == nil
    }
    let thread = try #require(found, "no kernel thread is visible here")
    #expect(try refusal(of: thread) == .untouchable(thread, .kernelThread))
  }

  @Test func `is a thread`() throws {
    let victim = try VictimProcess("--threads", "2")
    var thread: PID?
    try Procfs().forEachThread(of: victim.pid) { (tid) throws(Errno) in
      if tid != victim.pid { thread = tid }
      return true
    }
    let tid = try #require(thread)
    #expect(try refusal(of: tid) == .notALeader(tid, leader: victim.pid))
    #expect(isAlive(victim.pid))
  }

  @Test func `does not exist`() throws {
    #expect(try refusal(of: PID(99_999_999)) == .noSuchProcess(PID(99_999_999)))
    #expect(try refusal(of: PID(0)) == .noSuchProcess(PID(0)))
    #expect(try refusal(of: PID(-1)) == .noSuchProcess(PID(-1)))
  }

  @Test func `is dead already`() throws {
    let victim = try VictimProcess("--zombie")
    try ProcessDescriptor(victim.pid).send(.kill)
    while isAlive(victim.pid) { MonotonicClock.sleep(nanoseconds: 1_000_000) }
    #expect(try refusal(of: victim.pid) == .alreadyDead(victim.pid))
  }

  @Test func `has got the number of another`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let start = try Procfs().stat(of: victim.pid).startTicks
    #expect(try refusal(of: victim.pid, startTicks: start + 1) == .identityChanged(victim.pid))
    let reaper = try Reaper(kernel: LiveKernel(), ReaperConfiguration())
    #expect(throws: ReaperError.identityChanged(victim.pid)) {
      try reaper.killAtOnce(victim.pid, startTicks: start + 1)
    }
    #expect(throws: ReaperError.untouchable(.current, .caller)) {
      try reaper.killAtOnce(.current, startTicks: Procfs().stat(of: .current).startTicks)
    }
    #expect(isAlive(victim.pid))
    try reaper.killAtOnce(victim.pid, startTicks: start)
    #expect(victim.ask("w") == "exited 9")
  }

  @Test func `belongs to somebody else`() throws {
    let victim = try VictimProcess("--anon", "1M")
    // Root may signal everybody, so the answer of the kernel to others is injected here; the command's tests ask as
    // another user.
    struct Forbidding: ReaperKernel, ForwardingKernel {
      let live = LiveKernel()
      static var executorBody: ThreadBody { { unsafe runExecutor(Forbidding.self, $0) } }
      func send(_ signal: Signal, to process: borrowing ProcessDescriptor) throws(Errno) { throw .notPermitted }
    }
    var reaper = try Reaper(kernel: Forbidding())
    #expect(throws: ReaperError.notPermitted(victim.pid)) { try reaper.select(victim.pid) }
  }
}

@Suite struct `A victim that shares its memory` {
  @Test(arguments: ["clone-vm", "vfork"])
  func `is refused, and both live on`(kind: String) throws {
    let victim = try VictimProcess("--anon", "8M", "--share", kind)
    let sharer = victim.pid("sharer")
    var reaper = try Reaper(kernel: StockKernel())
    try reaper.select(victim.pid)
    do throws(ReaperError) {
      _ = try reaper.kill()
      Issue.record("it was killed")
    } catch {
      var sharers = Sharers()
      sharers.add(sharer)
      #expect(error == .sharedMemory(victim.pid, with: sharers))
    }
    #expect(isAlive(victim.pid))
    #expect(isAlive(sharer))
  }

  @Test(arguments: ["clone-vm", "vfork"], [false, true])
  func `dies with its sharers when they may die`(kind: String, isHeld: Bool) throws {
    if isHeld, !KernelFeatures.hasRelease { return print("not run: held: process_mrelease came with Linux 5.15") }
    let victim = try VictimProcess(["--anon", "8M", "--share", kind] + (isHeld ? ["--held"] : []))
    let sharer = victim.pid("sharer")
    var reaper = try Reaper(kernel: StockKernel())
    try reaper.select(victim.pid)
    let summary = try reaper.kill(killsSharers: true)
    #expect(summary.victims == 2)
    #expect(summary.isAllBack)
    // The memory of two processes is one memory, and counted once.
    #expect(summary.bytesBack >= 8 << 20 - KernelFeatures.countLag)
    #expect(summary.bytesBack < 16 << 20)
    #expect(reaper.report(at: 0).fate == (isHeld ? .released : .exited))
    #expect(reaper.report(at: 1).fate == .sharesWith(victim.pid))
    #expect(reaper.report(at: 1).pid == sharer)
  }
}

extension `A victim that shares its memory` {
  @Test(.needsRelease) func `with somebody of whom the kernel will not say so is not said to be back`() throws {
    let victim = try VictimProcess("--anon", "8M", "--share", "clone-vm")
    let script = InjectingKernel.Script()
    script.inject(.notPermitted, into: .isMemoryShared)
    // What the kernel says of one that is not dead yet.
    script.inject(.invalidArgument, into: .releaseMemory)
    let report = try kill(victim.pid, InjectingKernel(script), .deadline(milliseconds: 500))
    #expect(report.bytesBack == 0 && report.evidence == .none)
    guard case .sharedMemory = report.fate else { Issue.record("\(report.fate)"); return }
    #expect(isAlive(victim.pid("sharer")))
    try ProcessDescriptor(victim.pid("sharer")).send(.kill)
  }
}

@Suite struct `A victim that must be dying already` {
  @Test func `is refused while only its first thread has ended`() throws {
    let victim = try VictimProcess("--anon", "1M", "--threads", "2")
    let tree = try ProcfsOverlay()
    defer { tree.remove() }
    var fields = try String(contentsOfFile: "/proc/\(victim.pid.rawValue)/stat", encoding: .utf8)
      .split(separator: " ").map(String.init)
    // PF_EXITING, which the first thread has from pthread_exit() on.
    fields[8] = "\(try #require(UInt64(fields[8])) | 4)"
    try tree.set("stat", of: victim.pid, to: fields.joined(separator: " "))
    var reaper = try Reaper(kernel: LiveKernel(procfs: tree.procfs))
    #expect(throws: ReaperError.notDying(victim.pid)) { try reaper.selectDying(victim.pid) }
    #expect(isAlive(victim.pid))
  }

  @Test func `is refused while it lives, and lives on`() throws {
    let victim = try VictimProcess("--anon", "1M")
    var reaper = try Reaper(kernel: StockKernel())
    #expect(throws: ReaperError.notDying(victim.pid)) { try reaper.selectDying(victim.pid) }
    #expect(reaper.victimCount == 0)
    #expect(isAlive(victim.pid))
    // Selected by name it may die; the refusal takes nothing of that back.
    try reaper.select(victim.pid)
    #expect(throws: ReaperError.notDying(victim.pid)) { try reaper.selectDying(victim.pid) }
    #expect(reaper.victimCount == 1)
  }

  @Test(.needsRelease)
  func `is released when it is stuck in its exit`() throws {
    let victim = try VictimProcess("--anon", "8M", "--held")
    try ProcessDescriptor(victim.pid).send(.kill)
    var reaper = try Reaper(kernel: StockKernel())
    try reaper.selectDying(victim.pid)
    let summary = try reaper.kill()
    #expect(summary.isAllBack)
    #expect(reaper.report(at: 0).fate == .released)
  }

  @Test func `keeps its memory while it holds a robust mutex`() throws {
    let victim = try VictimProcess("--anon", "8M", "--robust", "held", "--held")
    try ProcessDescriptor(victim.pid).send(.kill)
    var reaper = try Reaper(kernel: StockKernel())
    try reaper.selectDying(victim.pid)
    _ = try reaper.kill(.deadline(milliseconds: 100))
    #expect(reaper.report(at: 0).fate == .withheld(.held))
  }
}
