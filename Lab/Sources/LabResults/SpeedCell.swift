/// What one way to do something took on one kernel, over all rounds of all repetitions.
struct SpeedCell: Codable, Equatable, Sendable {
  let platform: String
  let measure: String
  let way: String
  let isStock: Bool
  let microseconds: Spread?
  let systemCalls: Spread?
  let leftBytes: Spread?
  /// As many times the best way of a stock kernel, round by round, in thousandths; `nil` for that way itself.
  var ratioThousandths: Spread?
  let command: String

  /// A sample, and what tells its round from those of other repetitions.
  private struct Sample {
    let result: SpeedResult
    let repetition: Int
    let command: String

    /// What was done in the same round.
    var round: [Int] { [repetition, result.round] }
  }

  private init(platform: String, _ samples: [Sample]) {
    let all = samples.map(\.result)
    self.platform = platform
    (measure, way, isStock) = (all[0].measure, all[0].way, all[0].isStock)
    microseconds = Spread(all.map { $0.nanoseconds / 1000 })
    systemCalls = Spread(all.compactMap { $0.systemCalls.map { Int64($0) } })
    leftBytes = Spread(all.compactMap { $0.leftBytes.map { Int64(clamping: $0) } })
    command = samples[0].command
  }

  /// In the order in which the guest made them.
  static func all(_ runs: [(platform: String, results: [RunResult])]) -> [SpeedCell] {
    runs.grouped { $0.platform }.flatMap { group in
      let samples = group.flatMap(\.results).filter { $0.state == .done }.flatMap { run in
        (run.speed ?? []).map { Sample(result: $0, repetition: run.repetition, command: run.command) }
      }
      return samples.grouped { $0.result.measure }.flatMap { compared($0, platform: group[0].platform) }
    }
  }

  private static func compared(_ samples: [Sample], platform: String) -> [SpeedCell] {
    let ways = samples.grouped { $0.result.way }
    var cells = ways.map { SpeedCell(platform: platform, $0) }
    guard
      let best = cells.indices.filter({ cells[$0].isStock }).min(by: {
        (cells[$0].microseconds?.median ?? .max) < (cells[$1].microseconds?.median ?? .max)
      })
    else { return cells }
    let base = Dictionary(ways[best].map { ($0.round, $0.result.nanoseconds) }) { first, _ in first }
    for index in cells.indices where index != best {
      let ratios = ways[index].compactMap { sample -> Int64? in
        guard let other = base[sample.round], other > 0 else { return nil }
        let thousandths = Double(sample.result.nanoseconds) / Double(other) * 1000
        return Int64(min(max(thousandths, 0), Double(Spread.limit)).rounded())
      }
      cells[index].ratioThousandths = Spread(ratios)
    }
    return cells
  }
}
