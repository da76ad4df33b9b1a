import ScytheLinux
import ScytheReaper
import TestSupport
import Testing

@Suite struct `A tree` {
  @Test func `dies with all its descendants`() throws {
    let victim = try VictimProcess("--anon", "4M", "--fork", "20", "--fork-depth", "5")
    let children = (victim.values["children"] ?? "").split(separator: ",").map { PID(Int32($0)!) }
    #expect(children.count == 25)
    var reaper = try Reaper(kernel: StockKernel())
    try reaper.selectTree(victim.pid)
    #expect(reaper.victimCount == 26)
    let summary = try reaper.kill()
    #expect(summary.isAllBack)
    #expect(children.filter(isAlive).isEmpty)
  }

  @Test func `that is a fork bomb dies to the last`() throws {
    for _ in 0..<3 {
      let victim = try VictimProcess("--fork-bomb", "150", "--comm", "bomb")
      MonotonicClock.sleep(nanoseconds: 30_000_000)
      var reaper = try Reaper(kernel: StockKernel())
      try reaper.selectTree(victim.pid)
      let summary = try reaper.kill()
      #expect(summary.victims > 1)
      // Members whose parent had died before the look belong to no tree; all that did belong are dead.
      var survivors = 0
      for index in 0..<reaper.victimCount where isAlive(reaper.report(at: index).pid) { survivors += 1 }
      #expect(survivors == 0)
      #expect(!isAlive(victim.pid))
    }
  }

  @Test func `spares what must not die, and says so`() throws {
    let victim = try VictimProcess("--fork", "3")
    let child = PID(Int32(victim.values["children"]!.split(separator: ",")[1])!)
    let tree = try ProcfsOverlay()
    defer { tree.remove() }
    try tree.set("oom_score_adj", of: child, to: "-1000\n")
    var reaper = try Reaper(kernel: LiveKernel(procfs: tree.procfs))
    try reaper.selectTree(victim.pid)
    let summary = try reaper.kill()
    #expect(summary.victims == 3)
    #expect(summary.spared == 1)
    #expect(reaper.spared(at: 0).pid == child)
    #expect(isAlive(child))
    // A process that is spared was not stopped either.
    #expect(try Procfs().stat(of: child).state != UInt8(ascii: "T"))
  }
}
