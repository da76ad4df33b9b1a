/// Who would die: the process whose death returns most, by the points.
struct VictimSearch: BitwiseCopyable {
  let context: ScoreContext
  let settings: PolicySettings
  /// When the machine had been up for so long, in clock ticks.
  let nowTicks: UInt64

  init(_ context: ScoreContext, _ sample: SystemSample, _ settings: PolicySettings) {
    self.context = context
    self.settings = settings
    nowTicks = settings.ticks(sample.bootNanoseconds)
  }

  /// The standing of a process, with all that is known of it.
  private func standing(
    _ row: Candidate, _ groups: Span<GroupSample>, open: Span<Credit>, spent: Span<Credit>
  ) -> Standing {
    let standing = Standing(of: row, leastBytes: context.leastBytes)
    guard standing == .candidate || standing == .tooSmall else { return standing }
    if open.take(row) { return .dying }
    if spent.take(row) { return .spent }
    if context.group != 0, !groups.isGroup(row.group, inside: context.group) { return .elsewhere }
    return standing
  }

  /// The points of a process, with all that is known of it.
  func score(
    _ row: Candidate, _ groups: Span<GroupSample>, _ credits: Credits, _ spent: SpentVictims
  ) -> ScoreExplanation {
    score(
      row, groups, open: credits.rows.span.extracting(first: credits.count),
      spent: spent.rows.span.extracting(first: spent.count))
  }

  private func score(
    _ row: Candidate, _ groups: Span<GroupSample>, open: Span<Credit>, spent: Span<Credit>
  ) -> ScoreExplanation {
    var score = ScoreExplanation(row, context)
    score.standing = standing(row, groups, open: open, spent: spent)
    return score
  }

  /// The victim.
  ///
  /// - Returns: `nil` if nobody can be chosen.
  func find(
    _ rows: Span<Candidate>, _ groups: Span<GroupSample>, _ credits: Credits, _ spent: SpentVictims
  ) -> Victim? {
    let open = credits.rows.span.extracting(first: credits.count)
    let spent = spent.rows.span.extracting(first: spent.count)
    var best: Victim?
    for index in rows.indices {
      guard standing(rows[index], groups, open: open, spent: spent) == .candidate else { continue }
      let score = ScoreExplanation(rows[index], context)
      if let best, !isBetter(score, rows[index], than: best.score, rows[best.row]) { continue }
      best = Victim(rows[index], at: index, score)
    }
    if let row = best?.row {
      let isKilledAsOne =
        settings.killsGroupsAsOne && rows[row].classes.contains(.killedAsOne) && rows[row].group != 0
      if isKilledAsOne { best?.scope = .group }
      best?.count(rows, most: isKilledAsOne ? context.heldBytes : .max)
    }
    if let bomb = kin(rows, groups, open: open, spent: spent), isWorse(best, rows, than: bomb) { return bomb.victim }
    return best
  }

  /// More points; of equal ones the one that grows faster, and of those the younger: it has done less work.
  private func isBetter(
    _ score: ScoreExplanation, _ row: Candidate, than other: ScoreExplanation, _ otherRow: Candidate
  ) -> Bool {
    if score.totalPoints != other.totalPoints { return score.totalPoints > other.totalPoints }
    if row.growthBytesPerSecond != otherRow.growthBytesPerSecond {
      return row.growthBytesPerSecond > otherRow.growthBytesPerSecond
    }
    return row.startTicks > otherRow.startTicks
  }

  /// Whether the death of the bomb returns much more. What another member has as well as this one may be the same memory,
  /// where they count more than there is: then this one alone does not return it.
  private func isWorse(_ single: Victim?, _ rows: Span<Candidate>, than bomb: ForkBomb) -> Bool {
    guard let single else { return true }
    var bytes = single.expectedBytes
    if bomb.isShared, single.scope == .process, bomb.victim.includes(rows[single.row]) {
      bytes = bytes.minus(single.row == bomb.victim.row ? bomb.secondBytes : bomb.largestBytes)
    }
    return bomb.victim.expectedBytes >= bytes.times(PolicyConstants.kinAdvantage)
  }

