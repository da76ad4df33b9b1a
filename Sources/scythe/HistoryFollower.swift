import FoundationEssentials
import Scythe
import ScytheTelemetry

/// Waits for kills, by the log: each is told once it is stored.
struct HistoryFollower {
  private let path: String
  private var lastSequence: UInt64
  /// When the log was last written to, as far as it was read.
  private var changed: Date?
  /// Whether it was read once more since. That time goes in steps, of some milliseconds: what was written in the same step
  /// as the last reading looks unchanged.
  private var isSettled = false

  private static let intervalMilliseconds: CInt = 500

  /// Follows a log from its newest record on.
  init(_ path: String, after records: [KillRecord]) {
    self.path = path
    lastSequence = records.map(\.sequence).max() ?? 0
  }

  /// Tells of kills until a signal ends it.
  mutating func run(_ signals: borrowing InterruptionSignals, _ tell: (KillRecord) throws -> Void) throws {
    while (try? signals.descriptor.waitUntilReadable(timeoutMilliseconds: Self.intervalMilliseconds)) == false {
      guard hasNews() else { continue }
      var (records, _) = try HistoryCommand.read(path)
      records.removeAll { $0.sequence <= lastSequence }
      for record in records.sorted(by: { $0.sequence < $1.sequence }) {
        try tell(record)
        lastSequence = record.sequence
      }
    }
  }

  /// Whether the log may have something new; so it is if nobody can say when it was written. The clock may have been set
  /// back meanwhile, so that another time is a new one, whichever is later.
  private mutating func hasNews() -> Bool {
    let now = (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
    let isSame = now != nil && now == changed
    let wasSettled = isSettled
    changed = now
    isSettled = isSame
    return !isSame || !wasSettled
  }
}
