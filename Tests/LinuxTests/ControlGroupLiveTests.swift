import Foundation
import TestSupport
import Testing

@testable import ScytheLinux

private func processes(of group: borrowing ControlGroup) throws(Errno) -> [PID] {
  var pids: [PID] = []
  try group.forEachProcess { (pid) throws(Errno) in
    pids.append(pid)
    return true
  }
  return pids
}

private func subtree(of group: borrowing ControlGroup) throws(Errno) -> [PID] {
  var pids: [PID] = []
  try group.forEachProcessInSubtree { (pid) throws(Errno) in
    pids.append(pid)
    return true
  }
  return pids
}

/// Whether a process dies within 5 s.
private func dies(_ process: borrowing ProcessDescriptor) throws -> Bool {
  try process.waitForExit(timeoutMilliseconds: 5000)
}

@Suite(.enabled(if: TestControlGroup.isAvailable(.unified), "needs a cgroup v2 mount that takes groups"))
struct `A control group of v2` {
  @Test func `is empty when it is made, and has what is added`() throws {
    let first = try VictimProcess()
    defer { first.end() }
    let second = try VictimProcess("--threads", "4")
    defer { second.end() }
    let made = try TestControlGroup(.unified)
    defer { made.remove() }
    let group = try made.open()
    #expect(group.version == .v2)
    #expect(try processes(of: group) == [])
    try group.add(first.pid)
    #expect(try processes(of: group) == [first.pid])
    try group.add(second.pid)
    // All threads come along and count once.
    #expect(try processes(of: group).map(\.rawValue).sorted() == [first.pid, second.pid].map(\.rawValue).sorted())
    let path = try Procfs().controlGroupPath(of: first.pid, in: .unified).map { String($0) }
    #expect(path == made.path)
  }

