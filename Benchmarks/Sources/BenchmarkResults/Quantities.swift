/// Quantities as tables have them.
public enum Quantity {
  /// Nanoseconds in the unit that suits them, three digits: `63.2 ms`. A slope may be below zero.
  public static func time(_ nanoseconds: Int64) -> String {
    if nanoseconds < 0 { return "-\(time(-nanoseconds))" }
    let value = Double(nanoseconds)
    if value < 1e3 { return "\(nanoseconds) ns" }
    if value < 999.5e3 { return "\(threeDigits(value / 1e3)) us" }
    if value < 999.5e6 { return "\(threeDigits(value / 1e6)) ms" }
    return "\(threeDigits(value / 1e9)) s"
  }

  /// A ratio of a distribution of ratios: `1.05x`.
  public static func ratio(_ parts: Int64) -> String {
    "\(decimal(Double(parts) / Distribution.ratioScale, places: 2))x"
  }

  /// A number of things: `50,612`.
  public static func number(_ value: Int) -> String {
    value < 1000 ? "\(value)" : "\(number(value / 1000)),\(String(1000 + value % 1000).dropFirst())"
  }

  /// Bytes in the unit that suits them, three digits: `1.72 MiB`.
  public static func bytes(_ bytes: Int64) -> String {
    if bytes < 0 { return "-\(self.bytes(-bytes))" }
    let value = Double(bytes)
    if value < 1024 { return "\(bytes) B" }
    if value < 999.5 * 1024 { return "\(threeDigits(value / 1024)) KiB" }
    if value < 999.5 * 1_048_576 { return "\(threeDigits(value / 1_048_576)) MiB" }
    return "\(threeDigits(value / 1_073_741_824)) GiB"
  }

  /// A value of no unit, not below zero, in three digits: `7.52`, `46.1`, `1220`.
  public static func threeDigits(_ value: Double) -> String {
    decimal(value, places: value < 9.995 ? 2 : value < 99.95 ? 1 : 0)
  }

  /// Bytes in whole GiB.
  static func gibibytes(_ bytes: UInt64) -> String { "\((bytes + 1 << 29) >> 30) GiB" }

  private static func decimal(_ value: Double, places: Int) -> String {
    if places == 0 { return "\(Int64(value.rounded()))" }
    let scale: Int64 = places == 1 ? 10 : 100
    let whole = Int64((value * Double(scale)).rounded())
    let fraction = String(whole % scale)
    return "\(whole / scale).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
  }
}
