import FoundationEssentials
import Scythe
import ScytheTelemetry

/// Waits for kills, by the log: each is told once it is stored.
struct HistoryFollower {
  private let path: String
  private var lastSequence: UInt64
  private var readAt: Date

  private static let intervalMilliseconds: CInt = 500
  /// The time of a file's last change goes in steps: what was written in the same step as the last reading looks unchanged.
  private static let stepSeconds = 1.0

  /// Follows a log from its newest record on.
  init(_ path: String, after records: [KillRecord]) {
    self.path = path
    lastSequence = records.map(\.sequence).max() ?? 0
    readAt = .distantPast
  }

  /// Tells of kills until a signal ends it.
  mutating func run(_ signals: borrowing InterruptionSignals, _ tell: (KillRecord) throws -> Void) throws {
    while try !signals.descriptor.waitUntilReadable(timeoutMilliseconds: HistoryFollower.intervalMilliseconds) {
      guard hasChanged() else { continue }
      readAt = .now
      var (records, _) = try HistoryCommand.read(path)
      records.removeAll { $0.sequence <= lastSequence }
      for record in records.sorted(by: { $0.sequence < $1.sequence }) {
        try tell(record)
        lastSequence = record.sequence
      }
    }
  }

  /// Whether the log may have something new; so it is if nobody can say when it was written.
  private func hasChanged() -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard let changed = attributes?[.modificationDate] as? Date else { return true }
    return changed.timeIntervalSince(readAt) > -HistoryFollower.stepSeconds
  }
}