  /// The fork bomb, if there is one: most young processes are then of one user, unit and name, and the majority is found
  /// in one pass without any memory. Members may be too small to be victims by themselves.
  private func kin(
    _ rows: Span<Candidate>, _ groups: Span<GroupSample>, open: Span<Credit>, spent: Span<Credit>
  ) -> ForkBomb? {
    let since = nowTicks.minus(settings.ticks(PolicyConstants.youngNanoseconds))
    var leader: Int?
    var votes = 0
    for index in rows.indices where rows[index].startTicks >= since {
      let standing = standing(rows[index], groups, open: open, spent: spent)
      guard standing == .candidate || standing == .tooSmall else { continue }
      if votes == 0 {
        leader = index
        votes = 1
      } else if let leader, rows[index].isKin(of: rows[leader]) {
        votes += 1
      } else {
        votes -= 1
      }
    }
    guard let leader else { return nil }
    // The largest speaks for them; the vote only found out who they are.
    var largest = leader
    var secondBytes: UInt64 = 0
    for index in rows.indices where rows[index].startTicks >= since && rows[index].isKin(of: rows[leader]) {
      let standing = standing(rows[index], groups, open: open, spent: spent)
      guard standing == .candidate || standing == .tooSmall else { continue }
      guard index != largest else { continue }
      let isLarger = rows[index].releasableBytes > rows[largest].releasableBytes
      secondBytes = max(secondBytes, rows[isLarger ? largest : index].releasableBytes)
      if isLarger { largest = index }
    }
    var victim = Victim(rows[largest], at: largest, score(rows[largest], groups, open: open, spent: spent))
    victim.scope = .kin(sinceTicks: since)
    victim.count(rows, most: .max)
    let isShared = victim.expectedBytes > context.heldBytes
    victim.expectedBytes = min(victim.expectedBytes, context.heldBytes)
    let enough = max(
      PolicyConstants.kinMembers, UInt64(settings.processors).times(PolicyConstants.kinMembersPerProcessor))
    guard UInt64(victim.members) >= enough, victim.expectedBytes >= context.leastBytes else { return nil }
    return ForkBomb(
      victim: victim, isShared: isShared, largestBytes: rows[largest].releasableBytes, secondBytes: secondBytes)
  }
}

/// A fork bomb, as a victim.
private struct ForkBomb: BitwiseCopyable {
  let victim: Victim
  /// Whether its members together count more than there is: each counts what it shares with the others since it was forked.
  let isShared: Bool
  /// What its two largest members count.
  let largestBytes: UInt64
  let secondBytes: UInt64
}

extension Candidate {
  /// Whether both are of one user, unit and name.
  func isKin(of other: Candidate) -> Bool { userID == other.userID && unit == other.unit && name == other.name }
}

extension Victim {
  init(_ row: Candidate, at index: Int, _ score: ScoreExplanation) {
    self.row = index
    pid = row.pid
    startTicks = row.startTicks
    name = row.name
    userID = row.userID
    group = row.group
    unit = row.unit
    self.score = score
  }

  /// Counts who dies with it, and what that returns: together no more than there is.
  mutating func count(_ rows: Span<Candidate>, most: UInt64) {
    members = 0
    expectedBytes = 0
    for index in rows.indices where includes(rows[index]) {
      members = members == .max ? .max : members + 1
      expectedBytes = expectedBytes.plus(rows[index].releasableBytes)
    }
    expectedBytes = min(expectedBytes, most)
  }

  /// What grows with it, in bytes per second.
  func growthBytesPerSecond(_ rows: Span<Candidate>) -> UInt64 {
    var growth: UInt64 = 0
    for index in rows.indices where includes(rows[index]) { growth = growth.plus(rows[index].growthBytesPerSecond) }
    return growth
  }
}
