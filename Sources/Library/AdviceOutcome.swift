public import ScytheLinux
public import ScytheReclaim

/// Where advice stands.
public struct AdviceProgress: Sendable {
  /// Which one of the processes and groups it is at, from 0 on.
  public let index: Int
  /// How many there are.
  public let count: Int
  /// The process, or the path of the group.
  public let subject: String
  /// What of it has been advised, in bytes; `nil` if that is not counted.
  public let advisedBytes: UInt64?
}

/// What became of one process.
public enum AdviceResult: Equatable, Sendable {
  /// It was advised, wholly or in part.
  case advised(AdviceReport)
  /// Its turn did not come.
  case notReached(AdviceEnd)
  /// It went away.
  case gone
  /// The caller may not advise it: it lacks `CAP_SYS_NICE`, or ptrace read rights.
  case notPermitted(Errno)
  /// The kernel gave an answer that it is not known to give.
  case failed(ReclaimError)
}

/// What happened to one process.
public struct AdvisedProcess: Equatable, Sendable {
  /// Its number.
  public let pid: PID
  /// Its short name.
  public let name: ProcessName
  /// What it had when it was selected.
  public let before: ProcessStatus
  /// What became of it.
  public let result: AdviceResult
}

/// What became of a control group that was to be reclaimed from as a whole, by `memory.reclaim`.
public enum GroupReclaimResult: Equatable, Sendable {
  /// It was, wholly or in part.
  case reclaimed(GroupReclaimReport)
  /// Its turn did not come.
  case notReached(AdviceEnd)
  /// The kernel refused.
  case failed(ReclaimError)
}

/// What happened to one control group.
public struct ReclaimedGroup: Equatable, Sendable {
  /// Its directory.
  public let path: String
  /// What became of it.
  public let result: GroupReclaimResult
}

/// Memory, by kind.
public struct MemorySum: Equatable, Sendable {
  /// Resident anonymous memory.
  public var anonymousBytes: UInt64 = 0
  /// Resident pages of files.
  public var fileBytes: UInt64 = 0
  /// Resident shared memory.
  public var sharedBytes: UInt64 = 0
  /// Anonymous memory in swap.
  public var swapBytes: UInt64 = 0

  /// Makes nothing.
  public init() {}

  /// What a process has.
  ///
  /// - Parameter status: the process's.
  public init(_ status: ProcessStatus) {
    anonymousBytes = status.anonymousBytes
    fileBytes = status.fileBytes
    sharedBytes = status.sharedBytes
    swapBytes = status.swapBytes
  }

  /// All that is resident.
  public var residentBytes: UInt64 { anonymousBytes &+ fileBytes &+ sharedBytes }

  /// Adds what another process has.
  ///
  /// - Parameter other: that.
  public mutating func add(_ other: MemorySum) {
    anonymousBytes &+= other.anonymousBytes
    fileBytes &+= other.fileBytes
    sharedBytes &+= other.sharedBytes
    swapBytes &+= other.swapBytes
  }
}

/// The sum of it all.
public struct AdviceSummary: Equatable, Sendable {
  /// How many processes were advised, wholly or in part.
  public var advised = 0
  /// How many went away.
  public var gone = 0
  /// How many may not be advised.
  public var notPermitted = 0
  /// How many, groups included, failed for another reason.
  public var failed = 0
  /// How many, groups included, were not reached.
  public var notReached = 0
  /// What those that were advised had before.
  public var before = MemorySum()
  /// What they have afterwards.
  public var after = MemorySum()
  /// Why it ended.
  public var end = AdviceEnd.completed
  /// How long it took.
  public var elapsedNanoseconds: Int64 = 0

  /// Makes the sum of nothing.
  public init() {}
}

/// What came of a request.
public struct AdviceOutcome: Sendable {
  /// The processes, the largest first, in the order in which they were advised.
  public let processes: [AdvisedProcess]
  /// The control groups that were reclaimed from as a whole; of the others, the members are among the processes.
  public let groups: [ReclaimedGroup]
  /// The sum.
  public let summary: AdviceSummary
  /// What the release of the dying came to, for `dontNeed`; `nil` for all other advice, of which the rest is.
  public let release: KillReport?

  init(processes: [AdvisedProcess], groups: [ReclaimedGroup], summary: AdviceSummary) {
    self.processes = processes
    self.groups = groups
    self.summary = summary
    release = nil
  }

  init(release: KillReport) {
    processes = []
    groups = []
    summary = AdviceSummary()
    self.release = release
  }
}
