/// What a killer costs while nothing happens, over repetitions.
struct CalmCell: Codable, Equatable, Sendable {
  let key: CellKey
  let runs: Int
  /// How much of the memory was available.
  let availablePercent: Int?
  let residentBytes: Spread?
  let proportionalBytes: Spread?
  let lockedBytes: Spread?
  let threads: Spread?
  /// A second, in thousandths.
  let wakeUpThousandths: Spread?
  /// A second, in thousandths.
  let callThousandths: Spread?
  /// Microseconds of a second.
  let processorMicroseconds: Spread?
  /// Repetitions at whose end it was dead.
  let dead: Int
  let command: String

  init(_ key: CellKey, _ results: [RunResult]) {
    let calm = results.filter { $0.state == .done }.compactMap(\.calm)
    func spread(_ value: (CalmResult) -> Int64?) -> Spread? { Spread(calm.map(value)) }
    func rate(_ value: Double, _ unit: Double) -> Int64? {
      value.isFinite ? Int64(max(0, min(value * unit, Double(Spread.limit))).rounded()) : nil
    }
    self.key = key
    runs = calm.count
    availablePercent = calm.first?.availablePercent
    residentBytes = spread { Int64(clamping: $0.residentBytes) }
    proportionalBytes = spread { Int64(clamping: $0.proportionalBytes) }
    lockedBytes = spread { Int64(clamping: $0.lockedBytes) }
    threads = spread { Int64($0.threads) }
    wakeUpThousandths = spread { rate($0.wakeUpsPerSecond, 1000) }
    callThousandths = spread { $0.callsPerSecond.flatMap { rate($0, 1000) } }
    processorMicroseconds = spread { rate($0.processorMicrosecondsPerSecond, 1) }
    dead = calm.count { !$0.isAlive }
    command = results.first?.command ?? ""
  }
}
