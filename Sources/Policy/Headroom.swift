import ScytheLinux

/// How swap does: measured between samples.
struct SwapPace: BitwiseCopyable {
  /// How much of the gain counts whatever the rate, in basis points.
  var keptBasisPoints: UInt64 = 10_000
  /// What is swapped out per second.
  var swapOutBytesPerSecond: UInt64 = 0

  /// The pace at a share of full stall.
  init(fullBasisPoints: UInt64 = 0, swapOutBytesPerSecond: UInt64 = 0) {
    let start = PolicyConstants.paceFullBasisPoints
    let end = PolicyConstants.noPaceFullBasisPoints
    keptBasisPoints = 10_000 - UInt64(10_000).scaled(by: min(fullBasisPoints, end).minus(start), over: end - start)
    self.swapOutBytesPerSecond = swapOutBytesPerSecond
  }

  /// What of a gain counts.
  func counted(_ gain: UInt64) -> UInt64 {
    let soon = min(gain, swapOutBytesPerSecond.over(nanoseconds: PolicyConstants.paceHorizonNanoseconds))
    return soon.plus((gain - soon).scaled(by: keptBasisPoints, over: 10_000))
  }
}

extension HeadroomExplanation {
  /// What a sample says at a pace of swap.
  init(_ sample: SystemSample, _ pace: SwapPace) {
    let memory = sample.memory
    freeBytes = memory.freeBytes
    perCPUListBytes = sample.perCPUListsAreRead ? sample.perCPUListBytes : 0
    inactiveFileBytes = memory.inactiveFileBytes
    activeFileBytes = Self.coolFile(sample.kinds.activeFileBytes, of: memory.totalBytes)
    slabBytes = memory.reclaimableSlabBytes / PolicyConstants.doubtfulShare
    watermarkBytes = sample.watermarkBytes

    let gain = Self.swapGains(sample)
    zramBytes = pace.counted(gain.zramBytes)
    diskSwapBytes = pace.counted(gain.diskBytes)

    let machine = memoryBytes.plus(zramBytes).plus(diskSwapBytes)
    containerBytes = sample.container.map { $0.headroomBytes(swapGainBytes: zramBytes.plus(diskSwapBytes)) }
    totalBytes = min(machine, containerBytes ?? .max)
  }

  /// What swapping out everything would bring, whatever the pace.
  private static func swapGains(_ sample: SystemSample) -> (zramBytes: UInt64, diskBytes: UInt64) {
    let swappable = sample.kinds.anonymousBytes.plus(sample.kinds.sharedBytes).minus(sample.kinds.unevictableBytes)
    let free = FreeSwap(sample)
    // Swap in memory has the higher priority, wherever both are used together.
    let toZram = min(free.zramBytes, swappable)
    return (free.zramGain(of: toZram), min(free.diskBytes, swappable - toZram))
  }

  /// The sum of both kinds.
  static func swapGain(_ sample: SystemSample) -> UInt64 {
    let gain = swapGains(sample)
    return gain.zramBytes.plus(gain.diskBytes)
  }

  /// What is left without any swap.
  var memoryBytes: UInt64 {
    freeBytes.plus(perCPUListBytes).plus(inactiveFileBytes).plus(activeFileBytes).plus(slabBytes).minus(watermarkBytes)
  }

  /// What is used for nothing at all, not even for pages of files.
  var unusedBytes: UInt64 { freeBytes.plus(perCPUListBytes).minus(watermarkBytes) }

  /// What of the pages of files that were used again may be had without much pain.
  static func coolFile(_ active: UInt64, of total: UInt64) -> UInt64 {
    active.minus(total / PolicyConstants.hotFileShare) / PolicyConstants.doubtfulShare
  }
}

extension SwapInformation {
  /// Whether there is no other swap than in memory.
  var isAllZram: Bool { zramAreas == areas }
}

/// Free swap, by where it is.
struct FreeSwap: BitwiseCopyable {
  let zramBytes: UInt64
  let diskBytes: UInt64
  private let storedBytes: UInt64
  private let usedBytes: UInt64

  init(_ sample: SystemSample) {
    let free = sample.memory.swapFreeBytes
    // A zram device may also hold a file system: then it is no swap.
    zramBytes = sample.swap.zramAreas > 0 ? min(free, sample.zram.capacityBytes.minus(sample.zram.storedBytes)) : 0
    diskBytes = free - zramBytes
    storedBytes = sample.zram.storedBytes
    usedBytes = sample.zram.usedBytes
  }

  /// What storing so many bytes in zram brings, less what they take there.
  func zramGain(of bytes: UInt64) -> UInt64 {
    guard storedBytes >= PolicyConstants.leastStoredBytes else { return bytes / 2 }
    let measured = bytes.scaled(by: min(usedBytes, storedBytes), over: storedBytes)
    return bytes - max(measured, bytes / PolicyConstants.zramLeastCostShare)
  }
}

extension GroupSample {
  /// What of the limit is used for nothing at all.
  var unusedBytes: UInt64 { limitBytes.minus(currentBytes) }

  /// What can still be charged to the group without evicting its hot pages.
  func headroomBytes(swapGainBytes: UInt64) -> UInt64 {
    let swap = min(min(swapLeftBytes, swapGainBytes), anonymousBytes.plus(sharedBytes))
    return limitBytes.plus(inactiveFileBytes)
      .plus(HeadroomExplanation.coolFile(activeFileBytes, of: limitBytes))
      .plus(reclaimableSlabBytes / PolicyConstants.doubtfulShare)
      .plus(swap)
      .minus(currentBytes)
  }
}

extension SystemSample {
  /// The memory that there is: the machine's, or the container's where that is less.
  var sizeBytes: UInt64 { min(memory.totalBytes, container?.limitBytes ?? .max) }

  /// What is left by plain counts, to measure fill by: swapping a page out or in changes nothing of it, nor does a kill
  /// that waits for the per-CPU lists, nor the pace of swap.
  var levelBytes: UInt64 {
    if let container, container.limitBytes < memory.totalBytes {
      return container.headroomBytes(swapGainBytes: .max)
    }
    let free = FreeSwap(self)
    return memory.freeBytes.plus(memory.inactiveFileBytes)
      .plus(HeadroomExplanation.coolFile(kinds.activeFileBytes, of: memory.totalBytes))
      .plus(memory.reclaimableSlabBytes / PolicyConstants.doubtfulShare)
      .plus(free.zramGain(of: free.zramBytes)).plus(free.diskBytes)
  }
}
