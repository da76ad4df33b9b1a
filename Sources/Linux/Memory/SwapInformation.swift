/// The swap areas, summed; from `/proc/swaps`:
///
///     Filename				Type		Size		Used		Priority
///     /dev/zram0                              partition	2097148		1024		100
///
/// Sizes are in units of 1,024 bytes. The kernel's page is `Documentation/filesystems/proc.rst`, table 1-5.
@frozen public struct SwapInformation: Equatable, Sendable, BitwiseCopyable {
  /// How many areas there are.
  public var areas = 0
  /// How many of them are compressed memory.
  public var zramAreas = 0
  /// The size of all areas.
  public var totalBytes: UInt64 = 0
  /// What is used of it.
  public var usedBytes: UInt64 = 0

  /// Makes an empty one.
  public init() {}

  /// Takes one line of the file into account; the heading, or a line that is malformed, changes nothing.
  mutating func take(_ line: Span<UInt8>) {
    var position = 0
    // A blank in the name is written as `\040`.
    guard line.skipField(&position), line.skipField(&position),
      let total = line.decimal(&position), let used = line.decimal(&position), line.hasPrefix("/")
    else { return }
    let (totalBytes, totalOverflow) = total.multipliedReportingOverflow(by: 1024)
    let (usedBytes, usedOverflow) = used.multipliedReportingOverflow(by: 1024)
    guard !totalOverflow, !usedOverflow else { return }
    areas += 1
    if line.hasPrefix("/dev/zram") { zramAreas += 1 }
    self.totalBytes = self.totalBytes &+ totalBytes
    self.usedBytes = self.usedBytes &+ usedBytes
  }
}

extension Procfs {
  /// Reads `/proc/swaps`.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` in a kernel without `CONFIG_SWAP`.
  public func swapInformation() throws(Errno) -> SwapInformation {
    let file = try FileDescriptor(path("swaps"), .read)
    var information = SwapInformation()
    try file.forEachLine { (line) throws(Errno) in
      information.take(line)
      return true
    }
    return information
  }
}
