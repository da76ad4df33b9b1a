/// How fast something grows, over half a second at least: programs take memory in steps, and between two of
/// them nothing seems to grow.
struct SteppedGrowth: BitwiseCopyable {
  /// What happened since a moment.
  private struct Period: BitwiseCopyable {
    var bytes: UInt64
    var nanoseconds: UInt64
    var largestStepBytes: UInt64 = 0
    var steps: UInt64 = 0
  }

  private var older: Period?
  private var newer: Period?
  private var last: (bytes: UInt64, nanoseconds: UInt64)?
  /// The growth; 0 if it shrank.
  private(set) var bytesPerSecond: UInt64 = 0

  init() {}

  /// Takes what there is at a moment; too soon after the last one it is not taken.
  mutating func take(_ bytes: UInt64, at nanoseconds: UInt64) {
    guard let last, var period = newer else {
      last = (bytes, nanoseconds)
      newer = Period(bytes: bytes, nanoseconds: nanoseconds)
      return
    }
    guard nanoseconds.minus(last.nanoseconds) >= PolicyConstants.leastSpacingNanoseconds else { return }
    if nanoseconds.minus(period.nanoseconds) >= PolicyConstants.growthNanoseconds {
      older = period
      period = Period(bytes: last.bytes, nanoseconds: last.nanoseconds)
    }
    if bytes > last.bytes {
      period.largestStepBytes = max(period.largestStepBytes, bytes - last.bytes)
      period.steps += 1
    }
    newer = period
    self.last = (bytes, nanoseconds)
    let since = older ?? period
    bytesPerSecond = bytes.minus(since.bytes).perSecond(within: nanoseconds.minus(since.nanoseconds))
  }

  /// Whether it grows step by step: one alone may be the last.
  var goesOn: Bool { bytesPerSecond > 0 && (older?.steps ?? 0).plus(newer?.steps ?? 0) > 1 }

  /// The most that came at once.
  var largestStepBytes: UInt64 { max(older?.largestStepBytes ?? 0, newer?.largestStepBytes ?? 0) }
}
