/// What the kernel has done since boot to make room: what Scythe reads in `/proc/vmstat`, in bytes where the file counts
/// pages:
///
///     workingset_refault_file 504084
///     pswpout 81236
///
/// A counter that the kernel does not have stays 0. The kernel's page is `Documentation/admin-guide/mm/concepts.rst`,
/// section "Reclaim".
@frozen public struct PagingCounters: Equatable, Sendable, BitwiseCopyable {
  /// Pages of files read again soon after they were dropped: `workingset_refault_file`; before Linux 5.9
  /// `workingset_refault`.
  public var fileRefaultBytes: UInt64 = 0
  /// Anonymous pages that came back soon after they were swapped out: `workingset_refault_anon`, Linux 5.9.
  public var anonymousRefaultBytes: UInt64 = 0
  /// What was read from swap: `pswpin`.
  public var swapInBytes: UInt64 = 0
  /// What was written to swap: `pswpout`.
  public var swapOutBytes: UInt64 = 0
  /// Processes that the kernel's own killer took, in any group: `oom_kill`, Linux 4.13.
  public var kernelKills: UInt64 = 0

  /// Makes one of zeros.
  public init() {}

  /// Takes one line of the file into account; a line that it does not know, or that is malformed, changes nothing.
  mutating func take(_ line: Span<UInt8>, pageBytes: UInt64) {
    // The file has two hundred lines, and this is read in every sample: the first letters decide.
    if line.hasPrefix("workingset_refault") {
      if let pages = line.number(after: "workingset_refault_file ") ?? line.number(after: "workingset_refault ") {
        fileRefaultBytes = pages &* pageBytes
      } else if let pages = line.number(after: "workingset_refault_anon ") {
        anonymousRefaultBytes = pages &* pageBytes
      }
    } else if line.hasPrefix("pswp") {
      if let pages = line.number(after: "pswpin ") {
        swapInBytes = pages &* pageBytes
      } else if let pages = line.number(after: "pswpout ") {
        swapOutBytes = pages &* pageBytes
      }
    } else if let count = line.number(after: "oom_kill ") {
      kernelKills = count
    }
  }
}

extension Procfs {
  /// Reads `/proc/vmstat`. Each CPU keeps counters of its own, which the kernel folds in once a second.
  ///
  /// - Throws: what `open(2)` and `read(2)` say.
  public func pagingCounters() throws(Errno) -> PagingCounters { try Procfs.pagingCounters(from: openPagingCounters()) }

  /// Opens `/proc/vmstat` for somebody who reads it again and again.
  ///
  /// - Throws: what `open(2)` says.
  public func openPagingCounters() throws(Errno) -> FileDescriptor { try FileDescriptor(path("vmstat"), .read) }

  /// Reads `/proc/vmstat` as it is now.
  ///
  /// - Throws: what `read(2)` says.
  public static func pagingCounters(from file: borrowing FileDescriptor) throws(Errno) -> PagingCounters {
    var counters = PagingCounters()
    let pageBytes = Machine.pageBytes
    try file.forEachLine { (line) throws(Errno) in
      counters.take(line, pageBytes: pageBytes)
      return true
    }
    return counters
  }
}
