public import ScytheLinux
public import ScytheReclaim

/// How it is known how many bytes came back.
@frozen public enum Evidence: Equatable, Sendable, BitwiseCopyable {
  /// It is not known, and none are claimed.
  case none
  /// What the process had before the signal, and the pidfd says that it is dead.
  case exit
  /// What the process had before the signal, less what it showed right after the release, read through a descriptor
  /// that was opened before the signal.
  case residentSetAfterRelease
}

/// What did not come back, by cause.
@frozen public struct LeftBytes: Equatable, Sendable, BitwiseCopyable {
  /// Private memory that the process still has.
  public var privateBytes: UInt64 = 0
  /// Shared memory: comes back when the process exits, if nobody else has it.
  public var sharedBytes: UInt64 = 0
  /// Pages of hugetlbfs: go back to their pool when the process exits.
  public var hugetlbBytes: UInt64 = 0
  /// Pages pinned by a driver or by io_uring: come back when the process exits.
  public var pinnedBytes: UInt64 = 0
  /// Page tables: come back when the process exits. Not part of the total, being no content of the process.
  public var pageTableBytes: UInt64 = 0

  /// Makes nothing.
  public init() {}

  /// All but the page tables.
  public var totalBytes: UInt64 { privateBytes &+ sharedBytes &+ hugetlbBytes &+ pinnedBytes }
}

/// What became of a victim.
@frozen public enum Fate: Equatable, Sendable, BitwiseCopyable {
  /// It was not signalled yet: the answer of a dry run.
  case planned
  /// It is dead, and its memory is back.
  case exited
  /// Its memory is back; the process itself cannot finish dying yet.
  case released
  /// It shares the memory of another victim, whose report says what came back.
  case sharesWith(PID)
  /// It left its memory by itself, but was not dead by the deadline: another process may hold a reference.
  case exitUnderWay
  /// Not released, and not dead by the deadline: a robust mutex would have been lost.
  case withheld(RobustState)
  /// Not released: processes that live use the same memory.
  case sharedMemory(Sharers)
  /// Not released: it writes a core dump.
  case dumpingCore
  /// Not released by the deadline: a release of it is stuck in the kernel, or its turn did not come.
  case stuck
  /// Signalled; the caller asked for no release, and it was not dead by the deadline.
  case notReleased
  /// The carrier does not work here: for `release` Linux before 5.15 or a seccomp filter, for `limit` no `memory.max`.
  case unsupported
  /// Not released: its cgroup, whose limit was to be lowered, has members that may not be freed, or groups below it.
  case notAlone
  /// Not released: its memory is not charged to the cgroup whose limit was lowered.
  case notCharged
  /// The signal failed.
  case notSignalled(Errno)
  /// The kernel gave an answer that it is not known to give.
  case failed(Errno)
}

/// What happened to one victim.
@frozen public struct VictimReport: Equatable, Sendable {
  /// Its number.
  public let pid: PID
  /// Its short name.
  public let name: ProcessName
  /// When it started, in clock ticks since boot.
  public let startTicks: UInt64
  /// What it had before the signal.
  public let before: ProcessStatus
  /// What became of it.
  public let fate: Fate
  /// The means of the release; `nil` if none was tried.
  public let carrier: Carrier?
  /// How many threads released it.
  public let workers: Int
  /// How many times they asked the kernel to.
  public let releaseCalls: Int
  /// What its robust mutexes looked like after the signal.
  public let robust: RobustState
  /// What came of moving it out of a frozen group.
  public let rescue: RescueResult
  /// What came back for certain.
  public let bytesBack: UInt64
  /// How that is known.
  public let evidence: Evidence
  /// What did not come back.
  public let left: LeftBytes
  /// From the beginning of the kill to the signal.
  public let signalNanoseconds: Int64
  /// From the beginning of the kill until the call that sent SIGKILL to this victim had returned in the executor; `nil` if
  /// it has not been sent, or failed.
  public let deliveredNanoseconds: Int64?
  /// From the signal to the end of the robust check.
  public let checkNanoseconds: Int64
  /// From there to the end of the release; 0 if there was none.
  public let releaseNanoseconds: Int64
  /// From the signal to the death; `nil` if it was not dead by the end.
  public let exitNanoseconds: Int64?
  /// From the signal until the memory was back; `nil` if it is not.
  public let backNanoseconds: Int64?

  /// Whether all that a kill can return is back.
  public var isAllBack: Bool {
    switch fate {
    case .exited, .sharesWith: true
    case .released: left.totalBytes == 0
    default: false
    }
  }
}

/// A member of a tree or a cgroup that was left alive.
@frozen public struct SparedProcess: Equatable, Sendable, BitwiseCopyable {
  /// Its number.
  public let pid: PID
  /// Its short name.
  public let name: ProcessName
  /// Why; `nil` if the caller lacks the right to signal it.
  public let reason: Untouchable?
}

/// The sum of a kill.
@frozen public struct KillSummary: Equatable, Sendable, BitwiseCopyable {
  /// How many processes were victims.
  public var victims = 0
  /// What came back for certain, over all of them.
  public var bytesBack: UInt64 = 0
  /// What did not come back, over all of them.
  public var left = LeftBytes()
  /// Whether everything is back that a kill can return.
  public var isAllBack = true
  /// How many could not be signalled.
  public var notSignalled = 0
  /// Members of trees and cgroups that were left alive.
  public var spared = 0
  /// How long it took.
  public var elapsedNanoseconds: Int64 = 0
  /// Whether the caller cancelled the wait.
  public var isCancelled = false
  /// What the killed cgroups were charged before; `nil` where no memory controller counts.
  public var groupBeforeBytes: UInt64?
  /// What they are charged at the end.
  public var groupAfterBytes: UInt64?

  /// Makes the sum of nothing.
  public init() {}
}
