extension GroupSample {
  /// What is never handed out in the group.
  var reserveBytes: UInt64 {
    let reserve = max(limitBytes / PolicyConstants.groupReserveShare, PolicyConstants.leastGroupReserveBytes)
    return min(min(reserve, PolicyConstants.mostReserveBytes), limitBytes / (2 * PolicyConstants.mostCapShare))
  }
}

/// The control groups with limits of their own: each is out of memory if it runs into its limit while nothing is left in it
/// to drop, or if it thrashes. A full page cache runs into the limit all the time, and means nothing.
struct GroupRules: BitwiseCopyable {
  /// What is known of one group.
  private struct Track: BitwiseCopyable {
    var number: UInt32 = 0
    var meter = PagingMeter()
    var floor = Streak()
    var thrash = Streak()
    /// The events when headroom was last above the reserve.
    var eventsBefore: UInt64 = 0
  }

  /// A group that is out of memory.
  struct Finding: BitwiseCopyable {
    /// Its place among the samples.
    var index: Int
    var headroomBytes: UInt64
    var reserveBytes: UInt64
    /// Whether it is known by pressure, with headroom left.
    var isThrash: Bool
  }

  private var tracks = InlineArray<32, Track>(repeating: Track())
  private var count = 0

  init() {}

  /// Takes the samples of all limited groups; more than ``PolicyConstants/watchedGroups`` are not looked at.
  ///
  /// - Returns: the group that is short of most.
  mutating func take(
    _ groups: Span<GroupSample>, at nanoseconds: UInt64, swapGainBytes: UInt64, _ settings: PolicySettings
  ) -> Finding? {
    dropMissing(groups)
    var worst: Finding?
    for index in groups.indices {
      guard groups[index].number != 0, groups[index].limitBytes > 0, let track = track(groups[index]) else { continue }
      guard let finding = take(groups[index], track, index, nanoseconds, swapGainBytes, settings) else { continue }
      if let worst, worst.shortageBytes >= finding.shortageBytes { continue }
      worst = finding
    }
    return worst
  }

  private mutating func take(
    _ group: GroupSample, _ track: Int, _ index: Int, _ nanoseconds: UInt64, _ swapGainBytes: UInt64,
    _ settings: PolicySettings
  ) -> Finding? {
    let headroom = group.headroomBytes(swapGainBytes: swapGainBytes)
    let isLow = headroom < group.reserveBytes
    if !isLow { tracks[track].eventsBefore = group.limitEvents }
    tracks[track].meter.take(PagingMeter.Reading(group, at: nanoseconds))
    let low = tracks[track].floor.take(isLow, at: nanoseconds)
    let meter = tracks[track].meter
    let refaults = meter.refaultBasisPoints(
      fileBytes: group.inactiveFileBytes.plus(group.activeFileBytes), anonymousBytes: group.anonymousBytes,
      sizeBytes: group.limitBytes)
    let thrash = tracks[track].thrash.take(
      meter.fullBasisPoints >= PolicyConstants.thrashFullBasisPoints(settings.profile)
        && refaults >= PolicyConstants.thrashRefaultBasisPoints, at: nanoseconds)

    var finding = Finding(
      index: index, headroomBytes: headroom, reserveBytes: group.reserveBytes, isThrash: false)
    if let low, low >= PolicyConstants.confirmNanoseconds, group.limitEvents > tracks[track].eventsBefore {
      return finding
    }
    guard let thrash, thrash >= PolicyConstants.thrashNanoseconds(settings.profile) else { return nil }
    finding.isThrash = true
    return finding
  }

  /// What was measured of a group counts no more: something died there.
  mutating func reset(_ number: UInt32) {
    for index in 0..<count where tracks[index].number == number {
      tracks[index].floor.reset()
      tracks[index].thrash.reset()
    }
  }

  private mutating func track(_ group: GroupSample) -> Int? {
    for index in 0..<count where tracks[index].number == group.number { return index }
    guard count < tracks.count else { return nil }
    tracks[count] = Track()
    tracks[count].number = group.number
    tracks[count].eventsBefore = group.limitEvents
    count += 1
    return count - 1
  }

  private mutating func dropMissing(_ groups: Span<GroupSample>) {
    var index = 0
    while index < count {
      if groups.group(tracks[index].number) == nil {
        count -= 1
        tracks[index] = tracks[count]
      } else {
        index += 1
      }
    }
  }
}

extension GroupRules.Finding {
  /// What is short.
  var shortageBytes: UInt64 { reserveBytes.minus(headroomBytes) }
}
