import Glibc

/// Moments as people write them.
enum WallTime {
  /// In UTC, as programs exchange them: `2026-11-29T00:40:12.123Z`.
  static func utc(_ nanoseconds: Int64) -> String {
    var seconds = seconds(nanoseconds)
    var parts = unsafe tm()
    unsafe gmtime_r(&seconds, &parts)
    let remainder = nanoseconds % 1_000_000_000
    let milliseconds = (remainder < 0 ? remainder + 1_000_000_000 : remainder) / 1_000_000
    return unsafe "\(date(parts))T\(time(parts)).\(padded(Int(milliseconds), 3))Z"
  }

  /// On the clock of this machine: `2026-11-29 00:40:12`.
  static func local(_ nanoseconds: Int64) -> String {
    var seconds = seconds(nanoseconds)
    var parts = unsafe tm()
    unsafe localtime_r(&seconds, &parts)
    return unsafe "\(date(parts)) \(time(parts))"
  }

  /// Rounded down, also before 1970.
  private static func seconds(_ nanoseconds: Int64) -> time_t {
    let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return time_t(remainder < 0 ? quotient - 1 : quotient)
  }

  private static func date(_ parts: tm) -> String {
    unsafe "\(padded(Int(parts.tm_year) + 1900, 4))-\(padded(Int(parts.tm_mon) + 1, 2))-\(padded(Int(parts.tm_mday), 2))"
  }

  private static func time(_ parts: tm) -> String {
    unsafe "\(padded(Int(parts.tm_hour), 2)):\(padded(Int(parts.tm_min), 2)):\(padded(Int(parts.tm_sec), 2))"
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
