/// What `scythe kill` printed, as a line for a table. Read by hand, because a guest has no Foundation.
public enum KillAnswer {
  /// The fate of each victim and the bytes of all of them, from a report in JSON; else the last line, which says why
  /// nobody was signalled.
  ///
  /// - Parameter output: all that it printed.
  /// - Returns: `nil` if it said nothing.
  public static func line(_ output: String) -> String? {
    guard let last = output.split(separator: "\n").last else { return nil }
    guard last.hasPrefix("{"), last.hasSuffix("}"), let back = number("bytesBack", in: last),
      let left = number("bytesLeft", in: last)
    else { return String(last) }
    let fates = words("fate", in: last)
    guard !fates.isEmpty else { return String(last) }
    return "\(fates.joined(separator: ", ")); \(back) bytes back, \(left) left"
  }

  /// The first number of a key: the report's own keys come before those of its victims.
  private static func number(_ key: String, in json: Substring) -> UInt64? {
    guard let place = json.firstRange(of: "\"\(key)\":") else { return nil }
    return UInt64(json[place.upperBound...].prefix { $0.isNumber })
  }

  /// Every word of a key. What a process is called cannot pass for one: its quotes are escaped.
  private static func words(_ key: String, in json: Substring) -> [String] {
    json.ranges(of: "\"\(key)\":\"").map { String(json[$0.upperBound...].prefix { $0 != "\"" }) }
  }
}
