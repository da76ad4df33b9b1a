import BenchmarkResults

/// How a value is spread over repetitions, some of which may never have come to it: later than every one that has.
struct Spread: Codable, Equatable, Sendable {
  /// All repetitions, also those that never came to it.
  let count: Int
  /// Those that never did.
  let never: Int
  /// The smallest value; `nil`, here and below, for never.
  let minimum: Int64?
  let firstQuartile: Int64?
  let median: Int64?
  let thirdQuartile: Int64?
  let maximum: Int64?

  /// From so many values on there are quartiles to be told; below, the smallest and the largest say more.
  static let quartileCount = 5

  /// Nothing that is measured is larger: 35 years in microseconds, a PiB in bytes. What a broken file says may be.
  static let limit: Int64 = 1 << 50

  /// - Parameter values: `nil` for a repetition that never came to it.
  /// - Returns: `nil` without values.
  init?(_ values: [Int64?]) {
    guard !values.isEmpty else { return nil }
    let values = values.map { $0.map { min(Spread.limit, max(-Spread.limit, $0)) } }
    let known = values.compactMap { $0 }
    count = values.count
    never = values.count - known.count
    guard let least = known.min(), let most = known.max() else {
      (minimum, firstQuartile, median, thirdQuartile, maximum) = (nil, nil, nil, nil, nil)
      return
    }
    // Counted from the least, as a distribution takes none below zero. Never is so far above the rest that its mean with
    // any of them is above the rest too.
    let width = most - least
    let far = 4 * (width + 1)
    guard let all = Distribution(values.map { $0.map { $0 - least } ?? far }) else { return nil }
    func value(_ shifted: Int64) -> Int64? { shifted > width ? nil : shifted + least }
    minimum = least
    firstQuartile = value(all.firstQuartile)
    median = value(all.median)
    thirdQuartile = value(all.thirdQuartile)
    maximum = value(all.maximum)
  }

  /// What is told of the spread beside the median.
  var range: (low: Int64?, high: Int64?) {
    count < Spread.quartileCount ? (minimum, maximum) : (firstQuartile, thirdQuartile)
  }

  /// The median, and in brackets the quartiles, or the smallest and the largest of few.
  ///
  /// - Parameter text: how a value is written.
  func words(_ text: (Int64) -> String) -> String {
    func word(_ value: Int64?) -> String { value.map(text) ?? "never" }
    let middle = word(median)
    let (low, high) = (word(range.low), word(range.high))
    return low == middle && high == middle ? middle : "\(middle) (\(low) to \(high))"
  }

  /// How many times another median this one is.
  ///
  /// - Returns: `nil` if either is never, or the other is zero.
  func ratio(to other: Spread?) -> Double? {
    guard let median, let base = other?.median, base > 0 else { return nil }
    return Double(median) / Double(base)
  }
}

extension Quantity {
  /// Microseconds in the unit that suits them.
  static func microseconds(_ value: Int64) -> String { time(min(Spread.limit, max(-Spread.limit, value)) * 1000) }

  /// Thousandths of something.
  static func thousandths(_ value: Int64) -> String { value < 0 ? "-" : threeDigits(Double(value) / 1000) }

  /// A ratio in two places.
  static func ratio(of value: Double) -> String { ratio(Int64((min(value, 1e9) * Distribution.ratioScale).rounded())) }
}
