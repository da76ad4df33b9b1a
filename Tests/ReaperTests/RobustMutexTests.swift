import ScytheLinux
import ScytheReaper
import TestSupport
import Testing

/// A release before the exit has walked the robust list loses EOWNERDEAD: whoever shares the mutex waits for ever.
@Suite struct `A robust mutex` {
  @Test func `of a victim held in exit keeps it from being released, and survives`() throws {
    let victim = try VictimProcess("--anon", "8M", "--robust", "held", "--held")
    let report = try kill(victim.pid, .deadline(milliseconds: 300))
    #expect(report.fate == .withheld(.held))
    #expect(report.bytesBack == 0)
    #expect(report.left.privateBytes >= 8 << 20 - KernelFeatures.countLag)
    #expect(victim.ask("x") == "exited 9")
    #expect(victim.ask("m") == "mutex ok=0 recovered=1 lost=0")
  }

  @Test(arguments: [2, 64, 65, 200])
  func `of the last of many threads is seen`(threads: Int) throws {
    let victim = try VictimProcess("--robust", "lastthread", "--threads", "\(threads)", "--held")
    #expect(try kill(victim.pid, .deadline(milliseconds: 100)).fate == .withheld(.held))
    #expect(victim.ask("x") == "exited 9")
    #expect(victim.ask("m").hasSuffix("recovered=1 lost=0"))
  }

  @Test(.needsRelease)
  func `that is not locked keeps nobody from being released`() throws {
    let victim = try VictimProcess("--anon", "8M", "--robust", "idle", "--threads", "8", "--held")
    let report = try kill(victim.pid)
    #expect(report.robust == .clear)
    #expect(report.isAllBack)
    #expect(victim.ask("m").hasSuffix("recovered=0 lost=0"))
  }

  @Test func `of a victim that runs survives`() throws {
    // Threads that exit while the lists are looked at hid others from the look, now and then.
    for round in 0..<100 {
      let threads = [2, 4, 8, 32][round % 4]
      let victim = try VictimProcess("--anon", "16M", "--robust", "held", "--threads", "\(threads)")
      #expect(try kill(victim.pid).fate == .exited)
      #expect(victim.ask("m") == "mutex ok=0 recovered=\(threads) lost=0", "round \(round)")
    }
  }

  @Test func `that is locked and unlocked all the time survives`() throws {
    for round in 0..<40 {
      let victim = try VictimProcess("--anon", "32M", "--robust", "spin", "--threads", "2")
      #expect(try kill(victim.pid).fate == .exited)
      let answer = victim.ask("m")
      #expect(answer.hasSuffix("lost=0"), "round \(round): \(answer)")
    }
  }

  @Test(.needsRelease)
  func `is lost only by the caller's word, and that is reported`() throws {
    let victim = try VictimProcess("--anon", "8M", "--robust", "held", "--held")
    var options = KillOptions()
    options.robustGraceNanoseconds = 100_000_000
    let report = try kill(victim.pid, options)
    #expect(report.fate == .released)
    #expect(report.robust == .held)
    #expect(report.bytesBack >= 8 << 20 - KernelFeatures.countLag)
    #expect(victim.ask("x") == "exited 9")
    #expect(victim.ask("m") == "mutex ok=0 recovered=0 lost=1")
  }

  @Test(arguments: [InjectingKernel.Call.robustListHead, .readRobustLists])
  func `that cannot be looked for counts as held`(call: InjectingKernel.Call) throws {
    let victim = try VictimProcess("--anon", "8M", "--held")
    let script = InjectingKernel.Script()
    script.inject(.notPermitted, into: call)
    let report = try kill(victim.pid, InjectingKernel(script), .deadline(milliseconds: 200))
    #expect(report.fate == .withheld(.unreadable))
    #expect(script.count(of: .releaseMemory) == 0)
  }

  @Test(.needsRelease)
  func `list that is gone in the middle of the look means an exit, not a held mutex`() throws {
    let victim = try VictimProcess("--anon", "8M", "--held")
    let script = InjectingKernel.Script()
    script.inject(.noSuchProcess, into: .readRobustLists)
    let report = try kill(victim.pid, InjectingKernel(script))
    #expect(report.robust == .clear)
    #expect(report.isAllBack)
  }
}
