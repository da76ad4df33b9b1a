import ScytheLinux
import ScytheReaper
import ScytheReclaim
import Synchronization
import TestSupport
import Testing

/// A kill where the extension is what a test pretends. It releases by `process_mrelease`, which loses mutexes: whether
/// those survive is seen where the real one is loaded.
@Suite(.needsRelease) struct `A kill where the extension is loaded` {
  private func kill(
    _ victim: VictimProcess, _ pretended: PretendedExtension, _ options: KillOptions = KillOptions(),
    workers: Int = 1, script: InjectingKernel.Script = InjectingKernel.Script()
  ) throws -> VictimReport {
    try ReaperTests.kill(victim.pid, InjectingKernel(script, extension: pretended), options, workers: workers)
  }

  private func releasing() -> PretendedExtension {
    PretendedExtension { (_, _, process) throws(Errno) in
      try process.releaseMemory()
      return nil
    }
  }

  @Test func `is one call, and no look at robust lists`() throws {
    let victim = try VictimProcess("--anon", "16M", "--robust", "held", "--held")
    let pretended = releasing()
    let script = InjectingKernel.Script()
    let report = try kill(victim, pretended, script: script)
    #expect(report.fate == .released)
    #expect(report.carrier == .extension)
    #expect(report.releaseCalls == 1)
    #expect(report.robust == .unchecked)
    // The mutex itself lies in shared memory.
    #expect(report.left.privateBytes == 0)
    #expect(pretended.calls == [.init(advice: .dontNeedLocked, span: AdviceSpan())])
    #expect(pretended.queries == 1)
    #expect(script.count(of: .robustListHead) == 0)
    #expect(script.count(of: .releaseMemory) == 0)
  }

  @Test func `asks for it once, and for nothing else where it is not`() throws {
    let victim = try VictimProcess("--anon", "16M", "--held")
    let pretended = releasing()
    pretended.unload()
    let report = try kill(victim, pretended)
    #expect(report.carrier == .release)
    #expect(report.robust == .clear)
    #expect(report.isAllBack)
    #expect(pretended.queries == 1)
    #expect(pretended.calls.isEmpty)
  }

  @Test func `does without it where that is wanted`() throws {
    let victim = try VictimProcess("--anon", "16M", "--held")
    let pretended = releasing()
    var options = KillOptions()
    options.prefersExtension = false
    #expect(try kill(victim, pretended, options).carrier == .release)
    #expect(pretended.calls.isEmpty)
  }

  @Test(arguments: [
    MadviseAbilities.wholeProcess, .wholeProcess | .bounds | .budget,
    .bounds | .budget | .sparesRobustMutexes | .lockedMemory,
  ])
  func `does without one that can do too little`(abilities: MadviseAbilities) throws {
    let victim = try VictimProcess("--anon", "16M", "--held")
    let pretended = PretendedExtension(abilities) { (_, _, _) in nil }
    #expect(try kill(victim, pretended).carrier == .release)
    #expect(pretended.calls.isEmpty)
  }

  @Test func `releases by it alone, if that is said, or not at all`() throws {
    let victim = try VictimProcess("--anon", "16M", "--held")
    let pretended = releasing()
    var options = KillOptions.deadline(milliseconds: 200)
    options.carrier = .extension
    #expect(try kill(victim, pretended, options).carrier == .extension)
    let other = try VictimProcess("--anon", "16M", "--held")
    pretended.unload()
    let report = try kill(other, pretended, options)
    #expect(report.fate == .unsupported)
    #expect(report.bytesBack == 0)
    #expect(report.releaseCalls == 0)
  }

  @Test(arguments: [
    Errno.invalidArgument, .notPermitted, .permissionDenied, .resourceTemporarilyUnavailable, .interrupted, .noFunction,
    Errno(rawValue: 5),
  ])
  func `goes the stock way where it fails, mutexes looked at`(error: Errno) throws {
    let victim = try VictimProcess("--anon", "16M", "--held")
    let pretended = PretendedExtension { (_, _, _) throws(Errno) in throw error }
    let report = try kill(victim, pretended)
    #expect(report.fate == .released)
    #expect(report.carrier == .release)
    #expect(report.robust == .clear)
    #expect(report.isAllBack)
    let holder = try VictimProcess("--anon", "16M", "--robust", "held", "--held")
    #expect(try kill(holder, pretended, .deadline(milliseconds: 200)).fate == .withheld(.held))
    #expect(holder.ask("x") == "exited 9")
    #expect(holder.ask("m") == "mutex ok=0 recovered=1 lost=0")
  }

  @Test func `that has failed is not tried again when the grace is over`() throws {
    let victim = try VictimProcess("--anon", "8M", "--robust", "held", "--held")
    let pretended = PretendedExtension { (_, _, _) throws(Errno) in throw .resourceTemporarilyUnavailable }
    var options = KillOptions()
    options.robustGraceNanoseconds = 100_000_000
    let report = try kill(victim, pretended, options)
    #expect(report.fate == .released)
    #expect(report.carrier == .release)
    #expect(report.robust == .held)
    #expect(pretended.calls.count == 1)
  }

