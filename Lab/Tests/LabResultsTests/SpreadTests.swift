import BenchmarkResults
import Testing

@testable import LabResults

@Suite struct `The spread of repetitions` {
  @Test(
    arguments: [
      ([7], 7, 7, 7), ([3, 1, 2], 2, 1, 3), ([4, 1, 2, 3], 2, 1, 4), ([-1000, 500, -200], -200, -1000, 500),
      ([123_456_789, 123_456_788, 123_456_787], 123_456_788, 123_456_787, 123_456_789),
    ] as [([Int64], Int64, Int64, Int64)])
  func `has the known median, and the smallest and largest of few`(
    values: [Int64], median: Int64, least: Int64, most: Int64
  ) throws {
    let spread = try #require(Spread(values))
    #expect(spread.median == median)
    #expect(spread.range.low == least && spread.range.high == most)
    #expect(spread.count == values.count && spread.never == 0)
  }

  @Test func `has quartiles from five values on`() throws {
    let spread = try #require(Spread([10, 20, 30, 40, 50, 60, 70, 80]))
    #expect(spread.median == 45)
    #expect(spread.range.low == 20 && spread.range.high == 60)
    #expect(spread.minimum == 10 && spread.maximum == 80)
  }

  @Test func `counts never as later than anything`() throws {
    let once = try #require(Spread([5, nil, 3]))
    #expect(once.median == 5 && once.minimum == 3 && once.maximum == nil && once.never == 1)
    #expect(once.middle { "\($0)" } == "5")
    #expect(once.rangeInWords { "\($0)" } == "3 to never")
    let mostly = try #require(Spread([nil, 5, nil]))
    #expect(mostly.median == nil && mostly.minimum == 5)
    #expect(mostly.middle { "\($0)" } == "never")
    // The mean of a time and never is never.
    #expect(Spread([5, nil])?.median == nil)
    #expect(Spread([0, nil])?.median == nil)
    let all = try #require(Spread([nil, nil]))
    #expect(all.middle { "\($0)" } == "never" && all.rangeInWords { "\($0)" } == nil)
    #expect(Spread([]) == nil)
  }

  @Test func `has a ratio to another only where both are times`() throws {
    let two = try #require(Spread([2000]))
    #expect(two.ratio(to: Spread([1000])) == 2)
    #expect(two.ratio(to: Spread([nil])) == nil)
    #expect(two.ratio(to: Spread([0])) == nil)
    #expect(two.ratio(to: nil) == nil)
    #expect(Spread([nil])?.ratio(to: two) == nil)
  }

  @Test func `bears whatever a broken file says`() throws {
    let spread = try #require(Spread([.min, .max, 0]))
    #expect(spread.median == 0)
    #expect(spread.minimum == -Spread.limit && spread.maximum == Spread.limit)
    #expect(!Quantity.microseconds(.max).isEmpty && Quantity.microseconds(.min).hasPrefix("-"))
  }

  @Test(
    arguments: [
      (0, "0 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (176_128, "172 KiB"), (537_919_488, "513 MiB"),
      (1 << 30, "1.00 GiB"), (-2048, "-2.00 KiB"),
    ] as [(Int64, String)])
  func `and bytes are written in the unit that suits them`(bytes: Int64, text: String) {
    #expect(Quantity.bytes(bytes) == text)
  }
}
