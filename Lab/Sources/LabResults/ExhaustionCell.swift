/// What repetitions of one exhaustion brought. Times are microseconds.
struct ExhaustionCell: Codable, Equatable, Sendable {
  /// Processes of one name that were killed in one run.
  struct Death: Codable, Equatable, Hashable, Sendable {
    let name: String
    let count: Int
  }

  /// The killer that others are compared with.
  static let kernelAlone = "kernel"

  let key: CellKey
  /// Repetitions that were run to their end.
  let runs: Int
  /// Those of them whose instrument was starved: their times are in no median, their dead are dead.
  let starved: Int
  /// How the others ended, for whoever wants to know why there is nothing.
  let otherStates: [RunResult.State]
  /// From the beginning of the pressure until memory was low. Never, for a repetition in which it was not.
  let low: Spread?
  /// From the low moment on, which may be after it.
  let decision: Spread?
  let signal: Spread?
  /// From the low moment until memory was back: 0 in a repetition without a low moment, and only there; never if it was not
  /// back.
  let shortage: Spread?
  let worstStall: Spread?
  let stallSum: Spread?
  /// What could be handed out at the least.
  let minimumHeadroom: Spread?
  /// What was killed in each repetition, starved ones too, by name.
  let deaths: [[Death]]
  /// Processes that had to live and died, in each repetition.
  let falseKills: [Int]
  /// In how many repetitions the kernel chose a victim before the killer signalled.
  let kernelFirst: Int
  /// Medians, as many times those of the kernel alone.
  var shortageRatio: Double?
  var worstStallRatio: Double?
  var stallSumRatio: Double?
  /// What repeats it, the first repetition first.
  let commands: [String]

  init(_ key: CellKey, _ results: [RunResult]) {
    self.key = key
    let done = results.filter { $0.state == .done && $0.exhaustion != nil }
    let all = done.compactMap(\.exhaustion)
    let timed = all.filter { !$0.isStarved }
    func spread(_ value: (ExhaustionResult) -> Int64?) -> Spread? { Spread(timed.map(value)) }
    /// Of those that had a low moment.
    func afterLow(_ value: (ExhaustionResult) -> Int64?) -> Spread? {
      let low = timed.filter { $0.lowMicroseconds != nil }
      return Spread(low.map { one in value(one).map { $0.clamped - (one.lowMicroseconds ?? 0).clamped } })
    }
    runs = done.count
    starved = all.count - timed.count
    otherStates = results.map(\.state).filter { $0 != .done }
    low = spread(\.lowMicroseconds)
    decision = afterLow(\.decisionMicroseconds)
    signal = afterLow(\.signalMicroseconds)
    shortage = spread { one in
      guard let low = one.lowMicroseconds else { return 0 }
      return one.backMicroseconds.map { max(1, $0.clamped - low.clamped) }
    }
    worstStall = spread(\.worstStallMicroseconds)
    stallSum = spread(\.stallSumMicroseconds)
    minimumHeadroom = spread(\.minimumHeadroomBytes)
    deaths = done.map(Self.deaths)
    falseKills = all.map(\.falseKills)
    kernelFirst = all.count(where: \.kernelCameFirst)
    commands = results.map(\.command)
  }

  /// Repetitions that the medians are of.
  var timed: Int { runs - starved }

  /// Whether it was run, but all its times mean nothing.
  var isStarved: Bool { runs > 0 && timed == 0 }

  /// Whether each repetition killed processes of the same names.
  var isSameVictim: Bool { Set(deaths.map { Set($0.map(\.name)) }).count <= 1 }

  /// The most of any repetition.
  var worstFalseKills: Int { falseKills.max() ?? 0 }

  /// Repetitions in which anybody was killed.
  var deadlyRuns: Int { deaths.count { !$0.isEmpty } }

  /// Repetitions with times that had no low moment.
  var neverLow: Int { low?.never ?? 0 }

  /// Who was killed: processes of the scenario that a killer's signal ended, not one of their own faults; and those that no
  /// scenario names, such as the children of a fork bomb, if the kernel or the killer chose them.
  private static func deaths(_ result: RunResult) -> [Death] {
    let known = Set(result.processes.map(\.pid))
    let killers = Set(result.processes.filter { $0.role == .killer }.map(\.pid))
    var names = result.processes
      .filter { $0.role != .killer && $0.wasKilled }
      .map(\.name)
    let others = result.signals.filter {
      !known.contains($0.target)
        && ($0.signal == "OOM" || killers.contains($0.sender) || $0.senderName == result.killer)
    }
    // One process may be signalled several times, and older kernels do not name whom they choose.
    names += Set(others.map(\.target)).map { target in
      result.signals.first { $0.target == target && !$0.targetName.isEmpty }?.targetName ?? "a process without a name"
    }
    return Dictionary(grouping: names, by: { $0 }).map { Death(name: $0, count: $1.count) }
      .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
  }
}

extension Int64 {
  /// As much of it as can be subtracted without harm, whatever a broken file says.
  fileprivate var clamped: Int64 { Swift.min(Spread.limit, Swift.max(-Spread.limit, self)) }
}

extension [ExhaustionCell] {
  /// The cells with their ratios to a killer's own, on the same platform in the same situation.
  func comparedWith(_ killer: String) -> [ExhaustionCell] {
    map { cell in
      guard cell.key.killer != killer,
        let base = first(where: {
          $0.key.killer == killer && $0.key.platform == cell.key.platform && $0.key.scenario == cell.key.scenario
        })
      else { return cell }
      var compared = cell
      compared.shortageRatio = cell.shortage?.ratio(to: base.shortage)
      compared.worstStallRatio = cell.worstStall?.ratio(to: base.worstStall)
      compared.stallSumRatio = cell.stallSum?.ratio(to: base.stallSum)
      return compared
    }
  }
}