  @Test func `does not take a process that is gone`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    let made = try TestControlGroup(.unified)
    defer { made.remove() }
    let group = try made.open()
    try ProcessDescriptor(victim.pid).send(.kill)
    #expect(victim.ask("w") == "exited 9")
    #expect(throws: Errno.noSuchProcess) { try group.add(victim.pid) }
    #expect(try processes(of: group) == [])
  }

  @Test func `is walked with all groups below it, a parent first`() throws {
    let victims = try (0..<3).map { _ in try VictimProcess() }
    defer { for victim in victims { victim.end() } }
    let top = try TestControlGroup(.unified)
    defer { top.remove() }
    let middle = try TestControlGroup(in: top)
    defer { middle.remove() }
    let bottom = try TestControlGroup(in: middle)
    defer { bottom.remove() }
    let empty = try TestControlGroup(in: top)
    defer { empty.remove() }
    for (made, victim) in zip([top, middle, bottom], victims) { try made.add(victim.pid) }
    let group = try top.open()
    #expect(try processes(of: group) == [victims[0].pid])
    #expect(try subtree(of: group) == victims.map(\.pid))
    // A second walk begins at the start again.
    #expect(try subtree(of: group) == victims.map(\.pid))
    #expect(try subtree(of: middle.open()) == [victims[1].pid, victims[2].pid])
  }

  @Test func `ends a walk when it is told to, on every level`() throws {
    let victims = try (0..<2).map { _ in try VictimProcess() }
    defer { for victim in victims { victim.end() } }
    let top = try TestControlGroup(.unified)
    defer { top.remove() }
    let below = try TestControlGroup(in: top)
    defer { below.remove() }
    try top.add(victims[0].pid)
    try below.add(victims[1].pid)
    let group = try top.open()
    for most in 1...3 {
      var seen = 0
      let isComplete = try group.forEachProcessInSubtree { (_) throws(Errno) in
        seen += 1
        return seen < most
      }
      #expect(seen == min(most, 2))
      #expect(isComplete == (most == 3))
    }
    #expect(throws: Errno.resourceBusy) {
      try group.forEachProcessInSubtree { (pid) throws(Errno) in
        if pid == victims[1].pid { throw .resourceBusy }
        return true
      }
    }
  }

  @Test func `that goes away during the walk is passed over`() throws {
    let victims = try (0..<2).map { _ in try VictimProcess() }
    defer { for victim in victims { victim.end() } }
    let top = try TestControlGroup(.unified)
    defer { top.remove() }
    let below = try TestControlGroup(in: top)
    defer { below.remove() }
    try top.add(victims[0].pid)
    try below.add(victims[1].pid)
    var seen: [PID] = []
    let group = try top.open()
    let isComplete = try group.forEachProcessInSubtree { (pid) throws(Errno) in
      below.remove()
      seen.append(pid)
      return true
    }
    #expect(isComplete)
    #expect(seen == [victims[0].pid])
  }

  @Test func `that was removed has no members any more`() throws {
    let made = try TestControlGroup(.unified)
    let group = try made.open()
    let openFile = try group.open("cgroup.procs", .read)
    made.remove()
    // A file that was open says ENODEV; one that is opened now is not there.
    var buffer = [UInt8](repeating: 0, count: 64)
    #expect(throws: Errno.noSuchDevice) {
      var span = buffer.mutableSpan
      _ = try openFile.read(into: &span)
    }
    #expect(throws: Errno.noSuchFileOrDirectory) { _ = try processes(of: group) }
    #expect(throws: Errno.noSuchFileOrDirectory) { try group.killAll() }
    #expect(throws: Errno.noSuchFileOrDirectory) { _ = try made.open() }
  }

  @Test(.enabled(if: KernelFeatures.hasGroupKill, "cgroup.kill came with Linux 5.14"))
  func `kills everything in it and below it, and nothing else`() throws {
    let victims = try [VictimProcess("--fork", "3"), VictimProcess("--ignore-term"), VictimProcess()]
    defer { for victim in victims { victim.end() } }
    let top = try TestControlGroup(.unified)
    defer { top.remove() }
    let below = try TestControlGroup(in: top)
    defer { below.remove() }
    try top.add(victims[0].pid)
    try below.add(victims[1].pid)
    let children = try #require(victims[0].values["children"]).split(separator: ",").compactMap { Int32($0) }
    #expect(children.count == 3)
    try below.add(PID(children[0]))
    let first = try ProcessDescriptor(victims[0].pid)
    let second = try ProcessDescriptor(victims[1].pid)
    let bystander = try ProcessDescriptor(victims[2].pid)
    let child = try ProcessDescriptor(PID(children[0]))
    let childOutside = try ProcessDescriptor(PID(children[1]))
    try top.open().killAll()
    #expect(try dies(first))
    #expect(try dies(second))
    #expect(try dies(child))
    let isOtherDead = try bystander.waitForExit(timeoutMilliseconds: 50)
    #expect(!isOtherDead)
    let isChildOutsideDead = try childOutside.waitForExit(timeoutMilliseconds: 0)
    #expect(!isChildOutsideDead)
  }

  @Test func `with threads is EOPNOTSUPP`() throws {
    let top = try TestControlGroup(.unified)
    defer { top.remove() }
    let threaded = try TestControlGroup(in: top)
    defer { threaded.remove() }
    try threaded.write("threaded", to: "cgroup.type")
    let group = try threaded.open()
    #expect(throws: KernelFeatures.hasGroupKill ? Errno.notSupported : .noSuchFileOrDirectory) { try group.killAll() }
    #expect(throws: Errno.notSupported) { _ = try processes(of: group) }
  }

  @Test func `above a threaded one has all its processes, each once`() throws {
    let victim = try VictimProcess("--threads", "2")
    defer { victim.end() }
    let top = try TestControlGroup(.unified)
    defer { top.remove() }
    let domain = try TestControlGroup(in: top)
    defer { domain.remove() }
    let threaded = try TestControlGroup(in: domain)
    defer { threaded.remove() }
    try domain.add(victim.pid)
    try threaded.write("threaded", to: "cgroup.type")
    try threaded.write("\(secondThread(of: victim.pid).rawValue)", to: "cgroup.threads")
    #expect(try processes(of: domain.open()) == [victim.pid])
    #expect(try subtree(of: domain.open()) == [victim.pid])
    #expect(try subtree(of: top.open()) == [victim.pid])
    let process = try ProcessDescriptor(victim.pid)
    if KernelFeatures.hasGroupKill { try domain.open().killAll() } else { try process.send(.kill) }
    #expect(try dies(process))
    // The dead thread's group can be removed only after its process is reaped.
    #expect(victim.ask("w") == "exited 9")
  }

  @Test func `is a root only at the mount`() throws {
    let made = try TestControlGroup(.unified)
    defer { made.remove() }
    let isRoot = try made.open().isRoot
    #expect(!isRoot)
    let mount = try #require(try Procfs().mount(of: .unified))
    // In a container the mount may show a part only, whose top is no root.
    if String(mount.root) == "/" {
      let root = try ControlGroup(path: mount.point)
      let isMountRoot = root.isRoot
      #expect(isMountRoot)
      #expect(throws: Errno.noSuchFileOrDirectory) { try root.killAll() }
    }
  }

  @Test func `without a memory controller has no memory files`() throws {
    let made = try TestControlGroup(.unified)
    defer { made.remove() }
    let group = try made.open()
    if FileManager.default.fileExists(atPath: "\(made.path)/memory.current") {
      #expect(try group.memoryCurrentBytes() < 1 << 20)
      #expect(try group.memoryMaximumBytes() == nil)
      #expect(try group.memoryEvents() == ControlGroupMemoryEvents())
    } else {
      #expect(throws: Errno.noSuchFileOrDirectory) { try group.memoryCurrentBytes() }
      #expect(throws: Errno.noSuchFileOrDirectory) { try group.memoryMaximumBytes() }
      #expect(throws: Errno.noSuchFileOrDirectory) { try group.memoryEvents() }
    }
  }

  @Test func `lets a frozen member die of SIGKILL at once`() throws {
    let victim = try VictimProcess("--anon", "8M")
    defer { victim.end() }
    let made = try TestControlGroup(.unified)
    defer { made.remove() }
    try made.add(victim.pid)
    try made.freeze()
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    #expect(try dies(process))
    #expect(victim.ask("w") == "exited 9")
  }

  @Test func `says what it is marked as`() throws {
    let made = try TestControlGroup(.unified)
    defer { made.remove() }
    let group = try made.open()
    #expect(group.preference(trusting: 0) == .none)
    try made.mark("user.oomd_prefer")
    #expect(group.preference(trusting: 0) == .prefer)
    try made.mark("user.oomd_avoid", "0")
    #expect(group.preference(trusting: 0) == .prefer)
    for (value, isMark) in [("1", true), ("yes", true), ("On", true), ("true", true), ("off", false), ("", false)] {
      try made.mark("user.oomd_avoid", value)
      #expect(group.preference(trusting: 0) == (isMark ? .avoid : .prefer), "\(value)")
    }
    // Longer than any word for yes.
    try made.mark("user.oomd_avoid", "1111111111")
    #expect(group.preference(trusting: 0) == .prefer)
    try made.mark("user.oomd_omit")
    #expect(group.preference(trusting: 0) == .omit)
  }

  @Test(.enabled(if: geteuid() == 0, "to give a directory away needs root"))
  func `of somebody else may offer its processes, and spares nobody`() throws {
    let made = try TestControlGroup(.unified)
    defer { made.remove() }
    #expect(unsafe chown(made.path, 65534, 65534) == 0)
    let group = try made.open()
    try made.mark("user.oomd_prefer")
    #expect(group.preference(trusting: 0) == .prefer)
    for mark in ["user.oomd_avoid", "user.oomd_omit"] {
      try made.mark(mark)
      #expect(group.preference(trusting: 0) == .none)
    }
    #expect(group.preference(trusting: 65534) == .omit)
  }
}

