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

extension Procfs {
  /// Reads `/proc/meminfo`.
  ///
  /// - Throws: what `open(2)` and `read(2)` say; `Errno.badMessage` if the file has no `MemTotal` line.
  public func memoryInformation() throws(Errno) -> MemoryInformation {
    let file = try FileDescriptor(path("meminfo"), .read)
    var information = MemoryInformation()
    try file.forEachLine { (line) throws(Errno) in
      information.take(line)
      return true
    }
    guard information.totalBytes > 0 else { throw .badMessage }
    return information
  }
}
