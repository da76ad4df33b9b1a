import Scythe

/// Quantities as people write and read them.
enum Quantity {
  /// A length of time: `500ms`, `3s`, `1.5s`, `2m`, or a plain number of seconds.
  ///
  /// - Returns: nanoseconds; `nil` if it is none, is negative, or is longer than a day.
  static func nanoseconds(_ text: String) -> Int64? {
    let units: [(suffix: String, nanoseconds: Double)] = [
      ("ms", 1e6), ("us", 1e3), ("ns", 1), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]
    var number = Substring(text)
    var scale = 1e9
    if let unit = units.first(where: { text.hasSuffix($0.suffix) }) {
      number = text.dropLast(unit.suffix.count)
      scale = unit.nanoseconds
    }
    // Double would also take `inf`, `nan` and hexadecimal.
    guard !number.isEmpty, number.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
      let value = Double(number), value * scale <= 86_400e9
    else { return nil }
    return Int64(value * scale)
  }

  /// Bytes with a binary unit and one decimal: `512.0 MiB`.
  static func bytes(_ count: UInt64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    if count < 1024 { return "\(count) B" }
    var value = Double(count) / 1024
    var unit = 0
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    return "\(decimal(value)) \(units[unit])"
  }

  /// Nanoseconds as milliseconds with one decimal: `43.1 ms`.
  static func milliseconds(_ nanoseconds: Int64) -> String { "\(decimal(Double(nanoseconds) / 1e6)) ms" }

  /// Nanoseconds as seconds with one decimal: `2.0 s`.
  static func seconds(_ nanoseconds: Int64) -> String { "\(decimal(Double(nanoseconds) / 1e9)) s" }

  private static func decimal(_ value: Double) -> String {
    let tenths = Int64((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// A signal by its number or its name, with or without `SIG`.
  static func signal(_ text: String) -> Signal? {
    let names = [
      "HUP": 1, "INT": 2, "QUIT": 3, "ABRT": 6, "KILL": 9, "USR1": 10, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15,
      "CONT": 18, "STOP": 19, "TSTP": 20, "XCPU": 24, "WINCH": 28, "PWR": 30,
    ]
    let upper = text.uppercased()
    let name = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
    if let number = names[name] { return Signal(rawValue: CInt(number)) }
    guard let number = CInt(text), (1...64).contains(number) else { return nil }
    return Signal(rawValue: number)
  }
}
