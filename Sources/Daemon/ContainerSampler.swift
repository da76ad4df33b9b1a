import ScytheLinux
import ScythePolicy

/// Reads the control group that limits this very process and all others that it sees: inside a container that is the
/// machine.
struct ContainerSampler: ~Copyable {
  private let group: ControlGroup
  private let limitBytes: UInt64

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
    var found: ControlGroup?
    procfs.forEachOwnGroup(in: hierarchy) { group in
      if let limit = try? group.memoryMaximumBytes(), limit < lowest, group.holdsFirstProcess {
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

  /// What is charged to the group now, which the kernel need not sum up; `nil` if it cannot be read.
  func currentBytes() -> UInt64? { try? group.memoryCurrentBytes() }

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

extension PressureTotals {
  /// The totals of a pressure file; `nil` without both lines. The system's own file has them since Linux 4.20.
  init?(_ information: PressureInformation) {
    guard let some = information.some, let full = information.full else { return nil }
    self.init(someMicroseconds: some.totalMicroseconds, fullMicroseconds: full.totalMicroseconds)
  }
}
