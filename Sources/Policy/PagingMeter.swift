import ScytheLinux

/// What happened since a moment that lies a second back, or two: shares of time and rates, none of which a short burst
/// can make large.
struct PagingMeter: BitwiseCopyable {
  /// Counters at one moment.
  struct Reading: BitwiseCopyable {
    var nanoseconds: UInt64 = 0
    var fullMicroseconds: UInt64 = 0
    var fileRefaultBytes: UInt64 = 0
    var anonymousRefaultBytes: UInt64 = 0
    var swapOutBytes: UInt64 = 0

    init() {}

    init(_ sample: SystemSample) {
      nanoseconds = sample.monotonicNanoseconds
      // In a container the machine's pressure is that of strangers.
      fullMicroseconds = (sample.container?.pressure ?? sample.pressure)?.fullMicroseconds ?? 0
      fileRefaultBytes = sample.container?.fileRefaultBytes ?? sample.paging.fileRefaultBytes
      anonymousRefaultBytes = sample.container?.anonymousRefaultBytes ?? sample.paging.anonymousRefaultBytes
      swapOutBytes = sample.paging.swapOutBytes
    }

    init(_ group: GroupSample, at nanoseconds: UInt64) {
      self.nanoseconds = nanoseconds
      fullMicroseconds = group.pressure?.fullMicroseconds ?? 0
      fileRefaultBytes = group.fileRefaultBytes
      anonymousRefaultBytes = group.anonymousRefaultBytes
    }
  }

  private var older: Reading?
  private var newer: Reading?
  /// How much of the time everything waited.
  private(set) var fullBasisPoints: UInt64 = 0
  /// Bytes of files that were read again, per second.
  private(set) var fileRefaultsPerSecond: UInt64 = 0
  /// Anonymous bytes that came back, per second.
  private(set) var anonymousRefaultsPerSecond: UInt64 = 0
  /// Bytes written to swap per second.
  private(set) var swapOutBytesPerSecond: UInt64 = 0

  init() {}

  /// Takes the counters of a moment.
  mutating func take(_ now: Reading) {
    guard let last = newer else {
      newer = now
      return
    }
    if now.nanoseconds.minus(last.nanoseconds) >= PolicyConstants.meterNanoseconds {
      older = last
      newer = now
    }
    guard let since = older else { return }
    let elapsed = now.nanoseconds.minus(since.nanoseconds)
    guard elapsed > 0 else { return }
    let stalled = now.fullMicroseconds.minus(since.fullMicroseconds).times(1000)
    fullBasisPoints = min(10_000, stalled.scaled(by: 10_000, over: elapsed))
    fileRefaultsPerSecond = now.fileRefaultBytes.minus(since.fileRefaultBytes).perSecond(within: elapsed)
    anonymousRefaultsPerSecond = now.anonymousRefaultBytes.minus(since.anonymousRefaultBytes).perSecond(within: elapsed)
    swapOutBytesPerSecond = now.swapOutBytes.minus(since.swapOutBytes).perSecond(within: elapsed)
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
