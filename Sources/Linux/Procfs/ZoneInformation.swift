/// What Scythe reads in `/proc/zoneinfo`, summed over all zones:
///
///     pages free     772917
///           min      9118
///           low      13677
///     pagesets
///       cpu: 0
///                 count:    123
///
/// The kernel's page is `Documentation/admin-guide/sysctl/vm.rst`, `min_free_kbytes` and `watermark_scale_factor`.
@frozen public struct ZoneInformation: Equatable, Sendable, BitwiseCopyable {
  /// Below it only the kernel's emergencies are served, and it looks for a victim.
  public var minimumBytes: UInt64 = 0
  /// Below it the kernel begins to make room in the background.
  public var lowBytes: UInt64 = 0
  /// Above it it stops doing so.
  public var highBytes: UInt64 = 0
  /// Free pages that a CPU keeps for itself. `/proc/meminfo` counts them nowhere; since Linux 6.7 half a GiB of freed
  /// memory can lie there for seconds.
  public var perCPUListBytes: UInt64 = 0

  /// Makes an empty one.
  public init() {}

  /// Takes one line of the file into account; a line that it does not know, or that is malformed, changes nothing.
  mutating func take(_ line: Span<UInt8>, pageBytes: UInt64) {
    var start = 0
    line.skipBlanks(&start)
    let line = line.extracting(start..<line.count)
    // Below `pagesets` there is a `high:` of each CPU; the watermark has no colon.
    if let pages = line.number(after: "count:") {
      perCPUListBytes = perCPUListBytes &+ pages &* pageBytes
    } else if let pages = line.number(after: "min ") {
      minimumBytes = minimumBytes &+ pages &* pageBytes
    } else if let pages = line.number(after: "low ") {
      lowBytes = lowBytes &+ pages &* pageBytes
    } else if let pages = line.number(after: "high ") {
      highBytes = highBytes &+ pages &* pageBytes
    }
  }
}

extension Procfs {
  /// Reads `/proc/zoneinfo`. That takes the locks of the zones: not for a loop that samples.
  ///
  /// - Throws: what `open(2)` and `read(2)` say.
  public func zoneInformation() throws(Errno) -> ZoneInformation {
    let file = try FileDescriptor(path("zoneinfo"), .read)
    var information = ZoneInformation()
    let pageBytes = Machine.pageBytes
    try file.forEachLine { (line) throws(Errno) in
      information.take(line, pageBytes: pageBytes)
      return true
    }
    return information
  }
}
