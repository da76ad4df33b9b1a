/// What Scythe reads in `/proc/zoneinfo`, summed over all zones:
///
///     Node 0, zone    DMA32
///     pages free     772917
///           high     18236
///           managed  772917
///           protection: (0, 0, 2560, 2560, 2560)
///     pagesets
///       cpu: 0
///                 count:    123
///
/// The kernel's page is `Documentation/admin-guide/sysctl/vm.rst`, `min_free_kbytes` and `lowmem_reserve_ratio`.
@frozen public struct ZoneInformation: Equatable, Sendable, BitwiseCopyable {
  /// What the kernel keeps back and does not hand out to programs: of each zone the `high` mark and the largest
  /// `protection`, but not more than it has. Changes only when somebody writes a sysctl.
  public var reserveBytes: UInt64 = 0
  /// Free pages that a CPU keeps for itself. `/proc/meminfo` counts them nowhere; since Linux 6.7 half a GiB of freed
  /// memory can lie there for seconds.
  public var perCPUListBytes: UInt64 = 0

  /// Makes an empty one.
  public init() {}
}

/// Goes through the lines of the file.
private struct ZoneReader {
  var information = ZoneInformation()
  // Of the zone whose lines are being read.
  private var highPages: UInt64 = 0
  private var managedPages: UInt64 = 0

  /// Takes one line of the file into account; a line that it does not know, or that is malformed, changes nothing.
  mutating func take(_ line: Span<UInt8>, pageBytes: UInt64) {
    var position = 0
    line.skipBlanks(&position)
    let text = line.extracting(position..<line.count)
    // Below `pagesets` there is a `high:` of each CPU; the mark has no colon.
    if let pages = text.number(after: "count:") {
      information.perCPUListBytes = information.perCPUListBytes &+ pages &* pageBytes
    } else if let pages = text.number(after: "high ") {
      highPages = pages
    } else if let pages = text.number(after: "managed ") {
      managedPages = pages
    } else if text.hasPrefix("protection: (") {
      let kept = highPages.addingReportingOverflow(Self.largest(in: text))
      let pages = kept.overflow ? managedPages : min(kept.partialValue, managedPages)
      information.reserveBytes = information.reserveBytes &+ pages &* pageBytes
      highPages = 0
      managedPages = 0
    }
  }

  /// The largest number of `protection: (0, 0, 2560, 2560)`.
  private static func largest(in text: Span<UInt8>) -> UInt64 {
    var largest: UInt64 = 0
    var position = 0
    while position < text.count {
      if let number = text.decimal(&position) { largest = max(largest, number) }
      position += 1
    }
    return largest
  }
}

extension Procfs {
  /// Reads `/proc/zoneinfo`. That takes the locks of the zones: not for a loop that samples.
  ///
  /// - Throws: what `open(2)` and `read(2)` say.
  public func zoneInformation() throws(Errno) -> ZoneInformation {
    let file = try FileDescriptor(path("zoneinfo"), .read)
    var reader = ZoneReader()
    let pageBytes = Machine.pageBytes
    try file.forEachLine { (line) throws(Errno) in
      reader.take(line, pageBytes: pageBytes)
      return true
    }
    return reader.information
  }
}
