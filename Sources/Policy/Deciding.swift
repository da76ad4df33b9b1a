import ScytheLinux

extension PolicyState {
  /// One decision: measure, let the rules ask, hold back what must not be, act.
  mutating func decide(
    _ sample: SystemSample, _ candidates: Span<Candidate>, _ groups: Span<GroupSample>, _ settings: PolicySettings
  ) -> Decision {
    var decision = Decision()
    takeTime(sample, &decision)
    let now = sample.monotonicNanoseconds
    measure(sample, &decision)
    settleExpired(at: now)
    decision.creditBytes = credits.promisedBytes(headroomBytes: decision.headroom.totalBytes)

    let situation = look(sample, candidates, groups, settings, &decision)
    decision.victim = situation.victim
    if followPoliteSignal(at: now, &decision) || releaseKernelVictim(candidates, at: now, settings, &decision) {
      decision.lookAgainAtNanoseconds = nextLook(decision, sample, settings)
      return decision
    }
    let (demand, restrained) = demand(situation, decision, sample, groups, settings)
    if let demand {
      decision.rule = demand.rule
      if demand.group != 0 { decision.group = situation.group?.group }
      act(on: demand, sample, candidates, groups, settings, &decision)
      if demand.group != 0, decision.restraint == .noVictim || decision.restraint == .unitPaused {
        groupRules.passOver(
          demand.group, until: now.plus(PolicyConstants.groupPassedNanoseconds), isHelpless: true)
      }
    } else if let restrained {
      decision.rule = restrained.rule
      decision.restraint = .credit
      if restrained.group != 0 {
        groupRules.passOver(
          restrained.group, until: now.plus(PolicyConstants.groupPassedNanoseconds), isHelpless: false)
      }
    } else {
      decision.restraint = situation.floorNanoseconds != nil && settings.floorRule ? .unconfirmed : .enough
    }
    decision.lookAgainAtNanoseconds = nextLook(decision, sample, settings)
    return decision
  }

  private mutating func takeTime(_ sample: SystemSample, _ decision: inout Decision) {
    switch clock.take(sample) {
    case .steady: break
    case .jumped:
      forgetMeasurements()
      decision.event = .timeJumped
    case .restarted:
      restart()
      decision.event = .timeJumped
    }
  }

  /// Begins anew, but for the clock. By itself, since a fresh state is 12 KiB on the stack of whoever makes one.
  @inline(never) private mutating func restart() {
    let clock = clock
    self = PolicyState()
    self.clock = clock
  }

  private mutating func measure(_ sample: SystemSample, _ decision: inout Decision) {
    paging.take(PagingMeter.Reading(sample))
    fill.take(levelBytes: sample.levelBytes, at: sample.monotonicNanoseconds)
    steadyFill.take(levelBytes: sample.levelBytes, at: sample.monotonicNanoseconds)
    // From any number that no level reaches.
    growthOfUse.take(UInt64.max.minus(sample.levelBytes), at: sample.monotonicNanoseconds)
    let pace = SwapPace(
      fullBasisPoints: paging.fullBasisPoints, swapOutBytesPerSecond: paging.swapOutBytesPerSecond)
    decision.headroom = HeadroomExplanation(sample, pace)
    decision.line = LineExplanation(sizeBytes: sample.sizeBytes)
    lastHeadroomBytes = decision.headroom.totalBytes
    if sample.perCPUListsAreRead { lastCloseLookNanoseconds = sample.monotonicNanoseconds }
    credits.observe(headroomBytes: lastHeadroomBytes)
    // Swap may leave much headroom where everybody waits for it.
    let isCalm =
      lastHeadroomBytes >= decision.line.capBytes.times(PolicyConstants.calmCaps)
      && paging.fullBasisPoints < PolicyConstants.pressedFullBasisPoints
    loss.take(sample, isCalm: isCalm)
  }

