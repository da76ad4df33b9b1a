import Histogram

/// How values are spread, to a ten-thousandth of each.
public struct Distribution: Equatable, Sendable {
  /// The smallest value.
  public let minimum: Int64
  /// A quarter of the values are at most this.
  public let firstQuartile: Int64
  /// The middle value, or the mean of the two in the middle.
  public let median: Int64
  /// Three quarters of the values are at most this.
  public let thirdQuartile: Int64
  /// All but one in a hundred are at most this.
  public let percentile99: Int64
  /// The largest value.
  public let maximum: Int64

  /// Ratios are kept as integers of this unit.
  public static let ratioScale = 1e6

  /// Makes the distribution of values.
  ///
  /// - Parameter values: none of them negative: that traps.
  /// - Returns: `nil` without values.
  public init?(_ values: [Int64]) {
    guard let least = values.min(), let most = values.max() else { return nil }
    precondition(least >= 0, "a time or a ratio below zero")
    var histogram = Histogram<UInt32>(
      highestTrackableValue: UInt64(max(2, most)), numberOfSignificantValueDigits: .four)
    for value in values { histogram.record(UInt64(value)) }
    // What a percentile is equivalent to may lie a little outside of what was seen.
    func value(at percentile: Double) -> Int64 { min(most, max(least, Int64(histogram.valueAtPercentile(percentile)))) }
    minimum = least
    firstQuartile = value(at: 25)
    // The histogram's own median is the lower one of two in the middle, which flatters whatever is a time. Three quarters
    // of a step past the half is the upper one, however the step is rounded.
    let isEven = values.count.isMultiple(of: 2)
    let upperMiddle = isEven ? value(at: 50 + 75 / Double(values.count)) : value(at: 50)
    median = value(at: 50) + (upperMiddle - value(at: 50)) / 2
    thirdQuartile = value(at: 75)
    percentile99 = value(at: 99)
    maximum = most
  }
}
