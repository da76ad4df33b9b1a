/// What a kill printed, as a line for a table that is the same each time: bytes are rounded to MiB, and what differs
/// from run to run is left out. Read by hand, because a guest has no Foundation.
package enum KillAnswer {
  /// Of `scythe kill --json`: the fate of each victim, and the bytes of all; else the last line, which says why nobody
  /// was signalled.
  ///
  /// - Parameter output: all that it printed.
  /// - Returns: `nil` if it said nothing.
  package static func ofCommand(_ output: String) -> String? {
    guard let last = output.split(separator: "\n").last else { return nil }
    guard last.hasPrefix("{"), last.hasSuffix("}"), let back = number(after: "\"bytesBack\":", in: last),
      let left = number(after: "\"bytesLeft\":", in: last)
    else { return String(last) }
    // What a process is called cannot pass for a fate: its quotes are escaped.
    let fates = last.ranges(of: "\"fate\":\"").map { last[$0.upperBound...].prefix { $0 != "\"" } }
    return fates.isEmpty ? String(last) : line(fates.joined(separator: ", "), back, left)
  }

  /// Of `scythed --kill`:
  ///
  ///     140: 67035136 bytes back in 64899 us, 0 left; dead
  ///
  /// - Parameter output: all that it printed.
  /// - Returns: the line without the number and the time; another line as it is; `nil` if it said nothing.
  package static func ofDaemon(_ output: String) -> String? {
    guard let last = output.split(separator: "\n").last else { return nil }
    guard let back = number(after: ": ", in: last), let left = number(after: ", ", in: last),
      let fate = last.firstRange(of: "; ").map({ last[$0.upperBound...] })
    else { return String(last) }
    return line(String(fate), back, left)
  }

  private static func line(_ fate: String, _ back: UInt64, _ left: UInt64) -> String {
    "\(fate); \(mebibytes(back)) MiB back, \(mebibytes(left)) left"
  }

  private static func mebibytes(_ bytes: UInt64) -> UInt64 { (bytes + 1 << 19) >> 20 }

  /// The first number behind a text.
  private static func number(after text: String, in line: Substring) -> UInt64? {
    line.firstRange(of: text).flatMap { UInt64(line[$0.upperBound...].prefix { $0.isNumber }) }
  }
}
