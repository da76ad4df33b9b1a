extension PolicyState {
  /// Holds back what must not be done, and does the rest.
  mutating func act(
    on demand: Demand, _ sample: SystemSample, _ candidates: Span<Candidate>, _ groups: Span<GroupSample>,
    _ settings: PolicySettings, _ decision: inout Decision
  ) {
    let now = sample.monotonicNanoseconds
    if demand.rule == .emergency, let last = lastKillNanoseconds,
      now.minus(last) < PolicyConstants.emergencyIntervalNanoseconds
    {
      decision.restraint = .tooSoon
      return
    }
    // Somebody dies all the time: who lives beside a fork bomb need not die for it.
    if demand.rule == .emergency, credits.killKin {
      decision.restraint = .credit
      return
    }
    if futility.isReached {
      decision.restraint = .futile
      decision.event = futility.event() ?? decision.event
      return
    }
    // Whoever is chosen now would be killed later, when that may be needed no more.
    if settings.isOccupied {
      decision.restraint = .occupied
      return
    }
    // What follows rests on the candidates and on the per-CPU lists: both as they are now.
    guard sample.perCPUListsAreRead else {
      if let last = lastCloseLookNanoseconds, now.minus(last) < PolicyConstants.confirmNanoseconds {
        decision.restraint = .unconfirmed
      } else {
        decision.action = .lookCloser
      }
      return
    }
    let lost = loss.loss(until: sample)
    let leastBytes = ScoreContext.leastVictimBytes(of: sample.sizeBytes)
    if demand.isOfHeadroom && loss.isUnexplained(lost, leastBytes: leastBytes)
      || demand.isOfPressure && loss.isOfFiles(until: sample, leastBytes: leastBytes)
    {
      decision.restraint = .unexplained
      decision.event = loss.event(lost) ?? decision.event
      return
    }
    if demand.group != 0 {
      decision.victim = groups.group(demand.group).flatMap {
        VictimSearch(ScoreContext(sample, settings, $0), sample, settings).find(candidates, groups, credits, spent)
      }
    }
    guard let victim = decision.victim else {
      decision.restraint = .noVictim
      if saysNoVictim(demand) { decision.event = .noVictim(shortageBytes: demand.shortageBytes) }
      return
    }
    if !demand.isLastResort, now < units.pausedUntil(unit: victim.unit) {
      decision.restraint = .unitPaused
      return
    }
    kill(victim, demand, at: now, settings, &decision)
  }

  /// Whether it is to be said that nobody can be killed: once for each shortage.
  private mutating func saysNoVictim(_ demand: Demand) -> Bool {
    if demand.group != 0 { return groupRules.saysHelpless(demand.group) }
    defer { noVictimIsSaid = true }
    return !noVictimIsSaid
  }

  private mutating func kill(
    _ victim: Victim, _ demand: Demand, at nanoseconds: UInt64, _ settings: PolicySettings, _ decision: inout Decision
  ) {
    let grace = victim.scope == .process ? grace(demand, settings, decision) : 0
    // What a fork bomb holds is shared by its members and comes back with the last of them; kills help all the same.
    let isJudged = !settings.isObserving && !victim.scope.isKin
    open(
      victim, shortageBytes: isJudged ? demand.shortageBytes : nil, isOnlyTold: settings.isObserving,
      graceNanoseconds: grace, at: nanoseconds)
    lastKillNanoseconds = nanoseconds
    pressure.reset()
    if demand.group != 0 { groupRules.reset(demand.group) }
    if !settings.isObserving {
      units.insert(unit: victim.unit, at: nanoseconds)
      decision.event = units.event(unit: victim.unit) ?? decision.event
    }
    guard grace > 0 else {
      decision.action = .kill
      return
    }
    decision.action = .polite(graceNanoseconds: grace)
    polite = PoliteSignal(
      victim: victim, untilNanoseconds: nanoseconds.plus(grace), headroomBytes: decision.headroom.totalBytes,
      rule: demand.rule)
  }

  /// How long a victim may take to end by itself; 0 if there is no time to ask it.
  private func grace(_ demand: Demand, _ settings: PolicySettings, _ decision: Decision) -> UInt64 {
    // A thrash and a full group are no states to wait in; and of two victims only one is asked.
    guard settings.politeSignal, demand.rule == .floor || demand.rule == .deadline, polite == nil,
      paging.fullBasisPoints < PolicyConstants.pressedFullBasisPoints
    else { return 0 }
    let left = decision.headroom.totalBytes.minus(decision.line.emergencyBytes)
    let quick = fill.bytesPerSecond(beyond: PolicyConstants.jumpBytes)
    let steady = steadyFill.bytesPerSecond(beyond: PolicyConstants.jumpBytes)
    // Between two steps of a program that takes memory in steps the fill is 0, and there is no more time than before.
    let time = left.nanoseconds(atPerSecond: max(max(quick, steady), growthOfUse.bytesPerSecond))
    guard time > PolicyConstants.politeNanoseconds else { return 0 }
    return min(settings.graceNanoseconds, PolicyConstants.mostGraceNanoseconds)
  }
}
