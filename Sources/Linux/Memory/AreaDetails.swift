/// An area of a process, and what the kernel counts in it; from `/proc/PID/smaps`:
///
///     7f1c8a600000-7f1c8a628000 r--p 00000000 fe:00 1311   /usr/lib/x86_64-linux-gnu/libc.so.6
///     Rss:                 160 kB
///     Shared_Clean:        160 kB
///     Referenced:          160 kB
///     Swap:                  0 kB
///     VmFlags: rd mr mw me sd
///
/// The kernel's page is `Documentation/filesystems/proc.rst`, section 1.1.
@frozen public struct AreaDetails: Equatable, Sendable, BitwiseCopyable {
  /// The area.
  public var area: MemoryArea
  /// What of it is resident.
  public var residentBytes: UInt64 = 0
  /// What of that others have mapped too. Page-out leaves it alone.
  public var sharedBytes: UInt64 = 0
  /// What of it was used since that was last forgotten.
  public var referencedBytes: UInt64 = 0
  /// What of it is in swap.
  public var swapBytes: UInt64 = 0
  /// Whether it is locked: `lo`.
  public var isLocked = false
  /// Whether its pages are hugetlbfs's: `ht`.
  public var isHugetlb = false
  /// Whether it has no pages that the kernel manages: `pf`, as `[vvar]` and the memory of devices.
  public var isPageFrameMapping = false
  /// Whether it shall have no huge pages: `nh`.
  public var refusesHugePages = false
  /// Whether the flags were seen; kernels without them show none.
  public var hasFlags = false

  /// Makes the details of an area of which nothing is known yet.
  public init(_ area: MemoryArea) { self.area = area }

  /// Takes one line of the file into account; a line that it does not know, or that is malformed, changes nothing.
  ///
  /// - Returns: whether it was the last one of the area.
  mutating func take(_ line: Span<UInt8>) -> Bool {
    if let bytes = line.kilobytes(after: "Rss:") {
      residentBytes = bytes
    } else if let bytes = line.kilobytes(after: "Shared_Clean:") ?? line.kilobytes(after: "Shared_Dirty:") {
      sharedBytes &+= bytes
    } else if let bytes = line.kilobytes(after: "Referenced:") {
      referencedBytes = bytes
    } else if let bytes = line.kilobytes(after: "Swap:") {
      swapBytes = bytes
    } else if line.hasPrefix("VmFlags:") {
      hasFlags = true
      var position = 0
      while line.skipField(&position) {
        if line.hasPrefix(" lo", at: position) { isLocked = true }
        if line.hasPrefix(" ht", at: position) { isHugetlb = true }
        if line.hasPrefix(" pf", at: position) { isPageFrameMapping = true }
        if line.hasPrefix(" nh", at: position) { refusesHugePages = true }
      }
      return true
    }
    return false
  }
}

extension Procfs {
  /// Goes through the areas of a process and what the kernel counts in them. Walks all its page tables: for people and
  /// tests, not for a machine that is short of memory.
  ///
  /// - Parameters:
  ///   - pid: the process.
  ///   - body: returns `false` to end the walk.
  /// - Throws: `Errno.noSuchProcess`; `Errno.permissionDenied` without ptrace read rights.
  public func forEachArea(of pid: PID, _ body: (AreaDetails) throws(Errno) -> Bool) throws(Errno) {
    let file = try open("smaps", of: pid)
    var details: AreaDetails?
    try file.forEachLine { (line) throws(Errno) in
      if let area = MemoryArea(parsing: line) {
        details = AreaDetails(area)
        return true
      }
      guard var known = details else { return true }
      let isLast = known.take(line)
      details = isLast ? nil : known
      return isLast ? try body(known) : true
    }
  }
}
