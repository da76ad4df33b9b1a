import Scythe
import ScytheDaemon
import ScythePolicy

/// Who would die now, and why nobody does.
struct ExplainReport: Encodable {
  /// The kind of machine that was assumed.
  let profile: String
  /// The decision of this moment.
  let decision: ExplainedDecision
  /// How many processes were looked at; threads of the kernel are none.
  let processes: UInt64
  /// The control groups with a limit of their own, the one first that is nearest to it; none where their rule is off, since
  /// nobody dies for them then.
  let groups: [ExplainedGroup]
  /// Those that are listed, in the order in which they would die; behind them those that would not.
  private(set) var candidates: [RankedProcess]

  /// Looks at the machine for a second: the policy wants several samples, and processes grow between two looks.
  ///
  /// - Parameters:
  ///   - profile: `nil` for that of the policy.
  ///   - pages: the policy.
  init(_ profile: Profile?, _ pages: borrowing PolicyPages) throws(Errno) {
    let procfs = Procfs()
    let sampler = try SystemSampler(procfs: procfs)
    var table = try CandidateTable()
    var groups = try GroupTable()
    var settings = PolicySettings()
    settings.configure(as: pages.contents.settings)
    if let profile { settings.profile = profile }
    settings.processors = UInt32(clamping: Machine.usableProcessors)
    settings.ticksPerSecond = Machine.clockTicksPerSecond
    settings.isObserving = true
    var policy = Policy(settings)

    let sessions = LoginSessions()
    let rules = pages.rules
    try table.look(procfs, sessions: sessions, sampler, groups: &groups, rules: rules)
    for _ in 0..<10 {
      let sample = try sampler.sample(readsPerCPULists: false, sampler.readSlowly(), processes: table.totals)
      groups.readAll(swapFreeBytes: sample.memory.swapFreeBytes)
      _ = Self.decide(&policy, sample, table, groups)
      MonotonicClock.sleep(nanoseconds: 100_000_000)
    }
    try table.look(procfs, sessions: sessions, sampler, groups: &groups, rules: rules)
    table.searchSharers(procfs)
    let sample = try sampler.sample(
      readsPerCPULists: true, sampler.readSlowly(), processes: table.totals)
    groups.readAll(swapFreeBytes: sample.memory.swapFreeBytes)
    let decision = Self.decide(&policy, sample, table, groups)

    self.profile = "\(settings.profile.name)"
    self.decision = ExplainedDecision(decision)
    processes = table.totals?.count ?? 0
    let names = GroupNames(procfs)
    let explained = table.withRows { rows in
      groups.withSamples { groups in
        groups.indices.compactMap { ExplainedGroup(groups[$0], policy, decision, sample, rows, groups, names) }
      }
    }
    self.groups = settings.groupRule ? explained.sorted { $0.isTighter(than: $1) } : []
    var ranked = table.withRows { rows in
      rows.indices.map {
        RankedProcess(rows[$0], policy.score(of: rows[$0], in: sample), pages.rule(for: rows[$0], procfs))
      }
    }
    ranked.sort { $0.diesBefore($1) }
    for index in ranked.indices where ranked[index].isCandidate { ranked[index].rank = index + 1 }
    candidates = ranked
  }

  private static func decide(
    _ policy: inout Policy, _ sample: SystemSample, _ table: borrowing CandidateTable, _ groups: borrowing GroupTable
  ) -> Decision {
    table.withRows { rows in groups.withSamples { groups in policy.decide(sample, rows, groups) } }
  }

  /// The same with the first few that would die.
  func first(_ count: Int) -> ExplainReport {
    var report = self
    report.candidates = Array(candidates.filter(\.isCandidate).prefix(count))
    return report
  }

  /// One process of it.
  ///
  /// - Throws: `Failure` if there is no such process, or none that has memory.
  func process(_ pid: PID) throws -> RankedProcess {
    if let ranked = candidates.first(where: { $0.pid == pid.rawValue }) { return ranked }
    guard let stat = try? Procfs().stat(of: pid) else {
      throw Failure(message: "cannot explain \(pid.rawValue): no such process", exit: Exit.noSuchProcess)
    }
    throw Failure(
      message: stat.isKernelThread
        ? "cannot explain \(pid.rawValue): \(Untouchable.kernelThread.explanation)"
        : "cannot explain \(pid.rawValue): it has no memory any more, or it is a thread; name its process",
      exit: Exit.noSuchProcess)
  }
}

