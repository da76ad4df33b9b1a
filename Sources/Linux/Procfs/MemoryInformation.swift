/// What Scythe reads in `/proc/meminfo`:
///
///     MemAvailable:   23512384 kB
///
/// The kernel's page is `Documentation/filesystems/proc.rst`, section "meminfo".
@frozen public struct MemoryInformation: Equatable, Sendable, BitwiseCopyable {
  /// All memory that the kernel manages.
  public var totalBytes: UInt64 = 0
  /// Unused memory. What lies on per-CPU lists is not in it.
  public var freeBytes: UInt64 = 0
  /// The kernel's estimate of what can be handed out without swapping.
  public var availableBytes: UInt64 = 0
  /// Pages of files that were not used lately.
  public var inactiveFileBytes: UInt64 = 0
  /// What the kernel keeps for itself and can do without.
  public var reclaimableSlabBytes: UInt64 = 0
  /// All swap.
  public var swapTotalBytes: UInt64 = 0
  /// Unused swap.
  public var swapFreeBytes: UInt64 = 0

  /// Makes an empty one.
  public init() {}

  mutating func take(_ line: Span<UInt8>) {
    if let bytes = line.kilobytes(after: "MemTotal:") {
      totalBytes = bytes
    } else if let bytes = line.kilobytes(after: "MemFree:") {
      freeBytes = bytes
    } else if let bytes = line.kilobytes(after: "MemAvailable:") {
      availableBytes = bytes
    } else if let bytes = line.kilobytes(after: "Inactive(file):") {
      inactiveFileBytes = bytes
    } else if let bytes = line.kilobytes(after: "SReclaimable:") {
      reclaimableSlabBytes = bytes
    } else if let bytes = line.kilobytes(after: "SwapTotal:") {
      swapTotalBytes = bytes
    } else if let bytes = line.kilobytes(after: "SwapFree:") {
      swapFreeBytes = bytes
    }
  }
}

/// What else `/proc/meminfo` says of the kinds of memory, for those who decide by it.
@frozen public struct MemoryKinds: Equatable, Sendable, BitwiseCopyable {
  /// Pages of files that were used more than once: `Active(file)`.
  public var activeFileBytes: UInt64 = 0
  /// Resident anonymous memory of all processes: `AnonPages`.
  public var anonymousBytes: UInt64 = 0
  /// Resident shm, tmpfs and shared anonymous memory: `Shmem`.
  public var sharedBytes: UInt64 = 0
  /// Memory that cannot be reclaimed at all, locked memory above all: `Unevictable`.
  public var unevictableBytes: UInt64 = 0
  /// What the kernel keeps for itself and cannot do without: `SUnreclaim`.
  public var unreclaimableSlabBytes: UInt64 = 0

  /// Makes one of nothing.
  public init() {}

  mutating func take(_ line: Span<UInt8>) {
    if let bytes = line.kilobytes(after: "Active(file):") {
      activeFileBytes = bytes
    } else if let bytes = line.kilobytes(after: "AnonPages:") {
      anonymousBytes = bytes
    } else if let bytes = line.kilobytes(after: "Shmem:") {
      sharedBytes = bytes
    } else if let bytes = line.kilobytes(after: "Unevictable:") {
      unevictableBytes = bytes
    } else if let bytes = line.kilobytes(after: "SUnreclaim:") {
      unreclaimableSlabBytes = bytes
    }
  }
}

extension Procfs {
  /// Reads `/proc/meminfo`.
  ///
  /// - Throws: what `open(2)` and `read(2)` say; `Errno.badMessage` if the file has no `MemTotal` line.
  public func memoryInformation() throws(Errno) -> MemoryInformation {
    try Procfs.memoryInformationAndKinds(from: openMemoryInformation()).information
  }

  /// Opens `/proc/meminfo` for somebody who reads it again and again: an open is most of the cost.
  ///
  /// - Throws: what `open(2)` says.
  public func openMemoryInformation() throws(Errno) -> FileDescriptor { try FileDescriptor(path("meminfo"), .read) }

  /// Reads `/proc/meminfo` as it is now, the kinds of memory too.
  ///
  /// - Throws: what `read(2)` says; `Errno.badMessage` if the file has no `MemTotal` line.
  public static func memoryInformationAndKinds(
    from file: borrowing FileDescriptor
  ) throws(Errno) -> (information: MemoryInformation, kinds: MemoryKinds) {
    var information = MemoryInformation()
    var kinds = MemoryKinds()
    try file.forEachLine { (line) throws(Errno) in
      information.take(line)
      kinds.take(line)
      return true
    }
    guard information.totalBytes > 0 else { throw .badMessage }
    return (information, kinds)
  }
}
