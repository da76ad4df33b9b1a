/// The control groups with limits of their own: each is out of memory if it will be at its limit before a signal is out,
/// if it runs into it while nothing is left in it to drop, or if it thrashes. A full page cache runs into the limit all the
/// time, and means nothing.
struct GroupRules: BitwiseCopyable {
  /// What is known of one group.
  private struct Track: BitwiseCopyable {
    var number: UInt32 = 0
    var meter = PagingMeter()
    /// Of what cannot be dropped, by counts that were read together.
    var fill = SteppedGrowth()
    /// Of all that is charged, whatever it is: enough to look more often, and to kill nobody for.
    var growth = SteppedGrowth()
    var floor = Streak()
    var thrash = Streak()
    /// The events when headroom was last above the reserve.
    var eventsBefore: UInt64 = 0
    var rest = GroupRest()
    /// What the group had left when it was last looked at.
    var leftBasisPoints: UInt64 = 0
    /// Until when others come first, since nobody is killed in it now,
    var passedUntilNanoseconds: UInt64 = 0
    /// and whether that is since nobody can be: it is not asked about then.
    var isHelpless = false
    /// Whether it was said that nobody can, since it was last not out of memory.
    var isHelplessSaid = false
  }

  /// A group that is out of memory.
  struct Finding: BitwiseCopyable {
    /// Its place among the samples.
    var index: Int
    var group: GroupExplanation

    /// What is short.
    var shortageBytes: UInt64 { group.lineBytes.minus(group.headroomBytes) }
  }

  private var tracks = InlineArray<32, Track>(repeating: Track())
  private var count = 0
  /// How closely groups have to be watched.
  private(set) var urgency = GroupUrgency.calm
  /// How long they may be left alone as far as that goes by what they have left.
  private(set) var waitNanoseconds: UInt64 = .max

  init() {}

  /// Takes the samples of all limited groups, ordered by number. Of those that have used half of what they may, more than
  /// ``PolicyConstants/watchedGroups`` are not looked at, until one has less than half left of what another one has.
  ///
  /// - Returns: the group that is short of most, of those in which somebody may be killed; one that waits for a kill only if
  ///   there is no other.
  mutating func take(
    _ groups: Span<GroupSample>, at nanoseconds: UInt64, swapGainBytes: UInt64, _ settings: PolicySettings
  ) -> Finding? {
    dropMissing(groups)
    urgency = .calm
    waitNanoseconds = .max
    var worst: Finding?
    var isWorstPassed = false
    for index in groups.indices {
      guard groups[index].number != 0, groups[index].limitBytes > 0 else { continue }
      urgency = max(urgency, groups[index].isOutdated ? .alert : .calm)
      guard groups[index].isHalfUsed, let track = track(groups[index]) else {
        waitNanoseconds = min(waitNanoseconds, groups[index].sleptNanoseconds)
        continue
      }
      guard let finding = take(groups[index], track, index, nanoseconds, swapGainBytes, settings) else {
        tracks[track].isHelplessSaid = false
        continue
      }
      let isPassed = tracks[track].passedUntilNanoseconds > nanoseconds
      if isPassed && tracks[track].isHelpless { continue }
      if let worst, isPassed != isWorstPassed ? isPassed : worst.shortageBytes >= finding.shortageBytes { continue }
      worst = finding
      isWorstPassed = isPassed
    }
    return worst
  }

