/// The numbers of the policy, each with its unit and its evidence. The property tests name them.
public enum PolicyConstants {
  // MARK: What is assumed until it is measured

  /// Three times the worst wake-up of a real-time thread under load (1.2 ms, footprint measurements of section 3), plus a
  /// scan of cached descriptors over 1,000 processes (2 ms) and a signal (16 us).
  public static var unmeasuredLatencyNanoseconds: UInt64 { 6_000_000 }
  /// A release of 4 KiB pages by one thread frees 12 GiB/s on a quiet machine and a quarter of that on a busy one.
  public static var unmeasuredReleaseBytesPerSecond: UInt64 { 3 << 30 }
  /// What a thread can fill with 4 KiB pages on real hardware: 5 to 10 GB/s.
  public static var unmeasuredFillBytesPerSecond: UInt64 { 10 << 30 }

  // MARK: A polite signal

  /// A grace beyond half a second has cost peers more than it saved; bustd waits as long.
  public static var mostGraceNanoseconds: UInt64 { 500_000_000 }
}
