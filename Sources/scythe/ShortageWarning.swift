import Scythe

/// What is told of a shortage, and of its end.
struct ShortageWarning: Encodable {
  let state: ShortageWatch.News
  /// What can be handed out before somebody dies.
  let leftBytes: UInt64
  /// How long that lasts at the present fill; `nil` while nothing is filled.
  let leftNanoseconds: UInt64?
  /// Whether scythed kills then, or only tells.
  let kills: Bool
  /// Who would die first; `nil` if nobody can.
  let next: TopReport.Process?

  init(_ news: ShortageWatch.News, _ reading: ShortageWatch.Reading, _ report: TopReport) {
    state = news
    leftBytes = reading.leftBytes
    leftNanoseconds = reading.leftNanoseconds
    kills = report.mode != "observes"
    next = report.victim ?? report.candidates.first
  }

  /// For people: one line.
  var words: String {
    guard state == .short else { return "memory is enough again: \(Quantity.bytes(leftBytes)) left" }
    var line =
      "memory gets short: \(Quantity.bytes(leftBytes)) left before somebody \(kills ? "is" : "would be") killed"
    if let leftNanoseconds { line += ", \(Quantity.seconds(Int64(clamping: leftNanoseconds))) at this fill" }
    if let next { line += "; next is \(next.pid) \(next.name), \(Quantity.bytes(next.returnsBytes))" }
    return line
  }
}

extension ShortageWatch.Reading {
  init(_ report: TopReport) {
    nanoseconds = UInt64(clamping: MonotonicClock.nowNanoseconds)
    leftBytes = report.headroom.total > report.line.total ? report.headroom.total - report.line.total : 0
    leftNanoseconds = report.timeLeftNanoseconds
  }
}
