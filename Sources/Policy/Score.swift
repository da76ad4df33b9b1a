import ScytheLinux

/// What scores depend on besides the process.
struct ScoreContext: BitwiseCopyable {
  /// What `oom_score_adj` is a share of: memory and swap.
  let scaleBytes: UInt64
  /// The least that a victim returns.
  let leastBytes: UInt64
  /// Whether swap is in memory, all of it.
  let swapIsMemory: Bool
  /// Whether a positive `oom_score_adj` is bounded.
  let boundsAdjustment: Bool
  /// What started later than this, in clock ticks since boot, is too young to be known as still.
  let youthTicks: UInt64
  /// The group that a victim must be in; 0 for any.
  let group: UInt32
  /// All the anonymous memory that there is, in swap and out of it: several processes together return no more, though each
  /// of a family counts what it shares with the others since it was forked.
  let heldBytes: UInt64

  /// The context of the whole machine, or the container.
  init(_ sample: SystemSample, _ settings: PolicySettings) {
    self.init(
      sample, settings, group: 0, scaleBytes: sample.sizeBytes.plus(sample.memory.swapTotalBytes),
      heldBytes: (sample.container?.anonymousBytes ?? sample.kinds.anonymousBytes).plus(
        sample.memory.swapTotalBytes.minus(sample.memory.swapFreeBytes)),
      leastBytes: ScoreContext.leastVictimBytes(of: sample.sizeBytes))
  }

  /// The context of a control group that is out of memory.
  init(_ sample: SystemSample, _ settings: PolicySettings, _ group: GroupSample) {
    self.init(
      sample, settings, group: group.number, scaleBytes: group.limitBytes.plus(group.swapLeftBytes),
      heldBytes: group.anonymousBytes.plus(sample.memory.swapTotalBytes.minus(sample.memory.swapFreeBytes)),
      leastBytes: min(group.reserveBytes, ScoreContext.leastVictimBytes(of: sample.sizeBytes)))
  }

  private init(
    _ sample: SystemSample, _ settings: PolicySettings, group: UInt32, scaleBytes: UInt64, heldBytes: UInt64,
    leastBytes: UInt64
  ) {
    self.heldBytes = heldBytes
    self.scaleBytes = scaleBytes
    self.leastBytes = leastBytes
    self.group = group
    youthTicks = settings.ticks(sample.bootNanoseconds.minus(PolicyConstants.stillYouthNanoseconds))
    swapIsMemory = sample.swap.isAllZram
    boundsAdjustment = settings.profile == .desktop || settings.profile == .build
  }

  /// The least that a victim on a machine of a size returns.
  static func leastVictimBytes(of size: UInt64) -> UInt64 {
    max(size / PolicyConstants.leastVictimShare, PolicyConstants.leastVictimBytes)
  }
}

extension ScoreExplanation {
  /// The points of a process, whether it can be chosen or not; its standing says what it is of itself.
  init(_ row: Candidate, _ context: ScoreContext) {
    // No size is above 2^32 KiB, so nothing here comes near the end of 63 bits: what the death returns is below 2^34, a
    // rule's share of it below 2^38, a hundred times that below 2^45, and the scale at most 2^54, a thousandth of which
    // is taken at most 1,000 times.
    anonymousPoints = Int64(row.anonymousBytes >> 10)
    let swap = Int64(row.swapBytes >> 10)
    swapPoints = context.swapIsMemory ? swap : swap / PolicyConstants.diskSwapShare
    sharedPoints = Int64(row.sharedBytes >> 10) / PolicyConstants.sharedShare
    let returned = anonymousPoints + swapPoints + sharedPoints

    let adjustment = Int64(max(-1000, min(1000, row.scoreAdjustment)))
    adjustmentPoints = Int64(context.scaleBytes >> 10) / 1000 * adjustment
    if context.boundsAdjustment {
      adjustmentPoints = min(adjustmentPoints, returned / PolicyConstants.boundedAdjustmentShare)
    }
    let weights = PolicyConstants.ruleWeights
    let weight = Int64(max(weights.lowerBound, min(weights.upperBound, row.ruleWeightPercent)))
    rulePoints = returned * weight / 100
    // Where a rule speaks of a process, the default holds its tongue.
    if weight == 0 { classPoints = returned * row.classes.weightPercent / 100 }
    let weighed = returned + rulePoints + classPoints
    if row.startTicks < context.youthTicks {
      stillPoints = weighed * row.stillPercent(of: returned) / 100 * PolicyConstants.stillPercent / 100
    }
    totalPoints = weighed + adjustmentPoints + stillPoints
    standing = Standing(of: row, leastBytes: context.leastBytes)
  }
}

