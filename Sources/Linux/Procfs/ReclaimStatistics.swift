/// What the kernel has done since boot to make room: what Scythe reads in `/proc/vmstat`:
///
///     workingset_refault_file 504084
///     pgsteal_kswapd 81236
///
/// Bytes, where the file counts pages. A counter that the kernel does not have stays 0. The kernel's page is
/// `Documentation/admin-guide/mm/concepts.rst`, section "Reclaim".
@frozen public struct ReclaimStatistics: Equatable, Sendable, BitwiseCopyable {
  /// Read back from swap.
  public var swappedInBytes: UInt64 = 0
  /// Written to swap.
  public var swappedOutBytes: UInt64 = 0
  /// Pages of files that were read again soon after they had been evicted.
  public var refaultedFileBytes: UInt64 = 0
  /// Anonymous pages that were needed again soon after they had been swapped out.
  public var refaultedAnonymousBytes: UInt64 = 0
  /// Looked at by reclaim.
  public var scannedBytes: UInt64 = 0
  /// Freed by reclaim.
  public var reclaimedBytes: UInt64 = 0
  /// What of it was freed by those who asked for memory and had to wait.
  public var directlyReclaimedBytes: UInt64 = 0
  /// Faults that waited for a disk.
  public var majorFaults: UInt64 = 0
  /// Processes that the kernel's own killer chose, of any group.
  public var kernelKills: UInt64 = 0

  /// Makes an empty one.
  public init() {}

  /// Takes one line of the file into account; a line that it does not know, or that is malformed, changes nothing.
  mutating func take(_ line: Span<UInt8>, pageBytes: UInt64) {
    func bytes(after key: StaticString) -> UInt64? { line.number(after: key).map { $0 &* pageBytes } }
    // The file has two hundred lines, and this is read in every sample: the first letters decide.
    if line.hasPrefix("pg") {
      if let scanned = bytes(after: "pgscan_kswapd ") ?? bytes(after: "pgscan_direct ") {
        scannedBytes = scannedBytes &+ scanned
      } else if let stolen = bytes(after: "pgsteal_kswapd ") {
        reclaimedBytes = reclaimedBytes &+ stolen
      } else if let stolen = bytes(after: "pgsteal_direct ") {
        reclaimedBytes = reclaimedBytes &+ stolen
        directlyReclaimedBytes = stolen
      } else if let count = line.number(after: "pgmajfault ") {
        majorFaults = count
      }
    } else if line.hasPrefix("workingset_refault_") {
      if let refaulted = bytes(after: "workingset_refault_file ") {
        refaultedFileBytes = refaulted
      } else if let refaulted = bytes(after: "workingset_refault_anon ") {
        refaultedAnonymousBytes = refaulted
      }
    } else if line.hasPrefix("pswp") {
      if let swapped = bytes(after: "pswpin ") {
        swappedInBytes = swapped
      } else if let swapped = bytes(after: "pswpout ") {
        swappedOutBytes = swapped
      }
    } else if let count = line.number(after: "oom_kill ") {
      kernelKills = count
    }
  }
}

extension Procfs {
  /// Reads `/proc/vmstat`. Its numbers are of counters that each CPU keeps for itself and folds in once a second.
  ///
  /// - Throws: what `open(2)` and `read(2)` say.
  public func reclaimStatistics() throws(Errno) -> ReclaimStatistics {
    let file = try FileDescriptor(path("vmstat"), .read)
    var statistics = ReclaimStatistics()
    let pageBytes = Machine.pageBytes
    try file.forEachLine { (line) throws(Errno) in
      statistics.take(line, pageBytes: pageBytes)
      return true
    }
    return statistics
  }
}
