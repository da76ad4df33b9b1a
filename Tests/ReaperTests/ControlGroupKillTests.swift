import Foundation
import ScytheLinux
import ScytheReaper
import TestSupport
import Testing

private let hasGroups = TestControlGroup.isAvailable(.unified)

@Suite(.enabled(if: hasGroups, "needs root and a mounted cgroup v2"))
struct `A control group` {
  /// A group, and a victim in it with as many children.
  private func crowd(_ children: Int, in group: TestControlGroup) throws -> VictimProcess {
    let victim = try VictimProcess("--anon", "8M", "--fork", "\(children)")
    try group.add(victim.pid)
    for text in (victim.values["children"] ?? "").split(separator: ",") { try group.add(PID(Int32(text)!)) }
    return victim
  }

  private func kill(_ group: TestControlGroup, _ kernel: some ReaperKernel) throws -> (KillSummary, [SparedProcess]) {
    var reaper = try Reaper(kernel: kernel)
    try reaper.selectControlGroup(PathBuffer(bytes: group.path.utf8))
    let summary = try reaper.kill()
    return (summary, (0..<reaper.sparedCount).map { reaper.spared(at: $0) })
  }

  @Test func `of 200 members dies as a whole`() throws {
    let group = try TestControlGroup(.unified)
    let victim = try crowd(199, in: group)
    let (summary, spared) = try kill(group, StockKernel())
    #expect(summary.victims == 200)
    #expect(summary.isAllBack)
    #expect(summary.bytesBack >= 8 << 20 - KernelFeatures.countLag)
    #expect(spared.isEmpty)
    victim.end()
    #expect(group.members.isEmpty)
  }

  @Test func `of 200 members, one of them untouchable, dies but for that one`() throws {
    let group = try TestControlGroup(.unified)
    let victim = try crowd(199, in: group)
    let protected = try #require(group.members.last)
    // Lowering a real oom_score_adj to -1000 takes a capability that a test machine may lack; so the reaper reads a
    // tree that is /proc itself, but for that one file.
    let tree = try ProcfsOverlay()
    defer { tree.remove() }
    try tree.set("oom_score_adj", of: protected, to: "-1000\n")
    let (summary, spared) = try kill(group, LiveKernel(procfs: tree.procfs))
    #expect(summary.victims == 199)
    #expect(spared.map(\.pid) == [protected])
    #expect(spared.first?.reason == .protected)
    #expect(isAlive(protected))
    victim.end()
  }

  @Test func `dies with the groups below it`() throws {
    let parent = try TestControlGroup(.unified)
    let child = try TestControlGroup(in: parent)
    let first = try crowd(3, in: parent)
    let second = try crowd(3, in: child)
    let (summary, _) = try kill(parent, StockKernel())
    #expect(summary.victims == 8)
    #expect(!isAlive(first.pid))
    #expect(!isAlive(second.pid))
    first.end()
    second.end()
    child.remove()
  }

  @Test func `that is a fork bomb dies to the last`() throws {
    let group = try TestControlGroup(.unified)
    let victim = try VictimProcess("--fork-bomb", "200")
    try group.add(victim.pid)
    for _ in 0..<200 {
      // What the first member had forked before it was moved is not in the group: those are moved too.
      let members = group.members
      try? Procfs().forEachProcess { (pid) throws(Errno) in
        let isChild = (try? Procfs().stat(of: pid))?.parent == victim.pid
        if isChild, !members.contains(pid) { try? group.add(pid) }
        return true
      }
      if group.members.count > 50 { break }
      usleep(5_000)
    }
    let (summary, _) = try kill(group, StockKernel())
    #expect(summary.victims > 1)
    #expect(group.members.filter(isAlive).isEmpty)
    victim.end()
  }

  @Test func `that holds the caller is refused`() throws {
    let home = try #require(TestControlGroup.home(in: .unified))
    var reaper = try Reaper(kernel: StockKernel())
    #expect(throws: ReaperError.untouchableGroup(.holdsCaller)) {
      try reaper.selectControlGroup(PathBuffer(bytes: home.utf8), isForced: true)
    }
    #expect(reaper.victimCount == 0)
  }

  @Test func `that is a slice is refused without a further word`() throws {
    let slice = try TestControlGroup(.unified).path + ".slice"
    try FileManager.default.createDirectory(atPath: slice, withIntermediateDirectories: false)
    defer { unsafe rmdir(slice) }
    var reaper = try Reaper(kernel: StockKernel())
    #expect(throws: ReaperError.untouchableGroup(.slice)) {
      try reaper.selectControlGroup(PathBuffer(bytes: (slice + "/").utf8))
    }
    // Whatever it is called by.
    #expect(throws: ReaperError.untouchableGroup(.slice)) {
      try reaper.selectControlGroup(PathBuffer(bytes: (slice + "/.").utf8))
    }
    try reaper.selectControlGroup(PathBuffer(bytes: slice.utf8), isForced: true)
  }

  @Test(.enabled(if: TestControlGroup.isAvailable(.memory), "needs a mounted v1 memory controller"))
  func `of v1 is killed member by member, and its charge is evidence`() throws {
    let group = try TestControlGroup(.memory)
    let victim = try VictimProcess("--anon", "1M")
    try group.add(victim.pid)
    let (summary, _) = try kill(group, StockKernel())
    #expect(summary.victims == 1)
    #expect(summary.groupBeforeBytes != nil)
    #expect(summary.groupAfterBytes != nil)
    victim.end()
  }
}
