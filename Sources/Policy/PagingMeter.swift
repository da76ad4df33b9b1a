import ScytheLinux

/// What happened since a moment that lies a second back, or two: shares of time and rates, none of which a short burst
/// can make large.
struct PagingMeter: BitwiseCopyable {
  /// What the kernel has counted, of stalls and of pages by files of their own.
  struct Reading: BitwiseCopyable {
    /// When the stalls were read.
    var stallNanoseconds: UInt64 = 0
    var fullMicroseconds: UInt64 = 0
    /// When the pages were.
    var pagesNanoseconds: UInt64 = 0
    var pages = PageCounters()

    init() {}

    init(_ sample: SystemSample) {
      let now = sample.monotonicNanoseconds
      stallNanoseconds = now.minus(sample.pressureAgeNanoseconds)
      fullMicroseconds = sample.pressure?.fullMicroseconds ?? 0
      pagesNanoseconds = now.minus(sample.pagingAgeNanoseconds)
      pages.swapOutBytes = sample.paging.swapOutBytes
      guard let container = sample.container else {
        pages.fileRefaultBytes = sample.paging.fileRefaultBytes
        pages.anonymousRefaultBytes = sample.paging.anonymousRefaultBytes
        return
      }
      pages.fileRefaultBytes = container.fileRefaultBytes
      pages.anonymousRefaultBytes = container.anonymousRefaultBytes
      // In a container the machine's pressure is that of strangers, also where its own is not told, as in v1.
      fullMicroseconds = container.pressure?.fullMicroseconds ?? 0
      stallNanoseconds = container.readNanoseconds
    }

    init(_ group: GroupSample) {
      stallNanoseconds = group.readNanoseconds
      fullMicroseconds = group.pressure?.fullMicroseconds ?? 0
      pagesNanoseconds = group.readNanoseconds
      pages.fileRefaultBytes = group.fileRefaultBytes
      pages.anonymousRefaultBytes = group.anonymousRefaultBytes
    }
  }

  /// Pages that came back or went, in bytes since boot.
  struct PageCounters: BitwiseCopyable {
    var fileRefaultBytes: UInt64 = 0
    var anonymousRefaultBytes: UInt64 = 0
    var swapOutBytes: UInt64 = 0
  }

  private var stalls = MeterWindow<UInt64>()
  private var pages = MeterWindow<PageCounters>()
  /// How much of the time everything waited.
  private(set) var fullBasisPoints: UInt64 = 0
  /// Bytes of files that were read again, per second.
  private(set) var fileRefaultsPerSecond: UInt64 = 0
  /// Anonymous bytes that came back, per second.
  private(set) var anonymousRefaultsPerSecond: UInt64 = 0
  /// Bytes written to swap per second.
  private(set) var swapOutBytesPerSecond: UInt64 = 0

  init() {}

  /// Takes the counters of a moment. Those that were taken before change nothing.
  mutating func take(_ now: Reading) {
    if let (before, elapsed) = stalls.take(now.fullMicroseconds, at: now.stallNanoseconds) {
      let stalled = now.fullMicroseconds.minus(before).times(1000)
      fullBasisPoints = min(10_000, stalled.scaled(by: 10_000, over: elapsed))
    }
    if let (before, elapsed) = pages.take(now.pages, at: now.pagesNanoseconds) {
      let pages = now.pages
      fileRefaultsPerSecond = pages.fileRefaultBytes.minus(before.fileRefaultBytes).perSecond(within: elapsed)
      anonymousRefaultsPerSecond = pages.anonymousRefaultBytes.minus(before.anonymousRefaultBytes)
        .perSecond(within: elapsed)
      swapOutBytesPerSecond = pages.swapOutBytes.minus(before.swapOutBytes).perSecond(within: elapsed)
    }
  }

  /// How much of what is kept is read again per second, in basis points: of files or of anonymous memory, whichever is
  /// worse.
  func refaultBasisPoints(fileBytes: UInt64, anonymousBytes: UInt64, sizeBytes: UInt64) -> UInt64 {
    let least = max(1, sizeBytes / PolicyConstants.leastRefaultBaseShare)
    return max(
      fileRefaultsPerSecond.scaled(by: 10_000, over: max(least, fileBytes)),
      anonymousRefaultsPerSecond.scaled(by: 10_000, over: max(least, anonymousBytes)))
  }

  /// Forgets all that was measured.
  mutating func reset() { self = PagingMeter() }
}

/// The two earlier readings of counters that the next one is compared with.
struct MeterWindow<Counters: BitwiseCopyable & Sendable>: BitwiseCopyable {
  /// Counters, and when they were read.
  private struct Moment: BitwiseCopyable {
    var counters: Counters
    var nanoseconds: UInt64
  }

  private var older: Moment?
  private var newer: Moment?
  private var lastNanoseconds: UInt64 = 0

  init() {}

  /// Takes counters.
  ///
  /// - Parameter nanoseconds: when they were read; not later than the last ones, they are no news.
  /// - Returns: those to compare them with, and how many nanoseconds older these are, never 0; `nil` if there are none, or
  ///   no news.
  mutating func take(_ counters: Counters, at nanoseconds: UInt64) -> (before: Counters, elapsed: UInt64)? {
    let now = Moment(counters: counters, nanoseconds: nanoseconds)
    guard let last = newer else {
      newer = now
      lastNanoseconds = nanoseconds
      return nil
    }
    guard nanoseconds > lastNanoseconds else { return nil }
    lastNanoseconds = nanoseconds
    if nanoseconds - last.nanoseconds >= PolicyConstants.meterNanoseconds {
      older = last
      newer = now
    }
    guard let older else { return nil }
    return (older.counters, nanoseconds - older.nanoseconds)
  }
}
