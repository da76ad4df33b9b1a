import Scythe

/// Ranges of addresses as `/proc/PID/maps` writes them: `7f1c8a600000-7f1c8a628000`.
enum AddressRanges {
  /// The ranges that a user wrote, in ascending order.
  ///
  /// - Throws: `Failure` if one cannot be meant, or if two overlap.
  static func parse(_ texts: [String]) throws -> [AddressRange] {
    let ranges = try texts.map { (text: $0, range: try parse($0)) }.sorted { $0.range.base < $1.range.base }
    for (previous, next) in zip(ranges, ranges.dropFirst())
    where next.range.base < previous.range.base + previous.range.length {
      throw Failure.usage("cannot use the ranges '\(previous.text)' and '\(next.text)': they overlap; \(remedy)")
    }
    return ranges.map(\.range)
  }

  private static var remedy: String {
    "give START-END in hexadecimal, as in /proc/PID/maps, multiples of the page, which is \(Machine.pageBytes) bytes"
  }

  private static func parse(_ text: String) throws -> AddressRange {
    let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(digits)
    guard ends.count == 2, let start = ends[0], let end = ends[1] else { throw failure(text, "not two addresses") }
    guard start.count <= 16, end.count <= 16, let base = UInt64(start, radix: 16), let stop = UInt64(end, radix: 16)
    else { throw failure(text, "beyond the last address") }
    guard base % Machine.pageBytes == 0, stop % Machine.pageBytes == 0 else {
      throw failure(text, "it does not begin and end at a page's boundary")
    }
    guard base < stop else { throw failure(text, base == stop ? "it is empty" : "it ends before it begins") }
    return AddressRange(base: base, length: stop - base)
  }

  /// The digits of a hexadecimal number, without `0x` and zeros in front; `nil` if it is none.
  private static func digits(_ text: Substring) -> Substring? {
    let digits = text.hasPrefix("0x") || text.hasPrefix("0X") ? text.dropFirst(2) : text
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
    let significant = digits.drop { $0 == "0" }
    return significant.isEmpty ? "0" : significant
  }

  private static func failure(_ text: String, _ cause: String) -> Failure {
    Failure.usage("cannot use the range '\(text)': \(cause); \(remedy)")
  }
}
