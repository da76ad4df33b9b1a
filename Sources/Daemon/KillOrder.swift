import ScytheLinux
import ScythePolicy
import ScytheReaper

/// What the loop wants done about a victim.
struct KillOrder: BitwiseCopyable {
  enum Kind: BitwiseCopyable {
    /// SIGKILL, and the release.
    case kill
    /// SIGTERM, and to see whether it ends within so many nanoseconds.
    case ask(graceNanoseconds: Int64)
    /// The release alone: it is dying already.
    case release
  }

  var kind = Kind.kill
  var victim = Victim()
  /// Whether all lanes were busy when it was given.
  var hasWaited = false
  /// What the decision was made of.
  var facts = DecisionFacts()

  /// Whether it asks a victim to end.
  func asks(_ other: Victim) -> Bool {
    guard case .ask = kind else { return false }
    return victim.isSame(as: other)
  }
}

extension Victim {
  /// Whether it is the same process.
  func isSame(as other: Victim) -> Bool { pid == other.pid && startTicks == other.startTicks }
}

/// What a decision was made of, for the line that tells of it.
struct DecisionFacts: BitwiseCopyable {
  var rule = Rule.floor
  /// When the sample was taken that it followed from.
  var sampledNanoseconds: Int64 = 0
  /// When it was made.
  var decidedNanoseconds: Int64 = 0
  var scoreAdjustment: Int16 = 0
  var headroomBytes: UInt64 = 0
  var lineBytes: UInt64 = 0
  /// The limit of the control group that was out of memory; 0 if the machine was.
  var groupLimitBytes: UInt64 = 0
  var fillBytesPerSecond: UInt64 = 0
  var fullBasisPoints: UInt64 = 0
  /// Whether the machine is filled so fast, or is so short, that a release must not share its CPU.
  var isPressing = true
}

extension ReaperError {
  /// Whether it says that the process has died already.
  var isGone: Bool {
    switch self {
    case .noSuchProcess, .alreadyDead: true
    default: false
    }
  }
}

/// What came of an order.
struct KillOutcome {
  enum Result {
    /// Killed, or released: see the report.
    case killed
    /// It ended by itself when it was asked to.
    case ended
    /// It was asked to end and did not in time.
    case stayed
    /// Nothing was signalled.
    case refused(ReaperError)
  }

  var result = Result.stayed
  /// Of the victim itself; of what died with it the summary has the sums.
  var report: VictimReport?
  var summary = KillSummary()
  /// When SIGKILL had gone out to the victim; 0 if it has not.
  var deliveredNanoseconds: Int64 = 0

  /// Whether somebody was signalled and released, so that there is a sum; one that was asked may also just have ended.
  var hasSummary: Bool { summary.victims > 0 }
}
