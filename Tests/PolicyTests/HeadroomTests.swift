import ScytheLinux
import TestSupport
import Testing

@testable import ScythePolicy

private func headroom(_ sample: SystemSample, full: UInt64 = 0, swapOut: UInt64 = 0) -> HeadroomExplanation {
  HeadroomExplanation(sample, SwapPace(fullBasisPoints: full, swapOutBytesPerSecond: swapOut))
}

private func withSwap(zram: Bool, free: UInt64 = gibibyte) -> SystemSample {
  var sample = SystemSample.machine(free: 512 * mebibyte)
  sample.memory.swapTotalBytes = 2 * gibibyte
  sample.memory.swapFreeBytes = free
  sample.swap.areas = 1
  sample.swap.zramAreas = zram ? 1 : 0
  sample.zram.devices = 1
  sample.zram.capacityBytes = 2 * gibibyte
  sample.zram.storedBytes = 2 * gibibyte - free
  sample.zram.usedBytes = (2 * gibibyte - free) / 2
  return sample
}

@Suite struct `Headroom` {
  @Test func `is free memory and what can be dropped, less what the kernel keeps back`() {
    var sample = SystemSample.machine(free: 500 * mebibyte)
    sample.memory.inactiveFileBytes = 300 * mebibyte
    sample.memory.reclaimableSlabBytes = 80 * mebibyte
    sample.watermarkBytes = 90 * mebibyte
    let parts = headroom(sample)
    #expect(parts.totalBytes == (500 + 300 + 40 - 90) * mebibyte)
    #expect(parts.slabBytes == 40 * mebibyte)
    #expect(parts.watermarkBytes == 90 * mebibyte)
  }

  @Test func `does not count what the kernel calls available`() {
    var sample = SystemSample.machine(free: 0)
    sample.memory.availableBytes = 4 * gibibyte
    #expect(headroom(sample).totalBytes == 0)
  }

  @Test func `counts half of the pages of files that were used again, over an eighth of memory`() {
    var sample = SystemSample.machine(16 * gibibyte, free: 0)
    sample.kinds.activeFileBytes = 2 * gibibyte
    #expect(headroom(sample).totalBytes == 0)
    sample.kinds.activeFileBytes = 6 * gibibyte
    #expect(headroom(sample).activeFileBytes == 2 * gibibyte)
    #expect(headroom(sample).totalBytes == 2 * gibibyte)
  }

  @Test func `counts the per-CPU lists only if they were read`() {
    var sample = SystemSample.machine(free: 100 * mebibyte)
    sample.perCPUListBytes = 500 * mebibyte
    #expect(headroom(sample).totalBytes == 100 * mebibyte)
    #expect(headroom(sample.close).totalBytes == 600 * mebibyte)
  }

  @Test func `takes the memory that zram itself needs off its gain`() {
    // Two to one: each page that goes there frees half a page.
    #expect(headroom(withSwap(zram: true)).zramBytes == 512 * mebibyte)
    var incompressible = withSwap(zram: true)
    incompressible.zram.usedBytes = incompressible.zram.storedBytes + 4096
    #expect(headroom(incompressible).zramBytes == 0)
    var zeros = withSwap(zram: true)
    zeros.zram.usedBytes = 0
    #expect(headroom(zeros).zramBytes == gibibyte - gibibyte / PolicyConstants.zramLeastCostShare)
    var unmeasured = withSwap(zram: true, free: 2 * gibibyte)
    unmeasured.zram.usedBytes = 0
    #expect(headroom(unmeasured).zramBytes == gibibyte)
  }

  @Test func `does not take a zram device that is no swap for swap`() {
    let parts = headroom(withSwap(zram: false))
    #expect(parts.zramBytes == 0)
    #expect(parts.diskSwapBytes == gibibyte)
  }

  @Test func `does not count swap for which nothing can be swapped out`() {
    var sample = withSwap(zram: false)
    sample.kinds.anonymousBytes = 300 * mebibyte
    sample.kinds.sharedBytes = 50 * mebibyte
    sample.kinds.unevictableBytes = 100 * mebibyte
    #expect(headroom(sample).diskSwapBytes == 250 * mebibyte)
  }

  @Test(arguments: [true, false])
  func `counts swap as far as it keeps pace`(zram: Bool) {
    let sample = withSwap(zram: zram)
    let whole = headroom(sample, full: PolicyConstants.paceFullBasisPoints).totalBytes
    #expect(whole == headroom(sample).totalBytes)
    let middle = (PolicyConstants.paceFullBasisPoints + PolicyConstants.noPaceFullBasisPoints) / 2
    #expect(headroom(sample, full: middle).totalBytes < whole)
    #expect(headroom(sample, full: PolicyConstants.noPaceFullBasisPoints).totalBytes == 512 * mebibyte)
    // What it does within the time of a kill counts all the same.
    let slow = headroom(sample, full: 10_000, swapOut: 100 * mebibyte).totalBytes
    #expect(slow == 522 * mebibyte)
  }

  @Test func `is what the container leaves, if that is less`() {
    var sample = SystemSample.machine(free: 8 * gibibyte)
    var container = GroupSample()
    container.limitBytes = gibibyte
    container.currentBytes = 900 * mebibyte
    container.inactiveFileBytes = 50 * mebibyte
    container.reclaimableSlabBytes = 20 * mebibyte
    sample.container = container
    #expect(headroom(sample).totalBytes == (1024 - 900 + 50 + 10) * mebibyte)
    #expect(sample.sizeBytes == gibibyte)
    sample.memory.freeBytes = 10 * mebibyte
    #expect(headroom(sample).totalBytes == 10 * mebibyte)
  }

  @Test func `of a container has no more swap than the machine`() {
    var sample = withSwap(zram: false, free: 100 * mebibyte)
    var container = GroupSample()
    container.limitBytes = gibibyte
    container.currentBytes = gibibyte
    container.anonymousBytes = gibibyte
    container.swapLeftBytes = 10 * gibibyte
    sample.container = container
    #expect(headroom(sample).totalBytes == 100 * mebibyte)
    container.swapLeftBytes = 0
    sample.container = container
    #expect(headroom(sample).totalBytes == 0)
  }
}

@Suite struct `The level that fill is measured by` {
  @Test(arguments: [true, false])
  func `does not change when a page is swapped out`(zram: Bool) {
    let before = withSwap(zram: zram)
    var after = before
    let moved = 64 * mebibyte
    after.memory.swapFreeBytes -= moved
    after.kinds.anonymousBytes -= moved
    after.zram.storedBytes += moved
    after.zram.usedBytes += moved / 2
    after.memory.freeBytes += zram ? moved / 2 : moved
    #expect(before.levelBytes == after.levelBytes)
  }

  @Test func `does not change with a look at the per-CPU lists`() {
    var sample = withSwap(zram: false)
    sample.perCPUListBytes = gibibyte
    #expect(sample.levelBytes == sample.close.levelBytes)
  }
}
