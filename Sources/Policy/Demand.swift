/// A rule that asks for a kill.
struct Demand: BitwiseCopyable {
  var rule: Rule
  /// What is short.
  var shortageBytes: UInt64
  /// The group that is out of memory; 0 for the machine.
  var group: UInt32 = 0

  /// Whether it goes by the headroom of the machine, so that pages on per-CPU lists and lost memory matter.
  var isOfHeadroom: Bool { rule == .emergency || rule == .floor || rule == .deadline }
  /// Whether it goes by how everybody waits.
  var isOfPressure: Bool { rule == .thrash || rule == .stall }
  /// Whether it acts whatever was done before.
  var isLastResort: Bool { rule == .emergency || rule == .floor }
}

/// What the rules say of a sample.
struct Situation: BitwiseCopyable {
  /// For how long headroom has been below the reserve.
  var floorNanoseconds: UInt64?
  /// The pressure rule that asks for a kill.
  var pressureRule: Rule?
  /// The group that is out of memory.
  var group: GroupRules.Finding?
  /// Who would die for the machine.
  var victim: Victim?
}

extension PolicyState {
  /// The rule that asks for a kill and is not held back by an open credit; or else the one that is.
  func demand(
    _ situation: Situation, _ decision: Decision, _ sample: SystemSample, _ groups: Span<GroupSample>,
    _ settings: PolicySettings
  ) -> (demand: Demand?, restrained: Demand?) {
    let line = decision.line
    let headroom = decision.headroom.totalBytes
    let counted = headroom.plus(decision.creditBytes)
    let shortage = line.totalBytes.minus(headroom)
    var restrained: Demand?
    if headroom < line.emergencyBytes { return (Demand(rule: .emergency, shortageBytes: shortage), nil) }

    if settings.floorRule, let time = situation.floorNanoseconds, time >= PolicyConstants.confirmNanoseconds {
      let demand = Demand(rule: .floor, shortageBytes: shortage)
      if counted < line.reserveBytes { return (demand, nil) }
      restrained = demand
    }
    if settings.deadlineRule, line.fillBytesPerSecond > 0, headroom < line.totalBytes {
      let demand = Demand(rule: .deadline, shortageBytes: shortage)
      if counted < line.totalBytes { return (demand, nil) }
      restrained = restrained ?? demand
    }
    if let rule = situation.pressureRule {
      // Of a thrash nobody can say how much is short: the smallest victim is what must come back.
      let demand = Demand(rule: rule, shortageBytes: ScoreContext.leastVictimBytes(of: sample.sizeBytes))
      if credits.count == 0 { return (demand, nil) }
      restrained = restrained ?? demand
    }
    if settings.groupRule, let finding = situation.group {
      let group = finding.group
      let shortage = max(finding.shortageBytes, groups[finding.index].reserveBytes)
      let demand = Demand(rule: .group, shortageBytes: shortage, group: group.number)
      let promised = credits.promisedBytes(inside: group.number, groups)
      if group.isThrash ? promised == 0 : group.headroomBytes.plus(promised) < group.lineBytes {
        return (demand, nil)
      }
      restrained = restrained ?? demand
    }
    return (nil, restrained)
  }
}
