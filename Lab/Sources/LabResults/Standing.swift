/// Who does best in a situation, and where Scythe stands: a loss is said like a win.
struct Standing: Codable, Equatable, Sendable {
  enum Measure: String, Codable, CaseIterable, Sendable {
    /// From the low moment until memory is back.
    case shortage
    /// What a person feels.
    case worstStall = "worst-stall"
    /// Nobody needed to die.
    case nobodyDies = "nobody-dies"
    /// A hard victim's memory.
    case hardBack = "hard-back"
  }

  enum Place: String, Codable, Sendable {
    /// Alone at the front.
    case wins
    /// At the front with others, or so near that the repetitions do not tell them apart.
    case level
    case loses
    /// Scythe has no result here.
    case absent
  }

  let platform: String
  /// The scenario, or the hard victim.
  let situation: String
  let title: String
  let measure: Measure
  /// Who is at the front.
  let best: [String]
  /// The best of Scythe's own.
  let scythe: String?
  let place: Place
  /// What the best reached, and the best of Scythe's own; microseconds, or repetitions with a death.
  let bestMedian: Int64?
  let scytheMedian: Int64?
  /// What is worse than slow, and counted first: false kills of the worst repetition, memory never back, mutexes lost.
  let bestFaults: Int
  let scytheFaults: Int

  /// One of those who are compared.
  struct Entry {
    let name: String
    let faults: Int
    let spread: Spread

    var isScythe: Bool { name.hasPrefix("scythe") }

    /// Never is worse than any time.
    fileprivate var rank: (Int, Int64) { (faults, spread.median ?? .max) }

    /// Whether the repetitions do not tell it from one that is better.
    fileprivate func isLevel(with best: Entry, resolution: Int64) -> Bool {
      guard faults == best.faults else { return false }
      guard let median = spread.median, let least = spread.minimum, let bestMedian = best.spread.median
      else { return spread.median == best.spread.median }
      if median - bestMedian <= resolution { return true }
      guard let bestMost = best.spread.maximum else { return true }
      return least <= bestMost
    }
  }

  /// - Parameter resolution: differences up to this are none.
  /// - Returns: `nil` where there is nothing to compare.
  init?(
    platform: String, situation: String, title: String, measure: Measure, resolution: Int64, _ entries: [Entry]
  ) {
    guard entries.count > 1, let first = entries.min(by: { $0.rank < $1.rank }) else { return nil }
    let front = entries.filter { $0.isLevel(with: first, resolution: resolution) }
    let own = entries.filter(\.isScythe).min { $0.rank < $1.rank }
    self.platform = platform
    self.situation = situation
    self.title = title
    self.measure = measure
    best = front.map(\.name)
    scythe = own?.name
    bestMedian = first.spread.median
    scytheMedian = own?.spread.median
    bestFaults = first.faults
    scytheFaults = own?.faults ?? 0
    if own == nil {
      place = .absent
    } else if front.allSatisfy(\.isScythe) {
      place = .wins
    } else {
      place = front.contains(where: \.isScythe) ? .level : .loses
    }
  }

  /// A tick of the probe: shorter differences are not seen.
  private static let tickMicroseconds: Int64 = 10_000
  /// How often memory is looked at while a hard victim dies.
  private static let lookMicroseconds: Int64 = 1000

  static func all(exhaustion: [ExhaustionCell], neverNeeded: [ExhaustionCell], hard: [HardCell]) -> [Standing] {
    let situations = exhaustion.grouped { "\($0.key.platform)\n\($0.key.scenario)" }
    let felt = situations.flatMap { cells in
      [
        Standing(cells, .shortage, resolution: tickMicroseconds) { cell in
          cell.shortage.map { Entry(name: cell.key.killer, faults: cell.worstFalseKills + $0.never, spread: $0) }
        },
        Standing(cells, .worstStall, resolution: tickMicroseconds) { cell in
          cell.worstStall.map { worst in
            let never = cell.shortage?.never ?? 0
            return Entry(name: cell.key.killer, faults: cell.worstFalseKills + never, spread: worst)
          }
        },
      ].compactMap { $0 }
    }
    let unharmed = neverNeeded.grouped { "\($0.key.platform)\n\($0.key.scenario)" }.compactMap { cells in
      Standing(cells, .nobodyDies, resolution: 0) { cell in
        Spread([Int64(cell.deadlyRuns)]).flatMap { spread in
          cell.runs == 0 ? nil : Entry(name: cell.key.killer, faults: cell.deadlyRuns, spread: spread)
        }
      }
    }
    let back = hard.grouped { "\($0.platform)\n\($0.victim)" }.compactMap { cells in
      Standing(
        platform: cells[0].platform, situation: cells[0].victim, title: cells[0].title, measure: .hardBack,
        resolution: lookMicroseconds,
        cells.compactMap { cell in
          cell.back.map { Entry(name: cell.means, faults: cell.lostMutexes + $0.never, spread: $0) }
        })
    }
    return felt + unharmed + back
  }

  private init?(
    _ cells: [ExhaustionCell], _ measure: Measure, resolution: Int64, _ entry: (ExhaustionCell) -> Entry?
  ) {
    self.init(
      platform: cells[0].key.platform, situation: cells[0].key.scenario, title: cells[0].key.situation,
      measure: measure, resolution: resolution, cells.compactMap(entry))
  }
}
