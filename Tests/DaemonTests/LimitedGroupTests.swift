import Foundation
import ScytheLinux
import ScythePolicy
import TestSupport
import Testing

@testable import ScytheDaemon

/// The hierarchy in which this machine counts memory, if groups can be made there.
private let hierarchy: ControlGroupHierarchy? = {
  guard let found = ControlGroupTree.ofMemory(Procfs())?.hierarchy, TestControlGroup.isAvailable(found) else {
    return nil
  }
  return found
}()

private let machineBytes: UInt64 = 1 << 60

/// Everybody's limited groups, as one look finds them.
private struct Finding {
  let samples: [GroupSample]
  /// The group of the process that was asked for.
  let group: (number: UInt32, isKilledAsOne: Bool)?
}

/// Looks for the group of a process.
private func find(_ pid: PID, machineBytes: UInt64 = machineBytes) throws -> Finding {
  var table = try GroupTable()
  var search = try GroupSearch(Procfs(), machineBytes: machineBytes, isInContainer: false)
  let lock = try PriorityLock()
  let group = unsafe try search.group(of: ControlGroupNames(of: pid, Procfs()), into: &table, under: lock)
  return Finding(samples: table.withSamples { samples in samples.indices.map { samples[$0] } }, group: group)
}

extension TestControlGroup {
  fileprivate func limit(to bytes: UInt64) throws {
    try write("\(bytes)", to: hierarchy == .unified ? "memory.max" : "memory.limit_in_bytes")
  }
}

@Suite(.enabled(if: hierarchy != nil, "no group can be made where memory is counted")) struct `A limited group` {
  private let group: TestControlGroup

  init() throws { group = try TestControlGroup(try #require(hierarchy)) }

  @Test func `is the nearest one above a process that has a limit`() throws {
    defer { group.remove() }
    try group.limit(to: 300 << 20)
    let inner = try TestControlGroup(in: group)
    defer { inner.remove() }
    let victim = try VictimProcess("--anon", "24M")
    defer { victim.end() }
    try inner.add(victim.pid)
    let found = try find(victim.pid)
    let sample = try #require(found.samples.first { $0.number == found.group?.number })
    #expect(sample.limitBytes == 300 << 20 && sample.currentBytes == sample.latestBytes && sample.readNanoseconds > 0)
    #expect(found.group?.isKilledAsOne == false)
    // The same number from now on.
    #expect(try find(victim.pid).group?.number == sample.number)
    try inner.limit(to: 200 << 20)
    let nearer = try find(victim.pid)
    let limits = nearer.samples.map(\.limitBytes)
    #expect(limits.contains(300 << 20) && limits.contains(200 << 20))
    #expect(nearer.samples.first { $0.number == nearer.group?.number }?.parent == sample.number)
  }

  @Test func `is none if its limit is that of the machine`() throws {
    defer { group.remove() }
    try group.limit(to: 300 << 20)
    let victim = try VictimProcess("--anon", "24M")
    defer { victim.end() }
    try group.add(victim.pid)
    #expect(try find(victim.pid, machineBytes: 300 << 20).samples.allSatisfy { $0.limitBytes < 300 << 20 })
  }

  @Test func `is read again, and is gone when it is`() throws {
    defer { group.remove() }
    try group.limit(to: 300 << 20)
    var table = try GroupTable()
    var search = try GroupSearch(Procfs(), machineBytes: machineBytes, isInContainer: false)
    let lock = try PriorityLock()
    let victim = try VictimProcess("--anon", "24M")
    try group.add(victim.pid)
    let found = unsafe try search.group(of: ControlGroupNames(of: victim.pid, Procfs()), into: &table, under: lock)
    let number = try #require(found).number
    let place = table.index(of: number)
    let index = try #require(place)
    victim.end()
    group.remove()
    // Where processes are reaped late the group is there a little longer.
    let isGone = eventually { table.reading(at: index, swapFreeBytes: 0) == nil }
    #expect(isGone)
    search.forget(number)
    table.remove(at: index)
    let afterwards = table.index(of: number)
    #expect(afterwards == nil)
  }
}

/// Asks again and again, for 5 s at most.
private func eventually(_ holds: () -> Bool) -> Bool {
  for _ in 0..<500 {
    if holds() { return true }
    usleep(10_000)
  }
  return false
}

@Suite struct `The search for limited groups` {
  @Test func `goes by names of any depth, and survives more of them than it keeps`() throws {
    let processes = try FakeProcesses()
    try processes.set(7, FakeProcesses.Shape(group: String(repeating: "/a", count: 300)))
    var table = try GroupTable()
    var search = try GroupSearch(processes.procfs, machineBytes: machineBytes, isInContainer: false)
    let lock = try PriorityLock()
    for number in 0..<3000 {
      try processes.set(8, FakeProcesses.Shape(group: "/pods/pod-\(number).scope"))
      for pid in [PID(7), PID(8), PID(9)] {
        let found = unsafe search.group(of: .known(of: pid, processes.procfs), into: &table, under: lock)
        #expect(found == nil)
      }
      if number % 1000 == 999 { search.beginRound() }
    }
    let leftOut = search.leftOut
    #expect(leftOut == 0)
  }
}
