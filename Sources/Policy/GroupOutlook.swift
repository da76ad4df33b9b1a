public import ScytheLinux

/// What is ahead of a limited control group.
@frozen public struct GroupOutlook: Equatable, Sendable, BitwiseCopyable {
  /// What it has left, and below what somebody in it dies.
  public var group: GroupExplanation
  /// Who that would be; `nil` if nobody can be chosen.
  public var victim: Victim?
}

extension Policy {
  /// What is ahead of a limited control group, by what was measured of it in the decisions so far.
  ///
  /// - Parameters:
  ///   - group: one of `groups`.
  ///   - sample: that of the last decision.
  ///   - headroom: what that decision found.
  ///   - candidates: those of the last decision.
  ///   - groups: those of the last decision.
  public func outlook(
    of group: GroupSample, in sample: SystemSample, _ headroom: HeadroomExplanation, _ candidates: Span<Candidate>,
    _ groups: Span<GroupSample>
  ) -> GroupOutlook {
    GroupOutlook(
      group: state.groupRules.explanation(
        of: group, swapGainBytes: headroom.zramBytes.plus(headroom.diskSwapBytes), settings),
      victim: VictimSearch(ScoreContext(sample, settings, group), sample, settings)
        .find(candidates, groups, state.credits, state.spent))
  }
}

extension GroupRules {
  fileprivate func explanation(
    of group: GroupSample, swapGainBytes: UInt64, _ settings: PolicySettings
  ) -> GroupExplanation {
    var explanation = GroupExplanation(group)
    explanation.headroomBytes = group.headroomBytes(swapGainBytes: swapGainBytes)
    explanation.lineBytes = group.reserveBytes
    if let fill = fill(of: group) {
      explanation.fillBytesPerSecond = fill.bytesPerSecond
      if settings.deadlineRule, fill.goesOn { explanation.lineBytes = group.lineBytes(fill, settings) }
    }
    return explanation
  }
}
