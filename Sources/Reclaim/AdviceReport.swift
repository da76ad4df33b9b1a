public import ScytheLinux

/// Why an area did not take advice.
@frozen public enum SkipReason: Int, Equatable, Sendable, BitwiseCopyable {
  /// It is locked: by `mlock(2)`, or secret memory.
  case locked
  /// Its pages are hugetlbfs's.
  case hugetlb
  /// It is mapped from a device, or from something that a driver made.
  case device
  /// It is the kernel's own: `[vvar]`, `[vsyscall]` and their like.
  case kernel
  /// It holds no whole huge page, so there is nothing to collapse.
  case tooSmall
  /// The kernel makes no huge pages of it, or reads nothing in for it.
  case notEligible
  /// The kernel had no memory for a huge page, or the pages were in use.
  case failed
  /// It was unmapped or split while the walk stood at it.
  case changed
  /// The kernel refused it, for none of the reasons above.
  case refused

  /// All of them.
  public static var all: InlineArray<9, SkipReason> {
    [.locked, .hugetlb, .device, .kernel, .tooSmall, .notEligible, .failed, .changed, .refused]
  }
}

/// How many areas, and how many bytes of address space.
@frozen public struct AreaTally: Equatable, Sendable, BitwiseCopyable {
  /// The number of areas.
  public var areas: Int
  /// What they span, in bytes; resident or not.
  public var bytes: UInt64

  /// Makes a tally; of nothing, if nothing is said.
  public init(areas: Int = 0, bytes: UInt64 = 0) {
    self.areas = areas
    self.bytes = bytes
  }
}

/// The areas that did not take advice, by reason.
@frozen public struct SkippedAreas: Sendable, BitwiseCopyable {
  private var tallies: InlineArray<9, AreaTally> = InlineArray(repeating: AreaTally())

  /// Makes none.
  public init() {}

  /// Those with one reason.
  public subscript(reason: SkipReason) -> AreaTally { tallies[reason.rawValue] }

  /// All together.
  public var total: AreaTally {
    var total = AreaTally()
    for index in tallies.indices {
      total.areas += tallies[index].areas
      total.bytes &+= tallies[index].bytes
    }
    return total
  }

  /// Adds an area, or, if it is not new, another part of one.
  package mutating func add(_ bytes: UInt64, _ reason: SkipReason, isNew: Bool) {
    if isNew { tallies[reason.rawValue].areas += 1 }
    tallies[reason.rawValue].bytes &+= bytes
  }
}

extension SkippedAreas: Equatable {
  /// Whether the same number was skipped for the same reasons.
  public static func == (left: SkippedAreas, right: SkippedAreas) -> Bool {
    for index in left.tallies.indices where left.tallies[index] != right.tallies[index] { return false }
    return true
  }
}

/// Why a walk ended.
@frozen public enum AdviceEnd: Equatable, Sendable, BitwiseCopyable {
  /// All that was selected has been walked.
  case completed
  /// `maximumBytes` have been advised.
  case maximumReached
  /// The time is over.
  case deadlineReached
  /// The caller cancelled it.
  case cancelled
  /// The process has left its memory.
  case processGone
}

/// What advice came to.
@frozen public struct AdviceReport: Equatable, Sendable, BitwiseCopyable {
  /// The means.
  public var carrier = AdviceCarrier.vector
  /// What the release came to, for `dontNeed`; `nil` for all other advice.
  public var release: Outcome?
  /// Why the walk ended.
  public var end = AdviceEnd.completed
  /// How many areas took the advice, and what they span; `nil` if they were not looked up. An area of which a part is
  /// outside of the selection counts with the part that is inside.
  public var advised: AreaTally?
  /// The areas that did not take it; none where the carrier is `extension`, which does not tell.
  public var skipped = SkippedAreas()
  /// How many times advice was given to the kernel.
  public var adviceCalls = 0
  /// How many times it was asked for areas.
  public var areaCalls = 0
  /// Where an unfinished walk goes on; 0 if it is finished.
  public var nextAddress: UInt64 = 0
  /// What the process had before.
  public var before = ProcessStatus()
  /// What it had afterwards; `nil` if it is gone.
  public var after: ProcessStatus?
  /// How long it took.
  public var elapsedNanoseconds: Int64 = 0

  /// Makes a report of nothing.
  public init() {}
}