  /// Asks all rules, and who would die where that could matter soon.
  private mutating func look(
    _ sample: SystemSample, _ candidates: Span<Candidate>, _ groups: Span<GroupSample>, _ settings: PolicySettings,
    _ decision: inout Decision
  ) -> Situation {
    let headroom = decision.headroom
    let now = sample.monotonicNanoseconds
    var situation = Situation()
    situation.floorNanoseconds = floor.take(headroom.totalBytes < decision.line.reserveBytes, at: now)
    situation.pressureRule = pressure.take(
      paging, sample, unusedBytes: min(headroom.unusedBytes, sample.container?.unusedBytes ?? .max),
      memoryBytes: min(headroom.memoryBytes, headroom.containerBytes ?? .max),
      gainBytes: HeadroomExplanation.swapGain(sample), line: decision.line, settings, &decision.pressure)
    situation.group = groupRules.take(
      groups, at: now, swapGainBytes: headroom.zramBytes.plus(headroom.diskSwapBytes), settings)
    decision.groupUrgency = groupRules.urgency

    // The deadline is never above the cap; twice that, so that the line is known before it is reached.
    if headroom.totalBytes < decision.line.capBytes.times(2) || situation.pressureRule != nil {
      situation.victim = VictimSearch(ScoreContext(sample, settings), sample, settings)
        .find(candidates, groups, credits, spent)
    }
    let victimGrowth = situation.victim.map {
      growth.take($0.growthBytesPerSecond(candidates), of: $0.identity, at: now)
    }
    decision.line.setDeadline(
      fill: max(fill.bytesPerSecond, steadyFill.bytesPerSecond), victimGrowth: victimGrowth ?? 0,
      victimBytes: situation.victim?.expectedBytes ?? 0, settings)
    let isOver =
      headroom.totalBytes >= min(decision.line.capBytes, decision.line.totalBytes.times(2))
      && paging.fullBasisPoints < PolicyConstants.thrashFullBasisPoints(settings.profile)
    if isOver {
      if credits.count == 0 { futility.reset() }
      noVictimIsSaid = false
    }
    return situation
  }

  /// The kernel's own victims are dying already, and wait for nothing but a release.
  private mutating func releaseKernelVictim(
    _ candidates: Span<Candidate>, at nanoseconds: UInt64, _ settings: PolicySettings, _ decision: inout Decision
  ) -> Bool {
    // While nobody is free to release them they do not keep the rules from being asked.
    if settings.isOccupied || credits.isFull { return false }
    for index in candidates.indices where candidates[index].classes.contains(.kernelVictim) {
      let row = candidates[index]
      guard !credits.take(row), !spent.contain(row), !row.classes.contains(.notPermitted),
        Standing.untouchable(row) == nil
      else { continue }
      openUnjudged(row, at: nanoseconds)
      var victim = Victim(row, at: index, ScoreExplanation())
      victim.score.standing = .dying
      victim.expectedBytes = row.releasableBytes
      decision.action = .releaseKernelVictim
      decision.rule = .kernel
      decision.victim = victim
      return true
    }
    return false
  }

  /// SIGKILL for a victim that was asked to end and did not, or not soon enough.
  private mutating func followPoliteSignal(at nanoseconds: UInt64, _ decision: inout Decision) -> Bool {
    guard let polite,
      polite.isOver(
        at: nanoseconds, headroomBytes: decision.headroom.totalBytes, emergencyBytes: decision.line.emergencyBytes)
    else { return false }
    self.polite = nil
    lastKillNanoseconds = nanoseconds
    if let index = credits.index(of: polite.victim.identity) {
      credits.setExpiry(nanoseconds.plus(Credits.lifetime(of: polite.victim.expectedBytes)), at: index)
      credits.setDecided(nanoseconds, at: index)
    }
    decision.action = .kill
    decision.rule = polite.rule
    decision.victim = polite.victim
    return true
  }
}
