import Scythe
import ScytheVictims

/// What came of one kill.
struct DemoRun: Encodable {
  let way: String
  let isScythe: Bool
  /// From the signal until all memory was back; `nil` if it was not by the deadline.
  let backNanoseconds: Int64?
  let bytesBack, bytesLeft: UInt64
  /// How many threads released.
  let workers: Int
  let mutex: MutexFate?

  init(_ way: DemoWay, _ report: KillReport, _ mutex: MutexFate?) {
    self.way = way.title
    isScythe = way.isScythe
    let moments = report.victims.map(\.backNanoseconds)
    backNanoseconds = moments.contains(nil) ? nil : moments.compactMap { $0 }.max()
    bytesBack = report.summary.bytesBack
    // What it was given, as what is said to be back: shared pages of its program are nobody's loss.
    bytesLeft = report.summary.left.privateBytes
    workers = report.victims.map(\.workers).max() ?? 0
    self.mutex = mutex
  }

  /// The time, or that there is none.
  var time: String { backNanoseconds.map { Quantity.milliseconds($0) } ?? "not back" }

  /// The share of the deadline that it took.
  var share: Double { Double(backNanoseconds ?? DemoStage.deadlineNanoseconds) / Double(DemoStage.deadlineNanoseconds) }
}

/// A victim, and the ways in which it was killed.
struct DemoRow: Encodable {
  let victim: String
  let title: String
  let explanation: String
  let runs: [DemoRun]
  /// Why it is not shown.
  let notShown: String?
}

/// All that the demo found.
struct DemoResult: Encodable {
  let machine: MachineDescription
  let victimBytes: UInt64
  let deadlineNanoseconds: Int64
  /// Whether this kernel has `process_mrelease`.
  let canRelease: Bool
  var rows: [DemoRow] = []

  /// What the reader has to know where nothing can be released.
  var warning: String? {
    canRelease
      ? nil
      : "process_mrelease (Linux 5.15) cannot be called here: Scythe signals, moves frozen victims and hurries exits, no more."
  }

  /// What came back, and what was killed to get it, for a way; the victims of `robust-mutex` are no comparison of bytes.
  func total(isScythe: Bool) -> (back: UInt64, asked: UInt64) {
    var total: (back: UInt64, asked: UInt64) = (0, 0)
    for row in rows where row.victim != DemoVictim.robustMutex.rawValue {
      // Of Scythe's ways the last: the one with the most workers.
      guard let run = isScythe ? row.runs.last : row.runs.first else { continue }
      total.back += run.bytesBack
      total.asked += run.bytesBack + run.bytesLeft
    }
    return total
  }
}
