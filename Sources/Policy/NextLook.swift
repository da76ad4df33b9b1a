extension PolicyState {
  /// When the next sample is due.
  func nextLook(
    _ decision: Decision, _ sample: SystemSample, _ settings: PolicySettings
  ) -> UInt64 {
    let now = sample.monotonicNanoseconds
    if decision.action == .lookCloser { return now }
    // To the moment: it is late already.
    if decision.restraint == .tooSoon, let last = lastKillNanoseconds {
      return last.plus(PolicyConstants.emergencyIntervalNanoseconds)
    }
    var wait: UInt64
    // What holds back a kill in a control group says nothing about the machine.
    switch decision.group == nil ? decision.restraint : nil {
    case .futile, .unexplained: wait = PolicyConstants.resignedWaitNanoseconds
    case .noVictim: wait = PolicyConstants.pressedWaitNanoseconds
    // Its unit is killed by the floor rule: the way is to there.
    case .unitPaused: wait = slept(from: decision.headroom.totalBytes, to: decision.line.reserveBytes, settings)
    default: wait = slept(from: decision.headroom.totalBytes, to: decision.line.totalBytes, settings)
    }
    if decision.restraint == .unconfirmed { wait = min(wait, PolicyConstants.confirmNanoseconds) }
    if paging.fullBasisPoints >= PolicyConstants.pressedFullBasisPoints {
      // Durations are being measured.
      wait = min(wait, PolicyConstants.pressedWaitNanoseconds)
    }
    wait = min(wait, decision.groupUrgency.waitNanoseconds)
    wait = min(wait, groupRules.waitNanoseconds)
    if credits.count > 0 { wait = min(wait, credits.nextExpiryNanoseconds.minus(now)) }
    if let polite { wait = min(wait, polite.untilNanoseconds.minus(now)) }
    return now.plus(
      max(PolicyConstants.leastWaitNanoseconds, min(wait, PolicyConstants.mostWaitNanoseconds)))
  }

  /// A part of the shortest time in which headroom can come down to a line.
  private func slept(from headroom: UInt64, to line: UInt64, _ settings: PolicySettings) -> UInt64 {
    headroom.minus(line).nanoseconds(atPerSecond: settings.fillCeilingBytesPerSecond) / PolicyConstants.sleptShare
  }
}
