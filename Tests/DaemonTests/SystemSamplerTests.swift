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
    #expect(sample.pressure == nil && sample.container == nil && !sample.perCPUListsAreRead)
    #expect(sample.paging == PagingCounters() && sample.swap == SwapInformation() && sample.watermarkBytes == 0)
  }

  @Test func `without meminfo is ENOENT`() throws {
    let processes = try FakeProcesses()
    #expect(throws: Errno.noSuchFileOrDirectory) { _ = try SystemSampler(procfs: processes.procfs) }
  }
}