@Suite struct `A control group` {
  @Test func `is not an ordinary directory`() throws {
    let tree = try TemporaryTree()
    try tree.write("file", "")
    #expect(throws: Errno.notSupported) { _ = try ControlGroup(path: PathBuffer(bytes: tree.path.utf8)) }
    #expect(throws: Errno.notDirectory) { _ = try ControlGroup(path: PathBuffer(bytes: (tree.path + "/file").utf8)) }
    #expect(throws: Errno.noSuchFileOrDirectory) {
      _ = try ControlGroup(path: PathBuffer(bytes: (tree.path + "/no").utf8))
    }
    #expect(throws: Errno.notSupported) { _ = try ControlGroup(path: PathBuffer("/proc")) }
  }
}

@Suite(.enabled(if: TestControlGroup.isAvailable(.memory), "needs a v1 memory hierarchy that takes groups"))
struct `A memory group of v1` {
  @Test(.enabled(if: KernelFeatures.hasRelease, "process_mrelease came with Linux 5.15"))
  func `counts what its members use, until it is released`() throws {
    let made = try TestControlGroup(.memory)
    defer { made.remove() }
    let group = try made.open()
    #expect(group.version == .v1)
    #expect(try group.memoryCurrentBytes() < 1 << 20)
    let victim = try VictimInside(made, "--anon", "16M", "--held")
    defer { victim.end() }
    let used = try group.memoryCurrentBytes()
    #expect(used >= 16 << 20 && used < 64 << 20)
    // v1 folds the counters of a CPU in when 32 pages have changed.
    let statistics = try group.memoryStatistics()
    #expect(statistics.anonymousBytes >= 15 << 20 && statistics.anonymousBytes <= used)
    #expect(statistics.inactiveFileBytes <= used && statistics.activeFileBytes <= used)
    let gauge = try MemoryGauge(group)
    #expect(try gauge.currentBytes() >= 16 << 20)
    #expect(try gauge.statistics().anonymousBytes >= 15 << 20)
    #expect(try gauge.limitEvents() == 0)
    #expect(try gauge.maximumBytes() == nil)
    #expect(try !gauge.isKilledAsOne() && !group.isKilledAsOne())
    #expect(gauge.swapLeftBytes() == 0)
    #expect(throws: Errno.badMessage) { _ = try gauge.pressure() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    try process.releaseMemory()
    #expect(try group.memoryCurrentBytes() <= used - 15 << 20)
    #expect(try gauge.currentBytes() <= used - 15 << 20)
  }

