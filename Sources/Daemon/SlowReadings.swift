public import ScytheLinux
public import ScythePolicy

/// What of a sample may take a while to read, because the kernel sums it up or takes a lock for it: it is read beside the
/// loop, and may be some hundred milliseconds old.
@frozen public struct SlowReadings: Sendable, BitwiseCopyable {
  /// When they were made, by the monotonic clock.
  public var readNanoseconds: UInt64 = 0
  /// The stall totals of the machine; `nil` without PSI.
  public var pressure: PressureTotals?
  /// All swap.
  public var swap = SwapInformation()
  /// All zram devices.
  public var zram = ZramInformation()
  /// The control group that limits the daemon.
  public var container: GroupSample?

  /// Makes readings of nothing.
  public init() {}
}
