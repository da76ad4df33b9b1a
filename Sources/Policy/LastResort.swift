/// What is decided where nobody watches any more, on one sample: below the emergency line the best victim dies, and else
/// nobody. It knows nothing of what was measured before.
package struct LastResort: Sendable, BitwiseCopyable {
  private var spent = SpentVictims()

  /// Makes one that has killed nobody.
  package init() {}

  /// Decides.
  ///
  /// - Parameters:
  ///   - sample: the machine now, with the per-CPU lists.
  ///   - candidates: the processes, as they were last seen.
  ///   - settings: what the configuration says.
  /// - Returns: a kill, or nothing; a machine that only observes is the caller's affair.
  package func decide(
    _ sample: SystemSample, _ candidates: Span<Candidate>, _ settings: PolicySettings
  ) -> Decision {
    var decision = Decision()
    // All of swap counts: how fast it takes pages cannot be known from one sample, and a kill too many is the worse fault.
    decision.headroom = HeadroomExplanation(sample, SwapPace())
    decision.line = LineExplanation(sizeBytes: sample.sizeBytes)
    guard decision.headroom.totalBytes < decision.line.emergencyBytes else {
      decision.restraint = .enough
      return decision
    }
    decision.rule = .emergency
    let groups = InlineArray<1, GroupSample>(repeating: GroupSample())
    decision.victim = VictimSearch(ScoreContext(sample, settings), sample, settings)
      .find(candidates, groups.span, Credits(), spent)
    if decision.victim == nil { decision.restraint = .noVictim } else { decision.action = .kill }
    return decision
  }

  /// Remembers a victim, which is not chosen again: its row may be as it was for a while.
  package mutating func remember(_ victim: Victim) { spent.insert(Credit(victim).spent) }
}