  private mutating func take(
    _ group: GroupSample, _ track: Int, _ index: Int, _ nanoseconds: UInt64, _ swapGainBytes: UInt64,
    _ settings: PolicySettings
  ) -> Finding? {
    let headroom = group.headroomBytes(swapGainBytes: swapGainBytes)
    let reserve = group.reserveBytes
    let isLow = headroom < reserve
    tracks[track].leftBasisPoints = group.leftBasisPoints
    if !isLow { tracks[track].eventsBefore = group.limitEvents }
    let used = group.limitBytes.minus(group.headroomBytes(swapGainBytes: .max))
    tracks[track].fill.take(used, at: group.readNanoseconds)
    tracks[track].growth.take(group.latestBytes, at: nanoseconds)
    tracks[track].meter.take(PagingMeter.Reading(group))
    let low = tracks[track].floor.take(isLow, at: nanoseconds)
    let meter = tracks[track].meter
    let refaults = meter.refaultBasisPoints(
      fileBytes: group.inactiveFileBytes.plus(group.activeFileBytes), anonymousBytes: group.anonymousBytes,
      sizeBytes: group.limitBytes)
    let isFull = group.unusedBytes < group.capBytes
    let thrashes = isFull && meter.thrashes(refaults, settings.profile)
    let thrash = tracks[track].thrash.take(
      thrashes, goesOn: isFull && meter.goesOnThrashing(refaults, settings.profile), at: nanoseconds)

    let fill = tracks[track].fill
    let line = group.lineBytes(fill, settings)
    if tracks[track].rest.take(group, at: nanoseconds) {
      waitNanoseconds = min(waitNanoseconds, PolicyConstants.groupRestingWaitNanoseconds)
    } else {
      waitNanoseconds = min(waitNanoseconds, group.sleptNanoseconds)
      urgency = max(urgency, group.urgency(lineBytes: line, growthBytesPerSecond: tracks[track].growth.bytesPerSecond))
    }
    var finding = Finding(index: index, group: GroupExplanation(group))
    finding.group.headroomBytes = headroom
    finding.group.lineBytes = reserve
    finding.group.fillBytesPerSecond = fill.bytesPerSecond
    // What came back since the counts were read together is not in them.
    if group.currentBytes.minus(group.latestBytes) > reserve { return nil }
    if let low, low >= PolicyConstants.confirmNanoseconds, group.limitEvents > tracks[track].eventsBefore {
      return finding
    }
    if settings.deadlineRule, fill.goesOn, headroom < line {
      finding.group.lineBytes = line
      return finding
    }
    guard settings.thrashRule, thrashes, let thrash, thrash >= PolicyConstants.thrashNanoseconds(settings.profile)
    else { return nil }
    finding.group.isThrash = true
    return finding
  }

  /// How what cannot be dropped in a group has grown; `nil` for one that was not watched.
  func fill(of group: GroupSample) -> SteppedGrowth? {
    for index in 0..<count where tracks[index].number == group.number { return tracks[index].fill }
    return nil
  }

  /// Lets others come first for a while, since nobody is killed in a group now.
  ///
  /// - Parameter isHelpless: whether nobody can be, so that it is not asked about meanwhile.
  mutating func passOver(_ number: UInt32, until nanoseconds: UInt64, isHelpless: Bool) {
    for index in 0..<count where tracks[index].number == number {
      tracks[index].passedUntilNanoseconds = nanoseconds
      tracks[index].isHelpless = isHelpless
    }
  }

  /// Whether it is to be said that nobody can be killed in a group: once for each shortage.
  mutating func saysHelpless(_ number: UInt32) -> Bool {
    for index in 0..<count where tracks[index].number == number && !tracks[index].isHelplessSaid {
      tracks[index].isHelplessSaid = true
      return true
    }
    return false
  }

  /// What was measured of a group counts no more: something died there.
  mutating func reset(_ number: UInt32) {
    for index in 0..<count where tracks[index].number == number {
      tracks[index].floor.reset()
      tracks[index].thrash.reset()
      tracks[index].fill = SteppedGrowth()
    }
  }

  private mutating func track(_ group: GroupSample) -> Int? {
    for index in 0..<count where tracks[index].number == group.number { return index }
    guard let free = freeTrack(group) else { return nil }
    tracks[free] = Track()
    tracks[free].number = group.number
    tracks[free].eventsBefore = group.limitEvents
    return free
  }

  /// A place for one more group: where there is none, that of the one which has most left.
  private mutating func freeTrack(_ group: GroupSample) -> Int? {
    if count < tracks.count {
      count += 1
      return count - 1
    }
    var roomiest = 0
    for index in 1..<count where tracks[index].leftBasisPoints > tracks[roomiest].leftBasisPoints { roomiest = index }
    // A new one has no history, so two that have about the same must not take turns.
    return group.leftBasisPoints < tracks[roomiest].leftBasisPoints / 2 ? roomiest : nil
  }

  private mutating func dropMissing(_ groups: Span<GroupSample>) {
    var index = 0
    while index < count {
      if groups.group(tracks[index].number)?.isHalfUsed != true {
        count -= 1
        tracks[index] = tracks[count]
      } else {
        index += 1
      }
    }
  }
}

extension GroupExplanation {
  /// What a sample says by itself.
  init(_ sample: GroupSample) {
    number = sample.number
    limitBytes = sample.limitBytes
  }
}
