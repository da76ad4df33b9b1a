extension LineExplanation {
  /// The lines that depend on nothing but the size of the memory.
  init(sizeBytes: UInt64) {
    let least = min(PolicyConstants.leastReserveBytes, sizeBytes / PolicyConstants.leastReserveShare)
    reserveBytes = min(max(sizeBytes / PolicyConstants.reserveShare, least), PolicyConstants.mostReserveBytes)
    emergencyBytes = reserveBytes / PolicyConstants.emergencyShare
    capBytes = min(
      max(sizeBytes / PolicyConstants.capShare, PolicyConstants.leastCapBytes),
      sizeBytes / PolicyConstants.mostCapShare)
    totalBytes = min(reserveBytes, capBytes)
  }

  /// Puts the deadline in: what is filled before the processes are looked at and the signal is out, and what others fill
  /// while the memory comes back.
  ///
  /// - Parameters:
  ///   - fill: F, in bytes per second.
  ///   - victimGrowth: what the victim has of that.
  ///   - victimBytes: V.
  mutating func setDeadline(fill: UInt64, victimGrowth: UInt64, victimBytes: UInt64, _ settings: PolicySettings) {
    fillBytesPerSecond = fill
    otherFillBytesPerSecond = fill.minus(victimGrowth)
    latencyBytes = fill.over(nanoseconds: settings.latencyNanoseconds.plus(settings.lookNanoseconds))
    releaseBytes = otherFillBytesPerSecond.minus(settings.releaseBytesPerSecond)
      .scaled(by: victimBytes, over: settings.releaseBytesPerSecond)
    totalBytes = min(latencyBytes.plus(releaseBytes).plus(reserveBytes), capBytes)
  }
}
