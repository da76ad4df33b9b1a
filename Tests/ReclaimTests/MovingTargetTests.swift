import ScytheLinux
import ScytheReclaim
import TestSupport
import Testing

@Suite struct `A process that changes while it is advised` {
  @Test(arguments: [false, true])
  func `by mapping, splitting and unmapping is walked to its end`(countsAreas: Bool) throws {
    // Every churned mapping may vanish between the look and the advice; what does not move is all advised.
    var model = PageModel(Array(repeating: "a3,r2,x1", count: 300).joined(separator: ","))
    let victim = try VictimProcess("--areas", model.specification, "--churn")
    let base = try #require(victim.address("areas"))
    var options = AdviceOptions()
    options.countsAreas = countsAreas
    _ = model.advise(model.all(base), base)
    for _ in 0..<50 {
      let report = try advise(victim.pid, .cold, nil, options)
      #expect(report.end == .completed)
      let known = report.skipped[.kernel].areas + report.skipped[.changed].areas
      #expect(report.skipped.total.areas == known, "\(report.skipped)")
    }
    try model.expectAgreement(with: victim)
    #expect(isAlive(victim.pid))
  }

  @Test(arguments: [false, true])
  func `by dying in the middle is gone, which is no error`(countsAreas: Bool) throws {
    let victim = try VictimProcess("--anon", "128M")
    let process = try ProcessDescriptor(victim.pid)
    var options = AdviceOptions()
    options.countsAreas = countsAreas
    let report = try advise(victim.pid, StockKernel(), .pageOut, nil, options) { report in
      if report.adviceCalls == 1 {
        try? process.send(.kill)
        _ = victim.ask("w")
      }
    }
    #expect(report.end == .processGone)
    #expect(report.after == nil)
    #expect(report.before.anonymousBytes >= 128 << 20 - KernelFeatures.countLag)
    #expect(report.nextAddress == 0)
  }

  @Test func `by being dead already is gone, too`() throws {
    let victim = try VictimProcess("--zombie")
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    try #require(try process.waitForExit(timeoutMilliseconds: 5000))
    for advice in [Advice.cold, .pageOut, .willNeed, .collapse]
    where (try? MemoryAdviceProbe.check(advice.memoryAdvice)) != nil {
      #expect(try advise(victim.pid, advice).end == .processGone)
    }
  }

  @Test func `by dying, but with its memory still there, is walked`() throws {
    let victim = try VictimProcess("--anon", "8M", "--held")
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    let report = try advise(victim.pid, .cold)
    #expect(report.end == .completed)
    #expect(try referencedBytes(of: victim.pid, atLeast: 8 << 20) == 0)
  }

  @Test func `by lending its number to another one is not mistaken for that`() throws {
    let dead = try VictimProcess("--anon", "1M")
    let process = try ProcessDescriptor(dead.pid)
    try process.send(.kill)
    #expect(dead.ask("w") == "exited 9")
    // The number of a process that lives, with the descriptor of one that does not.
    let other = try VictimProcess("--anon", "8M")
    let report = try Reclaim(kernel: StockKernel()).apply(.cold, to: .wholeProcess, of: process, pid: other.pid)
    #expect(report.end == .processGone)
    #expect(try referencedBytes(of: other.pid, atLeast: 8 << 20) == 8 << 20)
  }
}
