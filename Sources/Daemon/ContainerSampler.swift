import ScytheLinux
import ScythePolicy

/// Reads the control group that limits this very process and all others that it sees: inside a container that is the
/// machine.
struct ContainerSampler: ~Copyable {
  private let gauge: MemoryGauge
  private let machineBytes: UInt64

  /// Finds the group with the lowest limit among those that the caller is in, and with it the first process of its pid
  /// namespace. A limit of the caller alone, as a service has it, is no machine: nobody outside of it could help.
  ///
  /// - Parameter machineBytes: a limit that is not below this is none.
  /// - Returns: `nil` if there is none.
  static func find(_ procfs: borrowing Procfs, machineBytes: UInt64) -> ContainerSampler? {
    if let sampler = find(procfs, in: .unified, machineBytes) { return sampler }
    return find(procfs, in: .memory, machineBytes)
  }

  private static func find(
    _ procfs: borrowing Procfs, in hierarchy: ControlGroupHierarchy, _ machineBytes: UInt64
  ) -> ContainerSampler? {
    var lowest = machineBytes
    var found: MemoryGauge?
    procfs.forEachOwnGroup(in: hierarchy) { group in
      if let limit = try? group.memoryMaximumBytes(), limit < lowest, group.holdsFirstProcess {
        lowest = limit
        found = try? MemoryGauge(group)
      }
    }
    guard let found else { return nil }
    return ContainerSampler(gauge: found, machineBytes: machineBytes)
  }

  private init(gauge: consuming MemoryGauge, machineBytes: UInt64) {
    self.gauge = gauge
    self.machineBytes = machineBytes
  }

  /// What is charged to the group now, which the kernel need not sum up; `nil` if it cannot be read.
  func currentBytes() -> UInt64? { try? gauge.currentBytes() }

  /// The group now, and its limit, which may be changed while it runs.
  ///
  /// - Parameter swapFreeBytes: what the machine has left of swap.
  /// - Returns: `nil` if it cannot be read.
  func sample(swapFreeBytes: UInt64) -> GroupSample? {
    var sample = GroupSample()
    sample.number = 1
    do throws(Errno) {
      sample.limitBytes = min(try gauge.maximumBytes() ?? machineBytes, machineBytes)
    } catch {
      return nil
    }
    return sample.read(gauge, swapFreeBytes: swapFreeBytes) ? sample : nil
  }
}

extension ControlGroup {
  /// Whether the first process of the pid namespace is in it or below.
  fileprivate var holdsFirstProcess: Bool {
    var holds = false
    _ = try? forEachProcessInSubtree { (pid) throws(Errno) in
      holds = pid == .initProcess
      return !holds
    }
    return holds
  }
}