  @Test func `of one that has left its memory is an exit under way`() throws {
    let victim = try VictimProcess("--anon", "8M", "--held")
    let pretended = PretendedExtension { (_, _, _) throws(Errno) in throw .noSuchProcess }
    let report = try kill(victim, pretended, .deadline(milliseconds: 200))
    #expect(report.fate == .exitUnderWay)
    #expect(report.bytesBack == 0)
  }

  @Test func `releases what was spared, once it is seen that nobody holds a mutex`() throws {
    let victim = try VictimProcess("--anon", "8M", "--held")
    let script = InjectingKernel.Script()
    let report = try kill(victim, PretendedExtension { (_, _, _) in nil }, script: script)
    #expect(report.carrier == .extension)
    #expect(report.robust == .clear)
    #expect(report.isAllBack)
    #expect(report.releaseCalls == 2)
    #expect(script.count(of: .releaseMemory) == 1)
  }

  @Test func `leaves what was spared for somebody who holds one`() throws {
    let victim = try VictimProcess("--anon", "8M", "--robust", "held", "--held")
    let script = InjectingKernel.Script()
    let report = try kill(
      victim, PretendedExtension { (_, _, _) in nil }, .deadline(milliseconds: 200), script: script)
    #expect(report.fate == .released)
    #expect(report.robust == .held)
    #expect(!report.isAllBack)
    #expect(script.count(of: .releaseMemory) == 0)
    #expect(victim.ask("x") == "exited 9")
    #expect(victim.ask("m") == "mutex ok=0 recovered=1 lost=0")
  }
}

@Suite(.needsRelease) struct `A large victim` {
  /// An extension that takes its time, so that a helper comes, and frees everything with the last call.
  private func slow(_ address: UInt64) -> PretendedExtension {
    PretendedExtension { (call, _, process) throws(Errno) in
      if call.span == AdviceSpan() {
        try process.releaseMemory()
        return nil
      }
      MonotonicClock.sleep(nanoseconds: 30_000_000)
      guard let budget = call.span.budgetBytes else { return nil }
      let next = max(call.span.base, address) + budget
      return next < min(call.span.end ?? .max, address + 512 << 20) ? next : nil
    }
  }

  @Test(.enabled(if: Machine.usableProcessors > 1, "needs two CPUs"), arguments: [2, 4])
  func `is released in parts of their own by workers that have nothing else to do`(workers: Int) throws {
    var most = 0
    // All CPUs may be in use by other tests for a moment.
    for _ in 0..<20 where most < 2 {
      let victim = try VictimProcess("--areas", "a131072", "--held")
      let pretended = slow(try #require(victim.address("areas")))
      let kernel = InjectingKernel(InjectingKernel.Script(), extension: pretended)
      let report = try kill(victim.pid, kernel, workers: workers)
      #expect(report.isAllBack)
      #expect(report.carrier == .extension)
      #expect(report.workers <= workers)
      let spans = pretended.calls.map(\.span)
      #expect(report.releaseCalls == spans.count)
      let parts = spans.filter { $0.budgetBytes == nil && $0 != AdviceSpan() }
      #expect((parts.count > 0) == (report.workers > 1))
      // From the top down, and each once.
      for (above, below) in zip(parts.sorted { $0.base > $1.base }, parts.sorted { $0.base > $1.base }.dropFirst()) {
        #expect(below.end == above.base)
      }
      let firsts = spans.filter { $0.budgetBytes != nil }
      let lowest = parts.map(\.base).min() ?? .max
      // The first one stops where the helpers have begun.
      for span in firsts { #expect(span.base < lowest) }
      #expect(spans.contains(AdviceSpan()) == (parts.count > 0))
      most = max(most, report.workers)
    }
    #expect(most >= 2)
  }

  @Test func `is released by one worker in one call`() throws {
    let victim = try VictimProcess("--anon", "256M", "--held")
    let pretended = PretendedExtension { (_, _, process) throws(Errno) in
      try process.releaseMemory()
      return nil
    }
    let kernel = InjectingKernel(InjectingKernel.Script(), extension: pretended)
    #expect(try kill(victim.pid, kernel, workers: 1).releaseCalls == 1)
    #expect(pretended.calls.map(\.span) == [AdviceSpan()])
  }

  @Test func `whose first part fails is released the stock way, and helpers do nothing before the look`() throws {
    let victim = try VictimProcess("--anon", "256M", "--robust", "held", "--held")
    let pretended = PretendedExtension { (_, _, _) throws(Errno) in
      MonotonicClock.sleep(nanoseconds: 20_000_000)
      throw .resourceTemporarilyUnavailable
    }
    let script = InjectingKernel.Script()
    let kernel = InjectingKernel(script, extension: pretended)
    let report = try kill(victim.pid, kernel, .deadline(milliseconds: 300), workers: 2)
    #expect(report.fate == .withheld(.held))
    #expect(script.count(of: .releaseMemory) == 0)
    #expect(victim.ask("x") == "exited 9")
    #expect(victim.ask("m") == "mutex ok=0 recovered=1 lost=0")
  }
}
