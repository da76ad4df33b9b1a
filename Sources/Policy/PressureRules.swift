import ScytheLinux

/// For how long a condition has held, by the samples.
struct Streak: BitwiseCopyable {
  private var start: UInt64?

  /// Takes whether the condition holds now.
  ///
  /// - Parameter goesOn: whether it goes on where it has held before: what is measured goes up and down.
  /// - Returns: for how long it has, in nanoseconds; 0 at its first sample, `nil` if it does not hold.
  mutating func take(_ holds: Bool, goesOn: Bool = false, at nanoseconds: UInt64) -> UInt64? {
    guard holds || (goesOn && start != nil) else {
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
  /// - Parameters:
  ///   - unusedBytes: what is used for nothing at all. A machine that reads back what it dropped does not thrash while
  ///     it has room for it: after a kill the survivors do just that.
  ///   - memoryBytes: what is left without any swap.
  ///   - gainBytes: what swap could bring if it kept pace.
  ///   - line: below its cap memory is nearly gone, and below its reserve it is gone.
  /// - Returns: the rule that asks for a kill.
  mutating func take(
    _ meter: PagingMeter, _ sample: SystemSample, unusedBytes: UInt64, memoryBytes: UInt64, gainBytes: UInt64,
    line: LineExplanation, _ settings: PolicySettings, _ explanation: inout PressureExplanation
  ) -> Rule? {
    explanation.fullBasisPoints = meter.fullBasisPoints
    let container = sample.container
    explanation.refaultBasisPoints = meter.refaultBasisPoints(
      fileBytes: container.map { $0.inactiveFileBytes.plus($0.activeFileBytes) }
        ?? sample.memory.inactiveFileBytes.plus(sample.kinds.activeFileBytes),
      anonymousBytes: container?.anonymousBytes ?? sample.kinds.anonymousBytes, sizeBytes: sample.sizeBytes)

    let isFull = unusedBytes < line.capBytes
    let thrashes = isFull && meter.thrashes(explanation.refaultBasisPoints, settings.profile)
    let thrashTime = thrash.take(
      thrashes, goesOn: isFull && meter.goesOnThrashing(explanation.refaultBasisPoints, settings.profile),
      at: sample.monotonicNanoseconds)
    // Full stalls alone may be those of a slow disk: only where memory without swap is nearly gone are they its own.
    let isShort = memoryBytes < line.capBytes
    let full = PolicyConstants.stallFullBasisPoints(settings.profile)
    // With nothing left but zram every allocation waits for a page to be compressed.
    let isOnlyZram = memoryBytes < line.reserveBytes && sample.swap.areas > 0 && sample.swap.isAllZram
    let begin = isOnlyZram ? full / PolicyConstants.onlyZramShare : full
    let stalls = isShort && meter.fullBasisPoints >= begin
    let stallTime = stall.take(
      stalls, goesOn: isShort && meter.fullBasisPoints >= begin / PolicyConstants.goesOnShare,
      at: sample.monotonicNanoseconds)
    explanation.thrashNanoseconds = thrashTime ?? 0
    explanation.stallNanoseconds = stallTime ?? 0

    let patience = PolicyConstants.thrashNanoseconds(settings.profile)
    // Where memory has just come back, what was swapped out returns, and the measure has the stalls of before.
    guard unusedBytes < line.capBytes / PolicyConstants.scarceShare else { return nil }
    // Nobody dies while it goes down.
    if settings.thrashRule, thrashes, let thrashTime, thrashTime >= patience { return .thrash }
    guard settings.stallRule, stalls, let stallTime else { return nil }
    let times: UInt64
    if gainBytes < line.capBytes || (isOnlyZram && meter.fullBasisPoints >= full) {
      times = 1
    } else {
      times = sample.swap.isAllZram ? PolicyConstants.stallPatience : PolicyConstants.diskStallPatience
    }
    return stallTime >= patience.times(times) ? .stall : nil
  }

  /// Begins anew: after a kill, and when time jumped.
  mutating func reset() { self = PressureRules() }
}

extension PagingMeter {
  /// Whether memory does little but read again what it dropped, with this share of refaults.
  func thrashes(_ refaultBasisPoints: UInt64, _ profile: Profile) -> Bool {
    fullBasisPoints >= PolicyConstants.thrashFullBasisPoints(profile)
      && refaultBasisPoints >= PolicyConstants.thrashRefaultBasisPoints
  }

  /// Whether it goes on doing so once it did.
  func goesOnThrashing(_ refaultBasisPoints: UInt64, _ profile: Profile) -> Bool {
    fullBasisPoints >= PolicyConstants.thrashFullBasisPoints(profile) / PolicyConstants.goesOnShare
      && refaultBasisPoints >= PolicyConstants.thrashRefaultBasisPoints / PolicyConstants.goesOnShare
  }
}
