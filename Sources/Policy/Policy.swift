public import ScytheLinux

/// Decides when to kill, whom, and how hard. It reads nothing, knows no clock and draws no lots: the same samples make
/// the same decisions, in the daemon, in a replay and in a test.
public struct Policy: Sendable, BitwiseCopyable {
  /// What it was told; may be changed between two decisions.
  public var settings: PolicySettings
  var state = PolicyState()

  /// Makes a policy that has seen nothing yet.
  public init(_ settings: PolicySettings) { self.settings = settings }

  /// Decides what to do now. A decision to kill counts as done: see ``signalFailed(_:startTicks:)``.
  ///
  /// - Parameters:
  ///   - sample: the machine now; later than the last one.
  ///   - candidates: the table of processes, as fresh as it is. It may be empty while ``Decision/victim`` is not needed.
  ///   - groups: the control groups with limits of their own, ordered by number.
  public mutating func decide(
    _ sample: SystemSample, _ candidates: Span<Candidate>, _ groups: Span<GroupSample>
  ) -> Decision {
    state.decide(sample, candidates, groups, settings)
  }

  /// Puts down what of a victim's memory has come back so far.
  ///
  /// - Parameter bytes: all of it, not what is new.
  public mutating func memoryCameBack(_ bytes: UInt64, from pid: PID, startTicks: UInt64) {
    guard let index = state.credits.index(of: ProcessIdentity(pid, startTicks)) else { return }
    state.credits.report(bytes, at: index)
  }

  /// Puts down that a kill is over: all of the memory is back that will come.
  ///
  /// - Parameter bytes: what came back for certain.
  public mutating func killEnded(_ pid: PID, startTicks: UInt64, bytesBack bytes: UInt64) {
    let victim = ProcessIdentity(pid, startTicks)
    guard let index = state.credits.index(of: victim) else {
      // Where nothing releases it a victim may take longer to die than its credit lasts.
      guard let shortage = state.spent.shortageBytes(of: victim) else { return }
      state.futility.judgeLate(returnedBytes: bytes, shortageBytes: shortage)
      return
    }
    state.credits.report(bytes, at: index)
    state.settleForGood(index)
  }

  /// Puts down that a kill is waited for no longer, for the sake of another one: what it returns in the end shows in the
  /// headroom, and nobody judges by it.
  ///
  /// - Parameter bytes: what came back for certain so far.
  public mutating func killGivenUp(_ pid: PID, startTicks: UInt64, bytesBack bytes: UInt64) {
    guard let index = state.credits.index(of: ProcessIdentity(pid, startTicks)) else { return }
    state.credits.report(bytes, at: index)
    state.credits.leaveUnjudged(index)
  }

  /// Puts down that a victim could not be signalled: it is chosen no more, and another one may be at once.
  public mutating func signalFailed(_ pid: PID, startTicks: UInt64) { state.takeBack(ProcessIdentity(pid, startTicks)) }

  /// Puts down a kill that somebody else made, systemd-oomd or a person: its memory is waited for too, once. What is too
  /// small to be a victim is not waited for: processes end all the time.
  ///
  /// - Parameters:
  ///   - victim: as it was before.
  ///   - nanoseconds: now, by the sample's monotonic clock.
  public mutating func strangerKilled(_ victim: Candidate, at nanoseconds: UInt64) {
    guard victim.releasableBytes >= PolicyConstants.leastVictimBytes, !state.spent.contain(victim) else { return }
    state.openUnjudged(victim, at: nanoseconds)
  }

  /// The points of a process, and whether it can be chosen, with what is known of kills before.
  ///
  /// - Parameter sample: the machine, whose size the points depend on.
  public func score(of candidate: Candidate, in sample: SystemSample) -> ScoreExplanation {
    let groups = InlineArray<1, GroupSample>(repeating: GroupSample())
    return VictimSearch(ScoreContext(sample, settings), sample, settings)
      .score(candidate, groups.span, state.credits, state.spent)
  }
}
