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
    guard let path = try? procfs.controlGroupPath(of: .current, in: hierarchy),
      var group = try? ControlGroup(path: path)
    else { return nil }
    var lowest = machineBytes
    var levels = 0
    var found: Int?
    while true {
      if let limit = try? group.memoryMaximumBytes(), limit < lowest {
        lowest = limit
        found = levels
      }
      // As deep as forEachProcessInSubtree looks.
      guard levels < 64, let above = try? group.parent() else { break }
      group = above
      levels += 1
    }
    guard let found, var limited = try? ControlGroup(path: path) else { return nil }
    for _ in 0..<found {
      guard let above = try? limited.parent() else { return nil }
      limited = above
    }
    return ContainerSampler(group: limited, limitBytes: lowest)
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
