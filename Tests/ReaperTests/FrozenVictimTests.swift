import ScytheLinux
import ScytheReaper
import TestSupport
import Testing

private let hasFreezer = TestControlGroup.isAvailable(.freezer)

/// A SIGKILL does not wake a member of a frozen v1 group: without help it keeps its memory for ever.
@Suite(.enabled(if: hasFreezer, "needs root and a mounted cgroup v1 freezer"), .serialized)
struct `A victim frozen by the v1 freezer` {
  @Test func `dies, its memory is back, and its siblings stay frozen`() throws {
    let group = try TestControlGroup(.freezer)
    defer { group.remove() }
    let victim = try VictimProcess("--anon", "64M")
    defer { group.remove() }
    let sibling = try VictimProcess("--anon", "1M")
    defer { group.remove() }
    try group.add(victim.pid)
    try group.add(sibling.pid)
    try group.freeze()
    let report = try kill(victim.pid)
    #expect(report.bytesBack >= 64 << 20 - KernelFeatures.countLag)
    #expect(report.rescue == .moved)
    #expect(report.fate == .exited)
    #expect(report.isAllBack)
    let state = try Freezer.state(of: group.open())
    #expect(state == .frozen)
    #expect(group.members == [sibling.pid])
    #expect(isAlive(sibling.pid))
    #expect(Freezer.removeRescueGroup(Procfs()), "a group was left behind")
  }

  @Test func `and holding a robust mutex dies without losing it`() throws {
    let group = try TestControlGroup(.freezer)
    defer { group.remove() }
    let victim = try VictimProcess("--anon", "8M", "--robust", "held")
    defer { group.remove() }
    try group.add(victim.pid)
    try group.freeze()
    let report = try kill(victim.pid)
    #expect(report.fate == .exited)
    #expect(report.rescue == .moved)
    #expect(victim.ask("m") == "mutex ok=0 recovered=1 lost=0")
  }

  @Test(.needsRelease)
  func `and held in exit as well gives its memory back where it is`() throws {
    let group = try TestControlGroup(.freezer)
    defer { group.remove() }
    let victim = try VictimProcess("--anon", "8M", "--held")
    defer { group.remove() }
    try group.add(victim.pid)
    try group.freeze()
    let report = try kill(victim.pid)
    #expect(report.bytesBack >= 8 << 20 - KernelFeatures.countLag)
    #expect(report.isAllBack)
    victim.end()
    #expect(Freezer.removeRescueGroup(Procfs()), "a group was left behind")
  }
}
