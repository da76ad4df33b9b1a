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
    let known = values.compactMap { $0.map { min(Spread.limit, max(-Spread.limit, $0)) } }.sorted()
    count = values.count
    never = values.count - known.count
    let ordered = known.map(Optional.some) + Array(repeating: nil, count: never)
    // The distribution is one of places in the order, not of values: it takes none below zero and keeps but a few digits,
    // and never has a place, but no value. Places are counted twice, so that there is one between two.
    guard let places = Distribution(ordered.indices.map { 2 * Int64($0) }) else { return nil }
    func value(_ place: Int64) -> Int64? {
      guard let lower = ordered[Int(place / 2)], let upper = ordered[Int((place + 1) / 2)] else { return nil }
      return lower + (upper - lower) / 2
    }
    minimum = value(places.minimum)
    firstQuartile = value(places.firstQuartile)
    median = value(places.median)
    thirdQuartile = value(places.thirdQuartile)
    maximum = value(places.maximum)
  }

  /// What is told of the spread beside the median.
  var range: (low: Int64?, high: Int64?) {
    count < Spread.quartileCount ? (minimum, maximum) : (firstQuartile, thirdQuartile)
  }

  /// The median in words.
  ///
  /// - Parameter text: how a value is written.
  func middle(_ text: (Int64) -> String) -> String { median.map(text) ?? "never" }

  /// The quartiles in words, or the smallest and the largest of few; `nil` if that is the median again.
  func rangeInWords(_ text: (Int64) -> String) -> String? {
    let words = [range.low, range.high].map { $0.map(text) ?? "never" }
    return words.allSatisfy { $0 == middle(text) } ? nil : "\(words[0]) to \(words[1])"
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
  static func microseconds(_ value: Int64) -> String {
    value == 0 ? "0 us" : time(min(Spread.limit, max(-Spread.limit, value)) * 1000)
  }

  /// How long memory was short: not at all where there was no low moment.
  static func shortage(_ value: Int64) -> String { value == 0 ? "never low" : microseconds(value) }

  /// Thousandths of something.
  static func thousandths(_ value: Int64) -> String { value == 0 ? "0" : threeDigits(Double(value) / 1000) }

  /// A ratio in two places.
  static func ratio(of value: Double) -> String { ratio(Int64((min(value, 1e9) * Distribution.ratioScale).rounded())) }
}
