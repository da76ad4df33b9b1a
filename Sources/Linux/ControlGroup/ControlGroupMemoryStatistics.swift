/// What Scythe reads in a group's `memory.stat`, the groups below it included:
///
///     anon 4923392
///     inactive_file 132120576
///
/// A counter that the kernel does not have stays 0. The kernel's page is `Documentation/admin-guide/cgroup-v2.rst`,
/// section "Memory Interface Files"; of v1 the `total_` lines are read.
@frozen public struct ControlGroupMemoryStatistics: Equatable, Sendable, BitwiseCopyable {
  /// Anonymous memory.
  public var anonymousBytes: UInt64 = 0
  /// Shared memory and tmpfs, which are part of the cache that nobody can drop.
  public var sharedBytes: UInt64 = 0
  /// Pages of files that were not used lately.
  public var inactiveFileBytes: UInt64 = 0
  /// Pages of files that were used more than once.
  public var activeFileBytes: UInt64 = 0
  /// What the kernel keeps for the group and can do without. v1 does not tell.
  public var reclaimableSlabBytes: UInt64 = 0
  /// Pages of files that were read again soon after they had been evicted. v1 does not tell.
  public var fileRefaultBytes: UInt64 = 0
  /// Anonymous pages that came back soon after they were swapped out. v1 does not tell.
  public var anonymousRefaultBytes: UInt64 = 0

  /// Makes an empty one.
  public init() {}

  mutating func take(_ line: Span<UInt8>, _ version: ControlGroupVersion, pageBytes: UInt64) {
    switch version {
    case .v1: takeV1(line)
    case .v2: takeV2(line, pageBytes: pageBytes)
    }
  }

  private mutating func takeV2(_ line: Span<UInt8>, pageBytes: UInt64) {
    if let bytes = line.number(after: "anon ") {
      anonymousBytes = bytes
    } else if let bytes = line.number(after: "shmem ") {
      sharedBytes = bytes
    } else if let bytes = line.number(after: "inactive_file ") {
      inactiveFileBytes = bytes
    } else if let bytes = line.number(after: "active_file ") {
      activeFileBytes = bytes
    } else if let bytes = line.number(after: "slab_reclaimable ") {
      reclaimableSlabBytes = bytes
    } else if let pages = line.number(after: "workingset_refault_file ") {
      fileRefaultBytes = pages &* pageBytes
    } else if let pages = line.number(after: "workingset_refault_anon ") {
      anonymousRefaultBytes = pages &* pageBytes
    }
  }

  private mutating func takeV1(_ line: Span<UInt8>) {
    guard line.hasPrefix("total_") else { return }
    if let bytes = line.number(after: "total_rss ") {
      anonymousBytes = bytes
    } else if let bytes = line.number(after: "total_shmem ") {
      sharedBytes = bytes
    } else if let bytes = line.number(after: "total_inactive_file ") {
      inactiveFileBytes = bytes
    } else if let bytes = line.number(after: "total_active_file ") {
      activeFileBytes = bytes
    }
  }

  static func read(
    from file: borrowing FileDescriptor, _ version: ControlGroupVersion
  ) throws(Errno) -> ControlGroupMemoryStatistics {
    var statistics = ControlGroupMemoryStatistics()
    let pageBytes = Machine.pageBytes
    try file.forEachLine { (line) throws(Errno) in
      statistics.take(line, version, pageBytes: pageBytes)
      return true
    }
    return statistics
  }
}

extension ControlGroup {
  /// Reads `memory.stat`. The kernel folds the counters of all CPUs together for it: not for a loop that must not wait.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` without the memory controller; `Errno.noSuchDevice` if the group was removed.
  public func memoryStatistics() throws(Errno) -> ControlGroupMemoryStatistics {
    try ControlGroupMemoryStatistics.read(from: open("memory.stat", .read), version)
  }
}
