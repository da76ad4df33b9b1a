public import ScytheLinux
public import ScythePolicy

/// Takes samples of the machine for the policy.
public struct SystemSampler: ~Copyable {
  private let procfs: Procfs
  private let sysfs: Sysfs
  private let container: ContainerSampler?
  private let reserveBytes: UInt64

  /// Looks at what does not change: what the kernel keeps back, and whether a control group limits the caller.
  ///
  /// - Parameters:
  ///   - procfs: where processes and memory are.
  ///   - sysfs: where zram devices are.
  /// - Throws: what `memoryInformation()` throws; nothing can be decided without it. What else is missing counts as nothing.
  public init(procfs: Procfs = Procfs(), sysfs: Sysfs = Sysfs()) throws(Errno) {
    let machineBytes = try procfs.memoryInformation().totalBytes
    container = ContainerSampler.find(procfs, machineBytes: machineBytes)
    reserveBytes = (try? procfs.zoneInformation())?.reserveBytes ?? 0
    self.procfs = procfs
    self.sysfs = sysfs
  }

  /// Takes one sample.
  ///
  /// - Parameters:
  ///   - readsPerCPULists: whether the free pages of the CPUs are counted, which takes the locks of the zones: before a
  ///     kill only.
  ///   - processes: what the last look at the processes found.
  /// - Throws: what `memoryInformation()` throws.
  public func sample(readsPerCPULists: Bool, processes: ProcessTotals?) throws(Errno) -> SystemSample {
    var sample = SystemSample()
    sample.monotonicNanoseconds = UInt64(clamping: MonotonicClock.nowNanoseconds)
    sample.bootNanoseconds = UInt64(clamping: MonotonicClock.nanosecondsSinceBoot)
    (sample.memory, sample.kinds) = try procfs.memoryInformationAndKinds()
    sample.paging = (try? procfs.pagingCounters()) ?? PagingCounters()
    sample.watermarkBytes = reserveBytes
    if readsPerCPULists, let zones = try? procfs.zoneInformation() {
      sample.perCPUListBytes = zones.perCPUListBytes
      sample.perCPUListsAreRead = true
    }
    sample.pressure = (try? procfs.memoryPressure()).flatMap { PressureTotals($0) }
    if sample.memory.swapTotalBytes > 0 {
      sample.swap = (try? procfs.swapInformation()) ?? SwapInformation()
      if sample.swap.zramAreas > 0 { sample.zram = (try? sysfs.zramInformation()) ?? ZramInformation() }
    }
    sample.processes = processes
    sample.container = container?.sample()
    return sample
  }
}
