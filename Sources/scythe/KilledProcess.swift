import Scythe
import ScytheTelemetry

/// A record of a kill as a program reads it.
struct KilledProcess: Encodable {
  struct Left: Encodable {
    let privateBytes, sharedBytes, hugetlbBytes, pinnedBytes, pageTableBytes: UInt64
  }

  let sequence: UInt64
  /// When it was decided: UTC.
  let time: String
  /// The same, in nanoseconds since boot.
  let bootNanoseconds: Int64
  let outcome, rule, scope, fate, evidence, carrier, refusal, error: String?
  let pid: Int32
  let name: String
  let userID: UInt32
  let startTicks: UInt64
  let unit: UInt32
  let scoreAdjustment: Int32
  let points: Int64
  /// How many were meant, how many died, how many others used the same memory, and how many threads released it.
  let members, victims, sharers, workers: UInt32
  let expectedBytes, headroomBytes, lineBytes, fillBytesPerSecond, fullBasisPoints: UInt64
  let signalNanoseconds, backNanoseconds: UInt64?
  let bytesBack: UInt64
  let left: Left

  init(_ record: KillRecord) {
    sequence = record.sequence
    time = WallTime.utc(record.wallNanoseconds)
    bootNanoseconds = record.bootNanoseconds
    outcome = record.outcome.map { "\($0)" }
    rule = record.rule.map { "\($0)" }
    scope = record.scope.map { "\($0)" }
    fate = record.fate.map { "\($0)" }
    evidence = record.evidence.map { "\($0)" }
    carrier = record.carrier.map { "\($0)" }
    refusal = record.refusal.map { "\($0)" }
    error = record.error?.description
    pid = record.pid.rawValue
    name = record.name.description
    userID = record.userID
    startTicks = record.startTicks
    unit = record.unit
    scoreAdjustment = record.scoreAdjustment
    points = record.points
    members = record.members
    victims = record.victims
    sharers = record.sharers
    workers = record.workers
    expectedBytes = record.expectedBytes
    headroomBytes = record.headroomBytes
    lineBytes = record.lineBytes
    fillBytesPerSecond = record.fillBytesPerSecond
    fullBasisPoints = record.fullBasisPoints
    signalNanoseconds = record.signalNanoseconds
    backNanoseconds = record.backNanoseconds
    bytesBack = record.bytesBack
    left = Left(
      privateBytes: record.leftPrivateBytes, sharedBytes: record.leftSharedBytes, hugetlbBytes: record.leftHugetlbBytes,
      pinnedBytes: record.leftPinnedBytes, pageTableBytes: record.leftPageTableBytes)
  }
}

extension KillRecord {
  fileprivate var error: Errno? { errorNumber == 0 ? nil : Errno(rawValue: CInt(clamping: errorNumber)) }
}

/// Kills as a person reads them: a line for each.
enum KillTable {
  static let heading = columns("when", "what", "pid", "name", "back", "in", "rule") + "why"

  static func line(_ record: KillRecord) -> String {
    let back = record.bytesBack > 0 || record.evidence != nil ? Quantity.bytes(record.bytesBack) : "-"
    let time = record.backNanoseconds.map { Quantity.milliseconds(Int64(clamping: $0)) } ?? "-"
    let cells = columns(
      WallTime.local(record.wallNanoseconds), record.outcome?.words ?? "?", "\(record.pid.rawValue)",
      record.name.description, back, time, record.rule.map { "\($0)" } ?? "?")
    return cells + notes(record).joined(separator: ", ")
  }

  private static func notes(_ record: KillRecord) -> [String] {
    var notes: [String] = []
    if let evidence = record.evidence { notes.append(evidence.words) }
    if record.victims > 1 { notes.append("with \(record.victims - 1) more") }
    if let refusal = record.refusal {
      notes.append(refusal.words + (record.error.map { ": \($0.description)" } ?? ""))
    }
    if record.outcome == .told || record.outcome == .refused || record.outcome == .stayed {
      notes.append("has \(Quantity.bytes(record.expectedBytes))")
    }
    if let fate = record.fate?.words { notes.append(fate) }
    let left: [(String, UInt64)] = [
      ("private", record.leftPrivateBytes), ("shared", record.leftSharedBytes), ("hugetlb", record.leftHugetlbBytes),
      ("pinned", record.leftPinnedBytes),
    ]
    for (kind, bytes) in left where bytes > 0 { notes.append("left \(Quantity.bytes(bytes)) \(kind)") }
    notes.append("headroom \(Quantity.bytes(record.headroomBytes)) of line \(Quantity.bytes(record.lineBytes))")
    if record.fillBytesPerSecond > 0 { notes.append("fill \(Quantity.bytes(record.fillBytesPerSecond))/s") }
    if let signal = record.signalNanoseconds {
      notes.append("signal after \(Quantity.milliseconds(Int64(clamping: signal)))")
    }
    return notes
  }

  private static func columns(
    _ when: String, _ what: String, _ pid: String, _ name: String, _ back: String, _ time: String, _ rule: String
  ) -> String {
    "  " + left(when, 21) + left(what, 15) + right(pid, 7) + "  " + left(name, 17) + right(back, 10) + right(time, 11)
      + "  " + left(rule, 11)
  }

  private static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
