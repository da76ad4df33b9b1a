/// What the policy remembers from one sample to the next.
struct PolicyState: BitwiseCopyable, Sendable {
  var clock = SampleClock()
  var fill = FillMeter()
  /// The same by samples that lie further apart.
  var steadyFill = FillMeter(spacingNanoseconds: PolicyConstants.steadySpacingNanoseconds)
  /// Of what cannot be handed out, over a longer time than the fill.
  var growthOfUse = SteppedGrowth()
  var paging = PagingMeter()
  var growth = VictimGrowth()
  var floor = Streak()
  var pressure = PressureRules()
  var groupRules = GroupRules()
  var loss = LossAccount()
  var futility = Futility()
  var units = UnitHistory()
  var credits = Credits()
  var spent = SpentVictims()
  var polite: PoliteSignal?
  var lastKillNanoseconds: UInt64?
  /// When the per-CPU lists were last read.
  var lastCloseLookNanoseconds: UInt64?
  var lastHeadroomBytes: UInt64 = 0
  /// Whether it was said that nobody can be killed; once for each shortage.
  var noVictimIsSaid = false

  init() {}

  /// Forgets what was measured: time has jumped. What was done is remembered. By itself for the sake of the stack.
  @inline(never) mutating func forgetMeasurements() {
    fill.reset()
    steadyFill.reset()
    growthOfUse = SteppedGrowth()
    paging.reset()
    growth = VictimGrowth()
    floor.reset()
    pressure.reset()
    groupRules = GroupRules()
    loss.reset()
  }

  /// Ends a credit and judges the kill.
  mutating func settle(_ index: Int) {
    let credit = credits[index]
    if let shortage = credit.shortageBytes {
      futility.judge(
        returnedBytes: credits.returnedBytes(index, headroomBytes: lastHeadroomBytes), shortageBytes: shortage)
    }
    if polite?.victim.identity == credit.victim { polite = nil }
    credits.close(index, headroomBytes: lastHeadroomBytes)
  }

  /// Ends the credit of a victim that is dead, or has nothing left: the table may show it for a while as it was before.
  mutating func settleForGood(_ index: Int) {
    spent.insert(credits[index].spent)
    settle(index)
  }

  /// Ends the credits whose time is over; their victims are no candidates again.
  mutating func settleExpired(at nanoseconds: UInt64) {
    // From the last one on, each once: the last takes the place of one that is settled, and the clock may stand at its end,
    // where nothing can be put off.
    for index in (0..<credits.count).reversed() where credits.isExpired(index, at: nanoseconds) {
      // A polite signal is followed by SIGKILL before its credit can expire, unless nobody looked for so long.
      if polite?.victim.identity == credits[index].victim {
        credits.setExpiry(nanoseconds.plus(Credits.lifetime(of: credits[index].expectedBytes)), at: index)
        continue
      }
      if !credits[index].isOnlyTold { spent.insert(credits[index].spent) }
      settle(index)
    }
  }

  /// Opens the credit of a victim that is about to die.
  mutating func open(
    _ victim: Victim, shortageBytes: UInt64?, isOnlyTold: Bool = false, isOwn: Bool = true, graceNanoseconds: UInt64,
    at nanoseconds: UInt64
  ) {
    var credit = Credit(victim)
    credit.shortageBytes = shortageBytes
    credit.isOnlyTold = isOnlyTold
    if isOwn { credit.decidedNanoseconds = nanoseconds }
    let lifetime =
      victim.scope.isKin ? PolicyConstants.kinCreditNanoseconds : Credits.lifetime(of: victim.expectedBytes)
    credit.expiresNanoseconds = nanoseconds.plus(graceNanoseconds).plus(lifetime)
    credits.open(credit, headroomBytes: lastHeadroomBytes)
  }

  /// Opens the credit of a victim of somebody else, which says nothing about whether killing helps. Where there is no room
  /// it is left: of so many the next ones would take each other's places for ever.
  mutating func openUnjudged(_ row: Candidate, at nanoseconds: UInt64) {
    guard !credits.isFull, !credits.take(row) else { return }
    var victim = Victim(row, at: 0, ScoreExplanation())
    victim.expectedBytes = row.releasableBytes
    open(victim, shortageBytes: nil, isOwn: false, graceNanoseconds: 0, at: nanoseconds)
  }

  /// Takes a kill back that did not happen.
  mutating func takeBack(_ victim: ProcessIdentity) {
    guard let index = credits.index(of: victim) else { return }
    let credit = credits[index]
    spent.insert(credit.spent)
    if polite?.victim.identity == victim { polite = nil }
    credits.close(index, headroomBytes: lastHeadroomBytes)
    // Another one may have been killed since, or the kernel may have killed this one.
    guard credit.decidedNanoseconds > 0, credit.decidedNanoseconds == lastKillNanoseconds else { return }
    units.remove(unit: credit.unit, at: credit.decidedNanoseconds)
    lastKillNanoseconds = nil
  }
}

/// A victim that was asked to end.
struct PoliteSignal: BitwiseCopyable {
  let victim: Victim
  let untilNanoseconds: UInt64
  let headroomBytes: UInt64
  let rule: Rule

  /// Whether SIGKILL has to follow.
  func isOver(at nanoseconds: UInt64, headroomBytes now: UInt64, emergencyBytes: UInt64) -> Bool {
    nanoseconds >= untilNanoseconds || now < emergencyBytes
      || now < headroomBytes.scaled(by: PolicyConstants.fallNumerator, over: PolicyConstants.fallDenominator)
  }
}

extension Victim {
  var identity: ProcessIdentity { ProcessIdentity(pid, startTicks) }
}
