import ScytheLinux
import ScytheReaper
import TestSupport
import Testing

@Suite struct `A polite signal` {
  private func options(graceMilliseconds: Int64) -> KillOptions {
    var options = KillOptions()
    options.signal = .terminate
    options.graceNanoseconds = graceMilliseconds * 1_000_000
    return options
  }

  @Test func `is enough for one that obeys`() throws {
    let victim = try VictimProcess("--anon", "4M", "--exit-on-term-after", "50")
    let report = try kill(victim.pid, options(graceMilliseconds: 10_000))
    #expect(report.fate == .exited)
    #expect(report.deliveredNanoseconds == nil)
    #expect(victim.ask("w") != "exited 9")
  }

  @Test func `is followed by SIGKILL for one that does not`() throws {
    let victim = try VictimProcess("--anon", "4M", "--ignore-term")
    let report = try kill(victim.pid, options(graceMilliseconds: 100))
    #expect(report.fate == .exited)
    #expect((report.exitNanoseconds ?? 0) >= 100_000_000)
    #expect((report.deliveredNanoseconds ?? 0) >= 100_000_000)
    #expect(victim.ask("w") == "exited 9")
  }

  @Test func `is cut short when memory falls`() throws {
    let victim = try VictimProcess("--anon", "4M", "--ignore-term")
    let tree = try ProcfsOverlay()
    defer { tree.remove() }
    try tree.setFile("meminfo", to: "MemTotal: 1000000 kB\nMemAvailable: 900000 kB\n")
    var reaper = try Reaper(kernel: FallingMemory(live: LiveKernel(procfs: tree.procfs), tree: tree))
    try reaper.select(victim.pid)
    let summary = try reaper.kill(options(graceMilliseconds: 60_000))
    #expect(summary.isAllBack)
    #expect(summary.elapsedNanoseconds < 50_000_000_000)
    #expect(victim.ask("w") == "exited 9")
  }

  @Test func `releases nothing before SIGKILL is pending`() throws {
    let victim = try VictimProcess("--anon", "4M", "--exit-on-term-after", "50")
    let script = InjectingKernel.Script()
    _ = try kill(victim.pid, InjectingKernel(script), options(graceMilliseconds: 10_000))
    #expect(script.count(of: .send) == 1)
    #expect(script.count(of: .releaseMemory) == 0)
  }
}

/// A machine whose available memory falls to half at the first signal.
private struct FallingMemory: ReaperKernel, ForwardingKernel {
  let live: LiveKernel
  let tree: ProcfsOverlay

  static var executorBody: ThreadBody { { unsafe runExecutor(FallingMemory.self, $0) } }
  func send(_ signal: Signal, to process: borrowing ProcessDescriptor) throws(Errno) {
    try live.send(signal, to: process)
    if signal == .terminate {
      try? tree.setFile("meminfo", to: "MemTotal: 1000000 kB\nMemAvailable: 450000 kB\n")
    }
  }
}

@Suite struct `A wait` {
  @Test func `ends at the deadline`() throws {
    let victim = try VictimProcess("--anon", "4M", "--robust", "held", "--held")
    var reaper = try Reaper(kernel: StockKernel())
    try reaper.select(victim.pid)
    let summary = try reaper.kill(.deadline(milliseconds: 150))
    #expect(!summary.isAllBack)
    #expect(summary.elapsedNanoseconds >= 150_000_000)
  }

  @Test func `may be as long as there are numbers for`() throws {
    let victim = try VictimProcess("--anon", "4M", "--exit-on-term-after", "1")
    var options = KillOptions()
    options.signal = .terminate
    options.graceNanoseconds = .max
    options.deadlineNanoseconds = .max
    options.robustGraceNanoseconds = .max
    options.realTimeNanoseconds = .max
    #expect(try kill(victim.pid, options).fate == .exited)
  }

  @Test func `ends when the caller cancels it`() throws {
    let victim = try VictimProcess("--anon", "4M", "--robust", "held", "--held")
    let cancellation = try EventCounter()
    cancellation.signal()
    var options = KillOptions.deadline(milliseconds: 60_000)
    options.cancellation = cancellation.descriptor.number
    var reaper = try Reaper(kernel: StockKernel())
    try reaper.select(victim.pid)
    let summary = try reaper.kill(options)
    #expect(summary.isCancelled)
    #expect(summary.elapsedNanoseconds < 50_000_000_000)
  }

  @Test(.needsRelease)
  func `is not prolonged by an executor that is stuck, nor is a second kill`() throws {
    let stuck: VictimProcess
    do {
      stuck = try VictimProcess("--anon", "8M", "--mmap-lock", "fuse")
    } catch let reason as VictimProcess.Unavailable {
      return print("not run: \(reason)")
    }
    defer { stuck.tell("u") }
    var reaper = try Reaper(kernel: StockKernel())
    try reaper.select(stuck.pid)
    let first = try reaper.kill(.deadline(milliseconds: 700))
    #expect(!first.isAllBack)
    #expect(reaper.report(at: 0).bytesBack == 0)
    // The rows of the stuck one stay; the kills that follow have their own.
    for _ in 0..<3 {
      let victim = try VictimProcess("--anon", "8M", "--held")
      reaper.beginNext()
      try reaper.select(victim.pid)
      let second = try reaper.kill()
      #expect(second.isAllBack)
      #expect(second.bytesBack >= 8 << 20 - KernelFeatures.countLag)
    }
    let areAllForgotten = reaper.removeAll()
    #expect(!areAllForgotten)
    stuck.tell("u")
    #expect(stuck.ask("w") == "exited 9")
  }
}
