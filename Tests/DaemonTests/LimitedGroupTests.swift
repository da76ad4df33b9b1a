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

/// A table with the group of a process in it.
private struct ListedGroup: ~Copyable {
  var table: GroupTable
  var search: GroupSearch
  private let lock: PriorityLock
  /// The number and the place of the group.
  private(set) var number: UInt32 = 0
  private(set) var index = 0

  init() throws {
    let table = try GroupTable()
    let search = try GroupSearch(Procfs(), machineBytes: machineBytes, isInContainer: false)
    let lock = try PriorityLock()
    self.table = table
    self.search = search
    self.lock = lock
  }

  /// Looks for the group of a process.
  mutating func list(_ pid: PID) throws {
    let names = try ControlGroupNames(of: pid, Procfs())
    let found = unsafe search.group(of: names, into: &table, under: lock)
    number = try #require(found).number
    let place = table.index(of: number)
    index = try #require(place)
  }

  /// What is known of it.
  var sample: GroupSample {
    let index = index
    return table.withSamples { samples in samples[index] }
  }
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

  @Test func `is found among many, and counted where there is no room for it`() throws {
    defer { group.remove() }
    try group.limit(to: 300 << 20)
    let inner = try (0..<6).map { _ in try TestControlGroup(in: group) }
    defer { for one in inner { one.remove() } }
    let victim = try VictimProcess("--anon", "24M")
    defer { victim.end() }
    try group.add(victim.pid)
    let outer = try find(victim.pid)
    let outerNumber = try #require(outer.group).number
    var table = try GroupTable(capacity: outer.samples.count + 4)
    var search = try GroupSearch(Procfs(), machineBytes: machineBytes, isInContainer: false)
    let lock = try PriorityLock()
    var found: [UInt32] = []
    for one in inner {
      try one.limit(to: 200 << 20)
      try one.add(victim.pid)
      let group = unsafe try search.group(of: ControlGroupNames(of: victim.pid, Procfs()), into: &table, under: lock)
      found.append(try #require(group).number)
    }
    let leftOut = search.leftOut
    #expect(leftOut == 2)
    // Who is in one without room is in the one above.
    #expect(found.suffix(2) == [outerNumber, outerNumber] && Set(found).count == 5)
    let numbers = table.withSamples { samples in samples.indices.map { samples[$0].number } }
    #expect(numbers == numbers.sorted() && numbers.count == outer.samples.count + 4)
    for number in found.prefix(4) {
      let place = table.index(of: number)
      let index = try #require(place)
      let reading = table.reading(at: index, swapFreeBytes: 0)
      #expect(reading?.number == number && reading?.limitBytes == 200 << 20)
      table.remove(at: index)
    }
    let count = table.count
    #expect(count == outer.samples.count)
  }

  @Test func `has what is charged to it read each time if it is half used, otherwise now and then`() throws {
    defer { group.remove() }
    try group.limit(to: 300 << 20)
    let victim = try VictimProcess("--anon", "24M")
    defer { victim.end() }
    try group.add(victim.pid)
    var listed = try ListedGroup()
    try listed.list(victim.pid)
    /// What is known of it after it was said to have used a number of bytes.
    func latest(_ known: UInt64, at nanoseconds: Int64) -> UInt64 {
      var sample = listed.sample
      sample.currentBytes = known
      sample.latestBytes = known
      listed.table.take(sample, at: listed.index)
      listed.table.readLatest(at: nanoseconds, readsLimits: false)
      return listed.sample.latestBytes
    }
    #expect(latest(1, at: 1_000_000_000) != 1)
    #expect(latest(1, at: 1_010_000_000) == 1)
    #expect(latest(299 << 20, at: 1_010_000_000) != 299 << 20)
    #expect(latest(1, at: 1_250_000_000) != 1)
  }

  @Test func `has its limit read again before somebody in it is killed`() throws {
    defer { group.remove() }
    try group.limit(to: 30 << 20)
    let victim = try VictimProcess("--anon", "24M")
    defer { victim.end() }
    try group.add(victim.pid)
    var listed = try ListedGroup()
    try listed.list(victim.pid)
    func limit(at nanoseconds: Int64, isRead: Bool) -> UInt64 {
      // What was charged before it came is charged where it was: only a group that is half used is read each time.
      var sample = listed.sample
      sample.latestBytes = sample.limitBytes
      listed.table.take(sample, at: listed.index)
      listed.table.readLatest(at: nanoseconds, readsLimits: isRead)
      return listed.sample.limitBytes
    }
    #expect(limit(at: 1_000_000_000, isRead: true) == 30 << 20)
    try group.limit(to: 400 << 20)
    #expect(limit(at: 1_010_000_000, isRead: false) == 30 << 20)
    #expect(limit(at: 1_020_000_000, isRead: true) == 400 << 20)
  }

  @Test func `is read again, and is gone when it is`() throws {
    defer { group.remove() }
    try group.limit(to: 300 << 20)
    let victim = try VictimProcess("--anon", "24M")
    try group.add(victim.pid)
    var listed = try ListedGroup()
    try listed.list(victim.pid)
    victim.end()
    group.remove()
    // Where processes are reaped late the group is there a little longer.
    let isGone = eventually { listed.table.reading(at: listed.index, swapFreeBytes: 0) == nil }
    #expect(isGone)
    listed.search.forget(listed.number)
    listed.table.remove(at: listed.index)
    let afterwards = listed.table.index(of: listed.number)
    #expect(afterwards == nil)
  }

  @Test func `that was made again by its name is read anew`() throws {
    defer { group.remove() }
    let victim = try VictimProcess("--anon", "24M")
    defer { victim.end() }
    let first = try TestControlGroup(in: group)
    try first.limit(to: 200 << 20)
    try first.add(victim.pid)
    var listed = try ListedGroup()
    try listed.list(victim.pid)
    let number = listed.number
    try group.add(victim.pid)
    first.remove()
    try FileManager.default.createDirectory(atPath: first.path, withIntermediateDirectories: false)
    defer {
      try? group.add(victim.pid)
      unsafe rmdir(first.path)
    }
    try first.limit(to: 100 << 20)
    try first.add(victim.pid)
    listed.search.beginRound()
    try listed.list(victim.pid)
    let reading = listed.table.reading(at: listed.index, swapFreeBytes: 0)
    #expect(listed.number == number && reading?.limitBytes == 100 << 20)
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