  @Test func `limits its members, and those of the groups below it`() throws {
    let made = try TestControlGroup(.memory)
    defer { made.remove() }
    try made.write("\(64 << 20)", to: "memory.limit_in_bytes")
    let inner = try TestControlGroup(in: made)
    defer { inner.remove() }
    let group = try inner.open()
    #expect(try group.memoryMaximumBytes() == nil)
    #expect(group.memoryBelowLimitBytes() == nil)
    let above = try group.parent()
    let limit = try above?.memoryMaximumBytes()
    #expect(limit == 64 << 20)
    let below = above?.memoryBelowLimitBytes()
    let left = try #require(below)
    #expect(left > 32 << 20 && left <= 64 << 20)
  }

  @Test func `has its members, and no cgroup_kill`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    let made = try TestControlGroup(.memory)
    defer { made.remove() }
    let below = try TestControlGroup(in: made)
    defer { below.remove() }
    try below.open().add(victim.pid)
    let group = try made.open()
    #expect(try processes(of: group) == [])
    #expect(try subtree(of: group) == [victim.pid])
    #expect(throws: Errno.noSuchFileOrDirectory) { try group.killAll() }
    #expect(try group.memoryMaximumBytes() == nil)
    let isAlive = try !ProcessDescriptor(victim.pid).waitForExit(timeoutMilliseconds: 0)
    #expect(isAlive)
  }

  @Test func `is a root only at the mount`() throws {
    let made = try TestControlGroup(.memory)
    defer { made.remove() }
    let isRoot = try made.open().isRoot
    #expect(!isRoot)
    let mount = try #require(try Procfs().mount(of: .memory))
    if String(mount.root) == "/" {
      let root = try ControlGroup(path: mount.point)
      let isMountRoot = root.isRoot
      #expect(isMountRoot)
      #expect(try root.memoryCurrentBytes() > 0)
    }
  }
}