/// A process with its points.
struct RankedProcess: Encodable {
  /// Points, each a KiB that the death returns; they add up to the total.
  struct Points: Encodable {
    let anonymous, swap, shared, adjustment, rules, classes, still, total: Int64
  }

  let pid: Int32
  let name: String
  let userID: UInt32
  let scoreAdjustment: Int
  /// What its death returns for certain.
  let returnsBytes: UInt64
  /// By how much it grew per second while it was looked at.
  let growthBytesPerSecond: UInt64
  let points: Points
  /// Whether it can be chosen, or why not.
  let standing: String
  /// The rule of the configuration that decides about it; `nil` if none fits.
  let rule: String?
  /// What it is avoided for.
  let avoidedAs: [String]
  /// Whether its control group offers it to be killed first.
  let isOffered: Bool
  /// Its place among those that can be chosen; `nil` if it cannot be.
  fileprivate(set) var rank: Int?
  let isCandidate: Bool

  enum CodingKeys: CodingKey {
    case pid, name, userID, scoreAdjustment, returnsBytes, growthBytesPerSecond, points, standing, rule
    case avoidedAs, isOffered, rank
  }

  init(_ row: Candidate, _ score: ScoreExplanation, _ rule: String?) {
    pid = row.pid.rawValue
    name = row.name.description
    userID = row.userID
    scoreAdjustment = Int(row.scoreAdjustment)
    returnsBytes = row.releasableBytes
    growthBytesPerSecond = row.growthBytesPerSecond
    points = Points(
      anonymous: score.anonymousPoints, swap: score.swapPoints, shared: score.sharedPoints,
      adjustment: score.adjustmentPoints, rules: score.rulePoints, classes: score.classPoints,
      still: score.stillPoints, total: score.totalPoints)
    standing = score.standing.explanation
    self.rule = rule
    avoidedAs = row.classes.avoidedWords
    isOffered = row.classes.contains(.groupPreferred)
    isCandidate = score.standing == .candidate
  }

  func diesBefore(_ other: RankedProcess) -> Bool {
    if isCandidate != other.isCandidate { return isCandidate }
    if points.total != other.points.total { return points.total > other.points.total }
    if growthBytesPerSecond != other.growthBytesPerSecond { return growthBytesPerSecond > other.growthBytesPerSecond }
    return pid > other.pid
  }
}

extension PolicyPages {
  /// The rule that decides about a process, in words; `nil` if none fits.
  fileprivate func rule(for row: Candidate, _ procfs: Procfs) -> String? {
    // To read the command line of one that dies would hold its memory.
    guard contents.ruleCount > 0, !row.classes.contains(.dying),
      let names = try? ControlGroupNames(of: row.pid, procfs)
    else { return nil }
    let verdict = rules.verdict(of: row.pid, name: row.name, userID: row.userID, in: names, procfs)
    return verdict.rule.flatMap { index in rule(at: index).map { "rule \(index + 1): \($0.words)" } }
  }
}

extension ProcessClasses {
  /// What is avoided by default, in words.
  fileprivate var avoidedWords: [String] {
    let words: [(ProcessClasses, String)] = [
      (.sessionLeader, "leads a login session"), (.displayServer, "is the display server"),
      (.loginListener, "listens for logins"), (.shellWithChildren, "is a shell with children"),
      (.groupAvoided, "is in a control group that is marked so (ManagedOOMPreference=avoid)"),
    ]
    return words.filter { contains($0.0) }.map { $0.1 }
  }
}

extension Standing {
  /// Whether it can be chosen, or why not, in words that follow a colon.
  var explanation: String {
    switch self {
    case .candidate: "can be chosen"
    case .initProcess: Untouchable.initProcess.explanation
    case .kernelThread: Untouchable.kernelThread.explanation
    case .scythe: Untouchable.caller.explanation
    case .adjustedOut: "its oom_score_adj is -1000: never to be killed"
    case .ruledOut: "the configuration says never"
    case .groupOmitted: "its control group is marked as never to be killed (ManagedOOMPreference=omit)"
    case .sharesWithUntouchable: "it shares its memory with one that may not be killed"
    case .notPermitted: "it belongs to another user, whom the caller may not signal"
    case .dying: "it is dying already"
    case .spent: "it was killed before, and its memory did not come back"
    case .tooSmall: "its death would return too little"
    case .elsewhere: "it is not in the control group that is out of memory"
    }
  }
}
