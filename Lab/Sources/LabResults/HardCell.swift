/// What repetitions of killing one hard victim by one means brought. Times are microseconds
/// from the start of the means on.
struct HardCell: Codable, Equatable, Sendable {
  /// The means that others are compared with.
  static let signalAlone = "SIGKILL"

  let platform: String
  let victim: String
  let title: String
  let means: String
  /// Repetitions that brought something.
  let runs: Int
  /// Why there are none.
  let unavailable: String?
  /// Until the memory was back.
  let back: Spread?
  /// Until the process was dead.
  let exit: Spread?
  /// What was not back at the end.
  let leftBytes: Spread?
  /// How long was waited at the most.
  let limitMicroseconds: Int64?
  let evidence: [String]
  let recoveredMutexes: Int
  let lostMutexes: Int
  /// What the means said, each thing once.
  let said: [String]
  /// The median of `back`, as many times that of SIGKILL alone.
  var backRatio: Double?
  let command: String

  private init(platform: String, _ results: [(hard: HardResult, command: String)]) {
    let all = results.map(\.hard)
    let done = all.filter { $0.unavailable == nil }
    self.platform = platform
    (victim, title, means) = (all[0].victim, all[0].title, all[0].means)
    runs = done.count
    unavailable = done.isEmpty ? all[0].unavailable : nil
    back = Spread(done.map(\.backMicroseconds))
    exit = Spread(done.map(\.exitMicroseconds))
    leftBytes = Spread(done.compactMap { $0.leftBytes.map { Int64(clamping: $0) } })
    limitMicroseconds = done.compactMap(\.limitMicroseconds).max()
    evidence = Set(done.compactMap(\.evidence)).sorted()
    recoveredMutexes = done.count { $0.mutex == .recovered }
    lostMutexes = done.count { $0.mutex == .lost }
    said = Set(done.compactMap(\.said)).sorted()
    command = results[0].command
  }

  /// In the order in which the guest made them.
  static func all(_ runs: [(platform: String, results: [RunResult])]) -> [HardCell] {
    var groups: [(platform: String, victims: [(hard: HardResult, command: String)])] = []
    for run in runs {
      for result in run.results where result.state == .done {
        for hard in result.hard {
          let index = groups.firstIndex {
            $0.platform == run.platform && $0.victims[0].hard.victim == hard.victim
              && $0.victims[0].hard.means == hard.means
          }
          if let index {
            groups[index].victims.append((hard, result.command))
          } else {
            groups.append((run.platform, [(hard, result.command)]))
          }
        }
      }
    }
    let cells = groups.map { HardCell(platform: $0.platform, $0.victims) }
    let compared = cells.map { cell in
      var compared = cell
      let base = cells.first {
        $0.platform == cell.platform && $0.victim == cell.victim && $0.means == signalAlone
      }
      if cell.means != signalAlone { compared.backRatio = cell.back?.ratio(to: base?.back) }
      return compared
    }
    return compared.grouped { "\($0.platform)\n\($0.victim)" }.flatMap { $0 }
  }
}

extension Array {
  /// The elements in groups of one key, each group and each element in the order in which it came first.
  func grouped(by key: (Element) -> String) -> [[Element]] {
    var order: [String: Int] = [:]
    var groups: [[Element]] = []
    for element in self {
      let name = key(element)
      if let index = order[name] {
        groups[index].append(element)
      } else {
        order[name] = groups.count
        groups.append([element])
      }
    }
    return groups
  }
}
