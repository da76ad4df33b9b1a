/// How fast memory is filled: the lower of two successive estimates, each over three samples, so that one strange sample
/// makes no kill.
struct FillMeter: BitwiseCopyable {
  private var times = InlineArray<4, UInt64>(repeating: 0)
  private var levels = InlineArray<4, UInt64>(repeating: 0)
  private var count = 0
  private let spacingNanoseconds: UInt64

  /// Makes one that takes samples which lie apart by so much.
  init(spacingNanoseconds: UInt64 = PolicyConstants.leastSpacingNanoseconds) {
    self.spacingNanoseconds = spacingNanoseconds
  }

  /// Whether two estimates were made.
  var isReady: Bool { count == times.count }

  /// Takes what is left at a moment; too soon after the last one it is not taken.
  mutating func take(levelBytes: UInt64, at nanoseconds: UInt64) {
    if count > 0 {
      guard nanoseconds.minus(times[count - 1]) >= spacingNanoseconds else { return }
    }
    if count == times.count {
      for index in 1..<count {
        times[index - 1] = times[index]
        levels[index - 1] = levels[index]
      }
      count -= 1
    }
    times[count] = nanoseconds
    levels[count] = levelBytes
    count += 1
  }

  /// The fill; 0 while it is not known, and while memory is given back.
  var bytesPerSecond: UInt64 { bytesPerSecond(beyond: 0) }

  /// The fill as far as it is more than so much in an estimate: counters jump.
  func bytesPerSecond(beyond bytes: UInt64) -> UInt64 {
    guard isReady else { return 0 }
    let width = PolicyConstants.samplesPerEstimate - 1
    let newest = times.count - 1
    return min(
      estimate(from: newest - width - 1, to: newest - 1, beyond: bytes),
      estimate(from: newest - width, to: newest, beyond: bytes))
  }

  private func estimate(from first: Int, to last: Int, beyond bytes: UInt64) -> UInt64 {
    levels[first].minus(levels[last]).minus(bytes).perSecond(within: times[last].minus(times[first]))
  }

  /// Forgets all samples.
  mutating func reset() { count = 0 }
}
