import Foundation
import TestSupport
import Testing

@testable import ScytheLinux

@Suite(.enabled(if: TestControlGroup.isAvailable(.freezer), "needs a v1 freezer that takes groups"))
struct `The v1 freezer` {
  @Test func `says whether a group is frozen, and the groups above it count`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    let made = try TestControlGroup(.freezer)
    defer { made.remove() }
    let below = try TestControlGroup(in: made)
    defer { below.remove() }
    try below.add(victim.pid)
    #expect(try Freezer.state(of: made.open()) == .thawed)
    #expect(try Freezer.state(of: victim.pid, Procfs()) == .thawed)
    try made.freeze()
    #expect(try Freezer.state(of: made.open()) == .frozen)
    #expect(try Freezer.state(of: below.open()) == .frozen)
    #expect(try Freezer.state(of: victim.pid, Procfs()) == .frozen)
    try made.thaw()
    #expect(try Freezer.state(of: below.open()) == .thawed)
  }

  @Test func `has no state in the root, nor in another hierarchy`() throws {
    let mount = try #require(try Procfs().mount(of: .freezer))
    if String(mount.root) == "/" {
      let root = try ControlGroup(path: mount.point)
      let isRoot = root.isRoot
      #expect(isRoot)
      #expect(throws: Errno.noSuchFileOrDirectory) { try Freezer.state(of: root) }
    }
    if TestControlGroup.isAvailable(.unified) {
      let other = try TestControlGroup(.unified)
      defer { other.remove() }
      #expect(throws: Errno.noSuchFileOrDirectory) { try Freezer.state(of: other.open()) }
    }
  }

  @Test(.enabled(if: KernelFeatures.hasRelease, "process_mrelease came with Linux 5.15"))
  func `keeps a killed process frozen, whose memory can be released all the same`() throws {
    let victim = try VictimProcess("--anon", "16M")
    defer { victim.end() }
    let made = try TestControlGroup(.freezer)
    defer { made.remove() }
    try made.add(victim.pid)
    try made.freeze()
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    let isDead = try process.waitForExit(timeoutMilliseconds: 100)
    #expect(!isDead)
    #expect(try Procfs().countedMemory(of: victim.pid).anonymousBytes >= 16 << 20)
    try process.releaseMemory()
    #expect(try Procfs().status(of: victim.pid).anonymousBytes == 0)
    #expect(try Freezer.state(of: made.open()) == .frozen)
    let isStillAlive = try !process.waitForExit(timeoutMilliseconds: 50)
    #expect(isStillAlive)
    try made.thaw()
    #expect(try process.waitForExit(timeoutMilliseconds: 5000))
    #expect(victim.ask("w") == "exited 9")
  }

  @Test func `lets one process go to die while its sibling stays frozen`() throws {
    let victims = try (0..<2).map { _ in try VictimProcess() }
    defer { for victim in victims { victim.end() } }
    let made = try TestControlGroup(.freezer)
    defer { made.remove() }
    for victim in victims { try made.add(victim.pid) }
    try made.freeze()
    let first = try ProcessDescriptor(victims[0].pid)
    let second = try ProcessDescriptor(victims[1].pid)
    try first.send(.kill)
    try second.send(.kill)
    let isDead = try first.waitForExit(timeoutMilliseconds: 50)
    #expect(!isDead)
    try Freezer.rescue(victims[0].pid, Procfs())
    #expect(try first.waitForExit(timeoutMilliseconds: 5000))
    let isSiblingDead = try second.waitForExit(timeoutMilliseconds: 100)
    #expect(!isSiblingDead)
    #expect(try Freezer.state(of: made.open()) == .frozen)
    #expect(made.members == [victims[1].pid])
    #expect(victims[0].ask("w") == "exited 9")
    // Another program of the machine may use the group at this moment; then it is busy, or comes back.
    var isRemoved = false
    for _ in 0..<100 where !isRemoved {
      isRemoved = Freezer.removeRescueGroup(Procfs())
      if !isRemoved { MonotonicClock.sleep(nanoseconds: 50_000_000) }
    }
    #expect(isRemoved)
    #expect(Freezer.removeRescueGroup(Procfs()))
  }

  @Test func `rescues nobody who is gone`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    try ProcessDescriptor(victim.pid).send(.kill)
    #expect(victim.ask("w") == "exited 9")
    defer { Freezer.removeRescueGroup(Procfs()) }
    #expect(throws: Errno.noSuchProcess) { try Freezer.rescue(victim.pid, Procfs()) }
    #expect(throws: Errno.noSuchProcess) { try Freezer.state(of: victim.pid, Procfs()) }
  }
}

@Suite struct `A machine without a v1 freezer` {
  @Test func `has only thawed processes and no rescue`() throws {
    let tree = try TemporaryTree()
    try tree.write("self/mountinfo", "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n")
    try tree.write("5/cgroup", "6:freezer:/\n0::/\n")
    #expect(try Freezer.state(of: PID(5), tree.procfs) == .thawed)
    #expect(throws: Errno.noSuchFileOrDirectory) { try Freezer.rescue(PID(5), tree.procfs) }
    #expect(Freezer.removeRescueGroup(tree.procfs))
  }

  @Test func `takes a freezer path that leads nowhere for thawed`() throws {
    let tree = try TemporaryTree()
    try tree.write("self/mountinfo", "36 24 0:31 / \(tree.path)/no rw - cgroup cgroup rw,freezer\n")
    try tree.write("5/cgroup", "6:freezer:/build\n")
    #expect(try Freezer.state(of: PID(5), tree.procfs) == .thawed)
    #expect(throws: Errno.noSuchProcess) { try Freezer.state(of: PID(6), tree.procfs) }
    #expect(throws: Errno.noSuchFileOrDirectory) { try Freezer.rescue(PID(5), tree.procfs) }
    #expect(Freezer.removeRescueGroup(tree.procfs))
  }

  @Test func `rescues nobody into an ordinary directory`() throws {
    let tree = try TemporaryTree()
    try tree.makeDirectory("mount")
    try tree.write("self/mountinfo", "36 24 0:31 / \(tree.path)/mount rw - cgroup cgroup rw,freezer\n")
    #expect(throws: Errno.notSupported) { try Freezer.rescue(PID(5), tree.procfs) }
    #expect(Freezer.removeRescueGroup(tree.procfs))
    #expect(!FileManager.default.fileExists(atPath: "\(tree.path)/mount/scythe.rescue"))
  }
}
