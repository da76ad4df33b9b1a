// Where the lines of a limited control group are, and how closely it has to be watched.
extension GroupSample {
  /// What is never handed out in the group.
  var reserveBytes: UInt64 {
    let reserve = max(limitBytes / PolicyConstants.groupReserveShare, PolicyConstants.leastGroupReserveBytes)
    return min(min(reserve, PolicyConstants.mostReserveBytes), limitBytes / (2 * PolicyConstants.mostCapShare))
  }

  /// Where the deadline is: what is filled before a signal is out, with what is filled between two readings, or one more
  /// step.
  func lineBytes(_ fill: SteppedGrowth, _ settings: PolicySettings) -> UInt64 {
    let latency = settings.latencyNanoseconds.plus(settings.lookNanoseconds)
      .plus(PolicyConstants.groupIntervalNanoseconds)
    let soon = max(fill.bytesPerSecond.over(nanoseconds: latency), fill.largestStepBytes)
    return min(soon.plus(reserveBytes), capBytes)
  }

  /// The deadline is never above this.
  var capBytes: UInt64 {
    min(
      max(limitBytes / PolicyConstants.capShare, PolicyConstants.leastGroupCapBytes),
      limitBytes / PolicyConstants.mostCapShare)
  }

  /// Headroom as far as the newest count tells: if that has grown by page cache, it is more.
  private var latestHeadroomBytes: UInt64 {
    var now = self
    now.currentBytes = max(currentBytes, latestBytes)
    return now.headroomBytes(swapGainBytes: .max)
  }

  /// How much of what it may have is left.
  var leftBasisPoints: UInt64 { latestHeadroomBytes.scaled(by: 10_000, over: limitBytes) }

  /// Whether the group may be short before long: only those are measured.
  var isHalfUsed: Bool { limitBytes > 0 && latestHeadroomBytes < limitBytes / 2 }

  /// Whether the group has to be read again: it is half used, or no longer as it was.
  public var wantsReading: Bool { limitBytes > 0 && (isHalfUsed || isOutdated) }

  /// Whether what is charged is no longer what it was when the rest was read.
  var isOutdated: Bool {
    max(latestBytes, currentBytes) - min(latestBytes, currentBytes) > limitBytes / PolicyConstants.outdatedShare
  }

  /// How closely the group has to be watched.
  func urgency(lineBytes line: UInt64, growthBytesPerSecond growth: UInt64) -> GroupUrgency {
    let left = latestHeadroomBytes.minus(line)
    if growth > 0, left.nanoseconds(atPerSecond: growth) < PolicyConstants.groupUrgentNanoseconds { return .urgent }
    if latestHeadroomBytes < line { return limitEvents > 0 ? .urgent : .alert }
    if growth > 0, left.nanoseconds(atPerSecond: growth) < PolicyConstants.groupAlertNanoseconds { return .alert }
    return .calm
  }

  /// How long the group may be left alone: what it has left lasts longer unless it fills as nothing there has so far.
  var sleptNanoseconds: UInt64 {
    max(
      latestHeadroomBytes.scaled(by: PolicyConstants.groupFillNanoseconds, over: limitBytes),
      PolicyConstants.pressedWaitNanoseconds)
  }
}

/// Whether a group is left alone by what is in it, however full it is.
struct GroupRest: BitwiseCopyable {
  private var events: UInt64 = 0
  private var bytes: UInt64 = 0
  private var sinceNanoseconds: UInt64 = 0

  init() {}

  /// Takes what there is now.
  ///
  /// - Returns: whether it has been so for long enough.
  mutating func take(_ group: GroupSample, at nanoseconds: UInt64) -> Bool {
    let moved = max(group.latestBytes, bytes) - min(group.latestBytes, bytes)
    if sinceNanoseconds == 0 || group.limitEvents != events || moved > group.limitBytes / PolicyConstants.groupRestShare
    {
      events = group.limitEvents
      bytes = group.latestBytes
      sinceNanoseconds = nanoseconds
      return false
    }
    return nanoseconds.minus(sinceNanoseconds) >= PolicyConstants.groupRestNanoseconds
  }
}

/// How closely the limited control groups have to be watched.
@frozen public enum GroupUrgency: UInt8, Equatable, Comparable, Sendable, BitwiseCopyable {
  /// None of them will be at its limit soon.
  case calm
  /// One may be within seconds, or is no longer as it was read.
  case alert
  /// One will be within a second.
  case urgent

  /// By how close they have to be watched.
  public static func < (left: GroupUrgency, right: GroupUrgency) -> Bool { left.rawValue < right.rawValue }
}

extension GroupUrgency {
  /// How long until they are to be looked at again; `.max` while calm, where each group has its own time.
  var waitNanoseconds: UInt64 {
    switch self {
    case .calm: .max
    case .alert: PolicyConstants.pressedWaitNanoseconds
    case .urgent: PolicyConstants.groupIntervalNanoseconds
    }
  }
}
