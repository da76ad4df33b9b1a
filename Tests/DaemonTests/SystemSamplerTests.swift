import Foundation
import ScytheLinux
import ScythePolicy
import TestSupport
import Testing

@testable import ScytheDaemon

@Suite struct `A sample of the system` {
  @Test func `of this machine is what its files say`() throws {
    let sampler = try SystemSampler()
    let sample = try sampler.sample(readsPerCPULists: true, sampler.readSlowly(), processes: nil)
    let memory = try Procfs().memoryInformation()
    #expect(sample.memory.totalBytes == memory.totalBytes)
    #expect(sample.memory.swapTotalBytes == memory.swapTotalBytes)
    #expect(sample.watermarkBytes == (try Procfs().zoneInformation()).reserveBytes)
    #expect(sample.perCPUListsAreRead)
    #expect(sample.pressure != nil || (try? Procfs().memoryPressure()) == nil)
    let next = try sampler.sample(readsPerCPULists: false, sampler.readSlowly(), processes: nil)
    #expect(!next.perCPUListsAreRead && next.perCPUListBytes == 0)
    #expect(next.monotonicNanoseconds > sample.monotonicNanoseconds)
    #expect(next.bootNanoseconds > sample.bootNanoseconds)
    #expect(next.paging.swapOutBytes >= sample.paging.swapOutBytes)
  }

  @Test func `carries the sums over the processes`() throws {
    var totals = ProcessTotals()
    totals.count = 7
    totals.anonymousBytes = 8
    let sampler = try SystemSampler()
    #expect(try sampler.sample(readsPerCPULists: false, sampler.readSlowly(), processes: totals).processes == totals)
  }

  @Test func `has what there is where files are missing`() throws {
    let processes = try FakeProcesses()
    try "MemTotal: 1000 kB\nMemFree: 500 kB\nSwapTotal: 40 kB\n".write(
      toFile: "\(processes.path)/meminfo", atomically: false, encoding: .utf8)
    let sampler = try SystemSampler(procfs: processes.procfs, sysfs: Sysfs(root: PathBuffer("/nonexistent")))
    let sample = try sampler.sample(readsPerCPULists: true, sampler.readSlowly(), processes: nil)
    #expect(sample.memory.freeBytes == 500 << 10)
    #expect(sample.pressure == nil && sample.container == nil)
    // A closer look is one all the same: else the policy would ask for it for ever.
    #expect(sample.perCPUListsAreRead && sample.perCPUListBytes == 0)
    #expect(sample.paging == PagingCounters() && sample.swap == SwapInformation() && sample.watermarkBytes == 0)
  }

  @Test func `carries the counters of an earlier one, and their age, while the memory is as it was`() throws {
    let machine = try FakeMachine()
    try machine.set(availableKilobytes: 800, swappedOutPages: 7)
    let sampler = try SystemSampler(procfs: machine.processes.procfs)
    var slow = SlowReadings()
    slow.pressure = PressureTotals(fullMicroseconds: 5)
    slow.readNanoseconds = UInt64(MonotonicClock.nowNanoseconds)
    let whole = try sampler.sample(readsPerCPULists: false, slow, processes: nil)
    var rest = CalmReadings()
    rest.take(whole, isCalm: true)
    try machine.set(availableKilobytes: 780, swappedOutPages: 9)
    let calm = try #require(try sampler.calmSample(rest, slow, processes: nil))
    #expect(whole.pagingAgeNanoseconds == 0 && calm.paging == whole.paging && calm.paging.swapOutBytes > 0)
    #expect(calm.monotonicNanoseconds - calm.pagingAgeNanoseconds == whole.monotonicNanoseconds)
    #expect(calm.monotonicNanoseconds - calm.pressureAgeNanoseconds == slow.readNanoseconds)
    #expect(calm.memory.availableBytes == 780 << 10 && calm.pressure == whole.pressure)
    // What was carried once is not taken for new.
    rest.take(calm, isCalm: true)
    #expect(rest.readNanoseconds == whole.monotonicNanoseconds)
    try machine.set(availableKilobytes: 700, swappedOutPages: 9)
    #expect(try sampler.calmSample(rest, slow, processes: nil) == nil, "more than a thirty-second is gone")
    try machine.set(availableKilobytes: 800, swappedOutPages: 9, swapKilobytes: 50)
    #expect(try sampler.calmSample(rest, slow, processes: nil) == nil, "swap was added")
  }

  @Test func `has new counters after half a minute, and after anything but calm`() throws {
    var rest = CalmReadings()
    #expect(!rest.isValid(at: 1))
    var sample = SystemSample()
    sample.monotonicNanoseconds = 1_000_000_000
    rest.take(sample, isCalm: true)
    #expect(rest.isValid(at: 1_000_000_000 + CalmReadings.validNanoseconds - 1))
    #expect(!rest.isValid(at: 1_000_000_000 + CalmReadings.validNanoseconds))
    rest.take(sample, isCalm: false)
    #expect(!rest.isValid(at: 1_000_000_001))
  }

  @Test func `without meminfo is ENOENT`() throws {
    let processes = try FakeProcesses()
    #expect(throws: Errno.noSuchFileOrDirectory) { _ = try SystemSampler(procfs: processes.procfs) }
  }
}

/// Memory as a test has it.
private struct FakeMachine {
  let processes: FakeProcesses

  init() throws { processes = try FakeProcesses() }

  func set(availableKilobytes: Int, swappedOutPages: Int, swapKilobytes: Int = 40) throws {
    try "MemTotal: 1000 kB\nMemFree: 500 kB\nMemAvailable: \(availableKilobytes) kB\nSwapTotal: \(swapKilobytes) kB\n"
      .write(
        toFile: "\(processes.path)/meminfo", atomically: false, encoding: .utf8)
    try "pswpout \(swappedOutPages)\n".write(
      toFile: "\(processes.path)/vmstat", atomically: false, encoding: .utf8)
  }
}
