/// The compressed memory devices of the machine, summed; from `disksize` and `mm_stat` of each:
///
///     8589934592
///     1310720   317953  1056768        0  1056768      129        0        3        0
///
/// The kernel's page is `Documentation/admin-guide/blockdev/zram.rst`.
@frozen public struct ZramInformation: Equatable, Sendable, BitwiseCopyable {
  /// How many devices there are that were given a size; those that were not take no memory.
  public var devices = 0
  /// How much they may hold, uncompressed.
  public var capacityBytes: UInt64 = 0
  /// How much they hold, uncompressed.
  public var storedBytes: UInt64 = 0
  /// The memory that this takes, with what the allocator adds.
  public var usedBytes: UInt64 = 0

  /// Makes an empty one.
  public init() {}

  /// Takes one device into account.
  ///
  /// - Returns: whether both texts are what the kernel writes; if not, nothing has changed.
  @discardableResult
  mutating func take(size: Span<UInt8>, statistics: Span<UInt8>) -> Bool {
    var position = 0
    guard let capacity = size.decimal(&position) else { return false }
    position = 0
    guard let stored = statistics.decimal(&position), statistics.skipField(&position),
      let used = statistics.decimal(&position)
    else { return false }
    if capacity == 0 { return true }
    devices += 1
    capacityBytes = capacityBytes &+ capacity
    storedBytes = storedBytes &+ stored
    usedBytes = usedBytes &+ used
    return true
  }
}

extension Sysfs {
  /// Reads all zram devices.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` without `/sys/block`. A device that goes away meanwhile is left out.
  public func zramInformation() throws(Errno) -> ZramInformation {
    let directory = try FileDescriptor(path("block"), .directory)
    var information = ZramInformation()
    try directory.forEachEntry { (name, _) throws(Errno) in
      guard name.hasPrefix("zram") else { return true }
      try? take(name, into: &information)
      return true
    }
    return information
  }

  private func take(_ name: Span<UInt8>, into information: inout ZramInformation) throws(Errno) {
    var folder = path("block/")
    folder.append(name)
    var sizePath = folder
    sizePath.append("/disksize")
    var statisticsPath = folder
    statisticsPath.append("/mm_stat")
    let sizeFile = try FileDescriptor(sizePath, .read)
    let statisticsFile = try FileDescriptor(statisticsPath, .read)
    try withContents(of: sizeFile) { (size) throws(Errno) in
      try withContents(of: statisticsFile) { (statistics) throws(Errno) in
        guard information.take(size: size, statistics: statistics) else { throw .badMessage }
      }
    }
  }
}
