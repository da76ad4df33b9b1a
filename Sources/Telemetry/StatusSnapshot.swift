public import ScytheLinux

/// Whether a daemon kills.
@frozen public enum RecordedMode: UInt8, Sendable, BitwiseCopyable {
  /// It kills.
  case watches = 1
  /// It only tells whom it would kill.
  case observes = 2
}

/// The kind of machine that a daemon takes this one for.
@frozen public enum RecordedProfile: UInt8, Sendable, BitwiseCopyable {
  /// People wait for it.
  case desktop = 1
  /// Services.
  case server = 2
  /// Inside a container.
  case container = 3
  /// Many compilers.
  case build = 4
}

/// What becomes of records of kills besides the page.
@frozen public enum KillLogState: UInt8, Sendable, BitwiseCopyable {
  /// The log is being opened, or nothing has been tried yet.
  case opening = 1
  /// Records are stored.
  case open = 2
  /// The log cannot be opened, or written to: see the error number. It is tried again.
  case failing = 3
  /// There is none: no folder was given, or the file there is somebody else's.
  case off = 4
}

/// A process that could die, as the page shows it.
@frozen public struct StatusCandidate: Sendable, BitwiseCopyable {
  /// Its number.
  public var pid = PID(0)
  /// Its `oom_score_adj`.
  public var scoreAdjustment: Int32 = 0
  /// Its short name.
  public var name = ProcessName()
  /// What its death returns for certain.
  public var bytes: UInt64 = 0
  /// Its points.
  public var points: Int64 = 0
  /// By how much it grows per second.
  public var growthBytesPerSecond: UInt64 = 0

  /// Makes a candidate of nothing.
  public init() {}
}

/// What a daemon saw, decided and did, at its last look.
public struct StatusSnapshot: Sendable, BitwiseCopyable {
  package var block = WordBlock<112>()

  /// How many candidates there can be.
  public static var mostCandidates: Int { 8 }
  private static var firstCandidate: Int { 64 }
  private static var candidateWords: Int { 6 }

  /// Makes a snapshot of nothing.
  public init() {}

  package init(_ block: WordBlock<112>) { self.block = block }

  /// How many candidates there are.
  public var candidateCount: Int {
    get { Int(min(block[58], UInt64(StatusSnapshot.mostCandidates))) }
    set { block[58] = UInt64(max(0, newValue)) }
  }

  /// A candidate, the first to die first.
  ///
  /// - Parameter index: below ``mostCandidates``; another is a programmer's error.
  public func candidate(at index: Int) -> StatusCandidate {
    let first = StatusSnapshot.place(of: index)
    var candidate = StatusCandidate()
    candidate.pid = PID(Int32(bitPattern: block[low: first]))
    candidate.scoreAdjustment = Int32(bitPattern: block[high: first])
    candidate.name = block[name: first + 1]
    candidate.bytes = block[first + 3]
    candidate.points = block[signed: first + 4]
    candidate.growthBytesPerSecond = block[first + 5]
    return candidate
  }

  /// Puts a candidate in; see ``candidate(at:)``.
  public mutating func setCandidate(_ candidate: StatusCandidate, at index: Int) {
    let first = StatusSnapshot.place(of: index)
    block[low: first] = UInt32(bitPattern: candidate.pid.rawValue)
    block[high: first] = UInt32(bitPattern: candidate.scoreAdjustment)
    block[name: first + 1] = candidate.name
    block[first + 3] = candidate.bytes
    block[signed: first + 4] = candidate.points
    block[first + 5] = candidate.growthBytesPerSecond
  }

  private static func place(of index: Int) -> Int {
    precondition(index >= 0 && index < mostCandidates)
    return firstCandidate + index * candidateWords
  }
}
