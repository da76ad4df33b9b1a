/// A line of a guest's result port: `LAB1 SUM JSON`, the sum over the JSON, so that what anybody else writes there, or
/// what is cut off, is not taken for a result.
package enum ResultLine {
  private static let mark = "LAB1"

  /// The line for one object, without the newline.
  package static func line(_ json: String) -> String { "\(mark) \(sum(json.utf8)) \(json)" }

  /// The object of a line.
  ///
  /// - Returns: `nil` if it is no such line, or not a whole one.
  package static func json(_ line: Substring) -> Substring? {
    let parts = line.split(separator: " ", maxSplits: 2)
    guard parts.count == 3, parts[0] == mark, parts[1] == sum(parts[2].utf8) else { return nil }
    return parts[2]
  }

  /// FNV-1a in 32 bits, in hexadecimal.
  private static func sum(_ bytes: some Sequence<UInt8>) -> String {
    String(bytes.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }, radix: 16)
  }
}
