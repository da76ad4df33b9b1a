public import ScytheLinux
public import ScythePolicy

/// Takes samples of the machine for the policy.
public struct SystemSampler: ~Copyable {
  private let procfs: Procfs
  private let sysfs: Sysfs
  private let container: ContainerSampler?
  private let reserveBytes: UInt64
  /// How much memory the machine has.
  let machineBytes: UInt64
  // Kept open: an open is most of what a sample costs, and takes memory of the kernel.
  private let memoryFile: FileDescriptor
  private let pagingFile: FileDescriptor

  /// Looks at what does not change: what the kernel keeps back, and whether a control group limits the caller.
  ///
  /// - Parameters:
  ///   - procfs: where processes and memory are.
  ///   - sysfs: where zram devices are.
  /// - Throws: what `open(2)` says of `meminfo`, and `Errno.badMessage` if that is not what the kernel writes; nothing can
  ///   be decided without it. What else is missing counts as nothing.
  public init(procfs: Procfs = Procfs(), sysfs: Sysfs = Sysfs()) throws(Errno) {
    let memoryFile = try procfs.openMemoryInformation()
    let pagingFile: FileDescriptor
    do throws(Errno) {
      pagingFile = try procfs.openPagingCounters()
    } catch {
      // A file of nothing has counted nothing.
      pagingFile = try FileDescriptor(PathBuffer("/dev/null"), .read)
    }
    machineBytes = try Procfs.memoryInformationAndKinds(from: memoryFile).information.totalBytes
    container = ContainerSampler.find(procfs, machineBytes: machineBytes)
    reserveBytes = (try? procfs.zoneInformation())?.reserveBytes ?? 0
    self.memoryFile = memoryFile
    self.pagingFile = pagingFile
    self.procfs = procfs
    self.sysfs = sysfs
  }

  /// Whether a control group limits the caller.
  public var isInContainer: Bool { container != nil }

  /// Reads what may take a while.
  public func readSlowly() -> SlowReadings {
    var readings = SlowReadings()
    readings.readNanoseconds = UInt64(clamping: MonotonicClock.nowNanoseconds)
    readings.pressure = (try? procfs.memoryPressure()).flatMap { PressureTotals($0) }
    readings.swap = (try? procfs.swapInformation()) ?? SwapInformation()
    if readings.swap.zramAreas > 0 { readings.zram = (try? sysfs.zramInformation()) ?? ZramInformation() }
    if container != nil { readings.container = container?.sample(swapFreeBytes: procfs.swapFreeBytes) }
    return readings
  }

  /// Takes one sample; reads nothing that waits for another process.
  ///
  /// - Parameters:
  ///   - readsPerCPULists: whether the free pages of the CPUs are counted, which takes the locks of the zones: before a
  ///     kill only.
  ///   - slow: what was read before.
  ///   - processes: what the last look at the processes found.
  /// - Throws: what `read(2)` says of `meminfo`.
  public func sample(
    readsPerCPULists: Bool, _ slow: SlowReadings, processes: ProcessTotals?
  ) throws(Errno) -> SystemSample {
    var sample = try memorySample(slow, processes)
    sample.paging = (try? Procfs.pagingCounters(from: pagingFile)) ?? PagingCounters()
    if readsPerCPULists {
      // What cannot be read counts as nothing here too: a kill must not wait for a file that there is not.
      sample.perCPUListBytes = (try? procfs.zoneInformation())?.perCPUListBytes ?? 0
      sample.perCPUListsAreRead = true
    }
    if slow.container != nil, let bytes = container?.currentBytes() { sample.container?.currentBytes = bytes }
    return sample
  }

  /// Takes one sample of which only the memory is new, while all is calm.
  ///
  /// - Parameters:
  ///   - rest: what else was read at the last whole sample.
  ///   - slow: what was read before.
  ///   - processes: what the last look at the processes found.
  /// - Returns: `nil` if the memory is not as it was then, and in a container.
  /// - Throws: what `read(2)` says of `meminfo`.
  func calmSample(
    _ rest: CalmReadings, _ slow: SlowReadings, processes: ProcessTotals?
  ) throws(Errno) -> SystemSample? {
    // In a container its own memory has to be read each time.
    guard !isInContainer else { return nil }
    var sample = try memorySample(slow, processes)
    guard rest.holds(with: sample.memory) else { return nil }
    sample.paging = rest.paging
    sample.pagingAgeNanoseconds = sample.monotonicNanoseconds.minus(rest.readNanoseconds)
    return sample
  }

  private func memorySample(_ slow: SlowReadings, _ processes: ProcessTotals?) throws(Errno) -> SystemSample {
    var sample = SystemSample()
    sample.monotonicNanoseconds = UInt64(clamping: MonotonicClock.nowNanoseconds)
    sample.bootNanoseconds = UInt64(clamping: MonotonicClock.nanosecondsSinceBoot)
    (sample.memory, sample.kinds) = try Procfs.memoryInformationAndKinds(from: memoryFile)
    sample.watermarkBytes = reserveBytes
    sample.pressure = slow.pressure
    sample.pressureAgeNanoseconds = sample.monotonicNanoseconds.minus(slow.readNanoseconds)
    if sample.memory.swapTotalBytes > 0 {
      sample.swap = slow.swap
      sample.zram = slow.zram
    }
    sample.processes = processes
    sample.container = slow.container
    return sample
  }
}
