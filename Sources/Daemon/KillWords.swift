import ScytheLinux
import ScythePolicy
import ScytheReaper

// What the daemon says of what it does: one line for each kill, its parts always in the same order.
extension PathBuffer {
  /// The line of an order that was carried out.
  init(_ outcome: borrowing KillOutcome, of order: KillOrder) {
    self.init()
    switch outcome.result {
    case .killed: append(order.kind.isRelease ? "released " : "killed ")
    case .ended: append("asked to end ")
    case .stayed: append("asked in vain to end ")
    case .refused: append("cannot kill ")
    }
    append(order.victim, order.facts)
    append(": ")
    switch outcome.result {
    case .killed: appendReport(outcome)
    case .ended:
      append("it did")
      if outcome.hasSummary {
        append(", ")
        appendReport(outcome)
      }
    case .stayed: append("SIGKILL follows")
    case .refused(let error): append(words(for: error).reason)
    }
    append("; ")
    append(order.facts)
    if outcome.deliveredNanoseconds > 0 {
      append(", signal ")
      append(milliseconds: outcome.deliveredNanoseconds - order.facts.decidedNanoseconds)
      append(" after the decision")
    }
  }

  /// The line of a decision that is not carried out.
  init(wouldCarryOut order: KillOrder) {
    self.init("would have killed ")
    append(order.victim, order.facts)
    append("; ")
    append(order.facts)
  }

  /// The line of an event.
  ///
  /// - Parameter victim: who died or would have.
  init(_ event: PolicyEvent, of victim: Victim?) {
    self.init()
    switch event {
    case .killsAreFutile(let shortage, let returned):
      append("kills do not help: the last one returned ")
      append(mebibytes: returned)
      append(" of ")
      append(mebibytes: shortage)
      append(" that are short; killing is left to the kernel")
    case .lossUnexplained(let lost, let explained):
      append("no process explains the loss of ")
      append(mebibytes: lost)
      append(" (processes have ")
      append(mebibytes: explained)
      append(" of it): look at tmpfs ('df -t tmpfs'), ZFS and slab; nobody is killed for it")
    case .noVictim(let shortage):
      append(mebibytes: shortage)
      append(" are short, and nobody may be killed for it, or nobody is large enough to help")
    case .unitKeepsComing(_, let kills, _):
      append("the unit of ")
      if let victim { append(victim.pid, victim.name) }
      append(" was killed ")
      append(decimal: kills)
      append(" times within ten minutes and keeps coming: give it a memory limit, or stop what restarts it")
    case .timeJumped:
      append("time has jumped: what was measured before does not count")
    }
  }

  private mutating func append(_ victim: Victim, _ facts: DecisionFacts) {
    append(victim.pid, victim.name)
    if victim.members > 1 {
      append(" and ")
      append(decimal: victim.members - 1)
      append(" more")
    }
    append(", oom_score_adj ")
    append(decimal: facts.scoreAdjustment)
    append(", ")
    append(mebibytes: victim.expectedBytes)
  }

  private mutating func appendReport(_ outcome: borrowing KillOutcome) {
    append(mebibytes: outcome.summary.bytesBack)
    append(" back")
    guard let report = outcome.report else { return }
    if let back = report.backNanoseconds {
      append(" in ")
      append(milliseconds: back)
    }
    append(", ")
    append(mebibytes: outcome.summary.left.totalBytes)
    append(" left, ")
    append(words(for: report.fate))
    append(report.rescue)
  }

  /// Why somebody who is killed stays frozen, if that is so.
  mutating func append(_ rescue: RescueResult) {
    guard case .failed(let error) = rescue else { return }
    append(", frozen, and could not be moved out of its group: ")
    append(error.explanation ?? "unknown error")
  }

  private mutating func append(_ facts: DecisionFacts) {
    append("rule ")
    append(facts.rule.name)
    if facts.groupLimitBytes > 0 {
      append(" of ")
      append(mebibytes: facts.groupLimitBytes)
    }
    append(", headroom ")
    append(mebibytes: facts.headroomBytes)
    append(", line ")
    append(mebibytes: facts.lineBytes)
    append(", fill ")
    append(mebibytes: facts.fillBytesPerSecond)
    append("/s, full stall ")
    append(percent: facts.fullBasisPoints)
  }
}

extension KillOrder.Kind {
  /// Whether nothing is signalled.
  var isRelease: Bool {
    if case .release = self { return true }
    return false
  }
}

extension Profile {
  /// Its name, as in the configuration.
  package var name: StaticString {
    switch self {
    case .desktop: "desktop"
    case .server: "server"
    case .container: "container"
    case .build: "build"
    }
  }
}

extension Rule {
  /// Its name, as in the configuration.
  package var name: StaticString {
    switch self {
    case .emergency: "emergency"
    case .floor: "floor"
    case .deadline: "deadline"
    case .thrash: "thrash"
    case .stall: "stall"
    case .group: "group"
    case .kernel: "kernel"
    }
  }
}
