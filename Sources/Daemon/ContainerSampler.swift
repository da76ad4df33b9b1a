import ScytheLinux
import ScythePolicy

/// Reads the control group that limits this very process: inside a container that is the machine.
struct ContainerSampler: ~Copyable {
  private let group: ControlGroup
  private let limitBytes: UInt64

  /// Finds the group with the lowest limit among those that the caller is in.
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
    var found: ControlGroup?
    procfs.forEachOwnGroup(in: hierarchy) { group in
      if let limit = try? group.memoryMaximumBytes(), limit < lowest {
        lowest = limit
        found = try? group.reopened()
      }
    }
    guard let found else { return nil }
    return ContainerSampler(group: found, limitBytes: lowest)
  }

  private init(group: consuming ControlGroup, limitBytes: UInt64) {
    self.group = group
    self.limitBytes = limitBytes
  }

  /// The group now.
  ///
  /// - Returns: `nil` if it cannot be read.
  func sample() -> GroupSample? {
    guard let current = try? group.memoryCurrentBytes(), let statistics = try? group.memoryStatistics() else {
      return nil
    }
    var sample = GroupSample()
    sample.number = 1
    sample.limitBytes = limitBytes
    sample.currentBytes = current
    sample.inactiveFileBytes = statistics.inactiveFileBytes
    sample.activeFileBytes = statistics.activeFileBytes
    sample.reclaimableSlabBytes = statistics.reclaimableSlabBytes
    sample.anonymousBytes = statistics.anonymousBytes
    sample.sharedBytes = statistics.sharedBytes
    sample.fileRefaultBytes = statistics.fileRefaultBytes
    sample.anonymousRefaultBytes = statistics.anonymousRefaultBytes
    if let most = try? group.memorySwapMaximumBytes(), let used = try? group.memorySwapCurrentBytes(), most > used {
      sample.swapLeftBytes = most - used
    }
    sample.limitEvents = (try? group.memoryEvents())?.max ?? 0
    sample.pressure = (try? group.memoryPressure()).flatMap { PressureTotals($0) }
    return sample
  }
}

extension PressureTotals {
  /// The totals of a pressure file; `nil` without both lines. The system's own file has them since Linux 4.20.
  init?(_ information: PressureInformation) {
    guard let some = information.some, let full = information.full else { return nil }
    self.init(someMicroseconds: some.totalMicroseconds, fullMicroseconds: full.totalMicroseconds)
  }
}
