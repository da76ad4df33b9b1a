import Scythe

/// Quantities as people write and read them.
enum Quantity {
  /// A length of time: `500ms`, `3s`, `1.5s`, `2m`, `7d`, or a plain number of seconds.
  ///
  /// - Returns: nanoseconds; `nil` if it is none, is negative, or is longer than so many days.
  static func nanoseconds(_ text: String, mostDays: Int = 1) -> Int64? {
    let units: [(suffix: String, nanoseconds: Double)] = [
      ("ms", 1e6), ("us", 1e3), ("ns", 1), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
      ("d", 86_400e9),
    ]
    var number = Substring(text)
    var scale = 1e9
    if let unit = units.first(where: { text.hasSuffix($0.suffix) }) {
      number = text.dropLast(unit.suffix.count)
      scale = unit.nanoseconds
    }
    guard let value = decimal(number), value * scale <= 86_400e9 * Double(mostDays) else { return nil }
    return Int64(value * scale)
  }

  /// A number of bytes: `4096`, `512K`, `256M`, `1.5G`, `2GiB`; units are binary.
  ///
  /// - Returns: `nil` if it is none, or does not fit 64 bits.
  static func byteCount(_ text: String) -> UInt64? {
    var number = text.uppercased()[...]
    for ending in ["IB", "B"] where number.hasSuffix(ending) {
      number = number.dropLast(ending.count)
      break
    }
    let units: [Character: Double] = ["K": 1024, "M": 1_048_576, "G": 1_073_741_824, "T": 1_099_511_627_776]
    var scale = 1.0
    if let last = number.last, let unit = units[last] {
      scale = unit
      number = number.dropLast()
    }
    guard let value = decimal(number), value * scale < 18_446_744_073_709_549_568 else { return nil }
    return UInt64(value * scale)
  }

  /// A plain decimal number: Double would also take `inf`, `nan` and hexadecimal.
  private static func decimal(_ text: Substring) -> Double? {
    guard !text.isEmpty, text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }) else { return nil }
    return Double(text)
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
    return "\(oneDecimal(value)) \(units[unit])"
  }

  /// Nanoseconds as milliseconds with one decimal: `43.1 ms`.
  static func milliseconds(_ nanoseconds: Int64) -> String { "\(oneDecimal(Double(nanoseconds) / 1e6)) ms" }

  /// Nanoseconds as seconds with one decimal: `2.0 s`.
  static func seconds(_ nanoseconds: Int64) -> String { "\(oneDecimal(Double(nanoseconds) / 1e9)) s" }

  private static func oneDecimal(_ value: Double) -> String {
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
