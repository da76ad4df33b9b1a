/// The most that a victim grew by within the last second. Fill and growth are measured at different moments: what a
/// process filled that has just stopped would else be taken for the fill of others, against which its death is no help.
struct VictimGrowth: BitwiseCopyable {
  private var victim = ProcessIdentity()
  private var bytesPerSecond: UInt64 = 0
  private var nanoseconds: UInt64 = 0

  init() {}

  /// Takes the growth of who would die now.
  ///
  /// - Returns: the most that this one grew by.
  mutating func take(_ growth: UInt64, of identity: ProcessIdentity, at now: UInt64) -> UInt64 {
    let isOld = now.minus(nanoseconds) > PolicyConstants.meterNanoseconds
    if identity != victim || isOld || growth >= bytesPerSecond {
      victim = identity
      bytesPerSecond = growth
      nanoseconds = now
    }
    return bytesPerSecond
  }
}
