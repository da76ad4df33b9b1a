import ScytheLinux

/// For how long a condition has held, by the samples.
struct Streak: BitwiseCopyable {
  private var start: UInt64?

  /// Takes whether the condition holds now.
  ///
  /// - Returns: for how long it has, in nanoseconds; 0 at its first sample, `nil` if it does not hold.
  mutating func take(_ holds: Bool, at nanoseconds: UInt64) -> UInt64? {
    guard holds else {
      start = nil
      return nil
    }
    if let start { return nanoseconds.minus(start) }
    start = nanoseconds
    return 0
  }

  /// Begins anew.
  mutating func reset() { start = nil }
}

/// The two rules that need no low headroom: the machine reads again what it dropped, or everything waits.
struct PressureRules: BitwiseCopyable {
  private var thrash = Streak()
  private var stall = Streak()

  init() {}

  /// Takes what was measured.
  ///
  /// - Returns: the rule that asks for a kill.
  mutating func take(
    _ meter: PagingMeter, _ sample: SystemSample, memoryBytes: UInt64, capBytes: UInt64, _ settings: PolicySettings,
    _ explanation: inout PressureExplanation
  ) -> Rule? {
    explanation.fullBasisPoints = meter.fullBasisPoints
    let container = sample.container
    explanation.refaultBasisPoints = meter.refaultBasisPoints(
      fileBytes: container.map { $0.inactiveFileBytes.plus($0.activeFileBytes) }
        ?? sample.memory.inactiveFileBytes.plus(sample.kinds.activeFileBytes),
      anonymousBytes: container?.anonymousBytes ?? sample.kinds.anonymousBytes, sizeBytes: sample.sizeBytes)

    let thrashes =
      meter.fullBasisPoints >= PolicyConstants.thrashFullBasisPoints(settings.profile)
      && explanation.refaultBasisPoints >= PolicyConstants.thrashRefaultBasisPoints
    // Full stalls alone may be those of a slow disk: only where memory without swap is nearly gone are they its own.
    let stalls = meter.fullBasisPoints >= PolicyConstants.stallFullBasisPoints && memoryBytes < capBytes
    let thrashTime = thrash.take(thrashes, at: sample.monotonicNanoseconds)
    let stallTime = stall.take(stalls, at: sample.monotonicNanoseconds)
    explanation.thrashNanoseconds = thrashTime ?? 0
    explanation.stallNanoseconds = stallTime ?? 0

    let patience = PolicyConstants.thrashNanoseconds(settings.profile)
    if settings.thrashRule, let thrashTime, thrashTime >= patience { return .thrash }
    if settings.stallRule, let stallTime, stallTime >= patience.times(PolicyConstants.stallPatience) { return .stall }
    return nil
  }

  /// Begins anew: after a kill, and when time jumped.
  mutating func reset() { self = PressureRules() }
}