extension ProcessClasses {
  /// What is avoided for one reason is so for all: a group that offers itself may have a login session in it.
  fileprivate var weightPercent: Int64 {
    if intersects(.avoided) { return PolicyConstants.avoidedPercent }
    return contains(.groupPreferred) ? PolicyConstants.preferredPercent : 0
  }
}

extension Candidate {
  /// How much of what its death returns, in KiB, was there already some time ago, going by how fast it grows.
  fileprivate func stillPercent(of returned: Int64) -> Int64 {
    guard returned > 0 else { return 0 }
    let grown = min(returned, Int64(growthBytesPerSecond >> 10) * PolicyConstants.stillSeconds)
    return (returned - grown) * 100 / returned
  }

  /// Whether nothing forbids its death, whatever else there is.
  public var mayBeKilled: Bool { Standing.untouchable(self) == nil && !classes.contains(.notPermitted) }
}

extension Standing {
  /// The standing of a process by itself: what else there is, the kills before and the group that is short, is not known
  /// here.
  init(of row: Candidate, leastBytes: UInt64) {
    if let reason = Standing.untouchable(row) {
      self = reason
    } else if row.classes.contains(.notPermitted) {
      self = .notPermitted
    } else if row.classes.intersects(.dying | .kernelVictim) {
      self = .dying
    } else {
      self = row.releasableBytes < leastBytes ? .tooSmall : .candidate
    }
  }

  /// Why a process is never killed, whatever the need; `nil` if it may be.
  static func untouchable(_ row: Candidate) -> Standing? {
    if row.pid.rawValue <= 1 { return .initProcess }
    if row.classes.contains(.kernelThread) { return .kernelThread }
    if row.classes.contains(.scythe) { return .scythe }
    if row.scoreAdjustment <= -1000 { return .adjustedOut }
    if row.classes.contains(.ruledOut) { return .ruledOut }
    // A rule of the configuration is about this very killer, and stands above the mark for all of them.
    if row.classes.contains(.groupOmitted), row.ruleWeightPercent == 0 { return .groupOmitted }
    if row.classes.contains(.sharesWithUntouchable) { return .sharesWithUntouchable }
    return nil
  }
}

extension Victim {
  /// Whether a process dies with this victim. What may never be killed does not, whatever unit it is in.
  ///
  /// The daemon asks for every row of the table, and kills those of which it is true.
  public func includes(_ row: Candidate) -> Bool {
    if row.pid == pid, row.startTicks == startTicks { return true }
    guard row.mayBeKilled else { return false }
    return scope.reaches(row, group: group, userID: userID, unit: unit, name: name)
  }
}

extension VictimScope {
  /// Whether it is a fork bomb.
  var isKin: Bool {
    if case .kin = self { return true }
    return false
  }

  /// Whether it takes a process besides the one that it is about, of which the rest is said.
  func reaches(_ row: Candidate, group: UInt32, userID: UInt32, unit: UInt32, name: ProcessName) -> Bool {
    switch self {
    case .process: false
    case .group: row.group == group && group != 0
    case .kin(let since):
      row.startTicks >= since && row.userID == userID && row.unit == unit && row.name == name
    }
  }
}
