/// Headroom, part by part: `totalBytes` is the sum of the parts that add, less the ones that are kept back, and never below
/// 0.
@frozen public struct HeadroomExplanation: Equatable, Sendable, BitwiseCopyable {
  /// Unused memory.
  public var freeBytes: UInt64 = 0
  /// On per-CPU lists of free pages, if that was read.
  public var perCPUListBytes: UInt64 = 0
  /// Pages of files that were not used lately.
  public var inactiveFileBytes: UInt64 = 0
  /// Half of the pages of files that were used again, over the eighth of memory that is taken for hot.
  public var activeFileBytes: UInt64 = 0
  /// Half of what the kernel says it can do without.
  public var slabBytes: UInt64 = 0
  /// What swapping out to compressed memory would bring, its own need of memory taken off.
  public var zramBytes: UInt64 = 0
  /// What swapping out to a disk would bring, as far as the disk keeps pace.
  public var diskSwapBytes: UInt64 = 0
  /// What the kernel hands out to nobody; taken off.
  public var watermarkBytes: UInt64 = 0
  /// What the container's limit leaves, if that is less than all of the above: the total, then.
  public var containerBytes: UInt64?
  /// What can be handed out without evicting hot pages.
  public var totalBytes: UInt64 = 0

  /// Makes one of nothing.
  public init() {}
}

/// The lines, part by part: `totalBytes` is the sum of the three parts or the cap, whichever is less.
@frozen public struct LineExplanation: Equatable, Sendable, BitwiseCopyable {
  /// F: what is filled per second.
  public var fillBytesPerSecond: UInt64 = 0
  /// F_other: what everyone but the victim fills per second.
  public var otherFillBytesPerSecond: UInt64 = 0
  /// F * L: what is filled before a signal is out.
  public var latencyBytes: UInt64 = 0
  /// max(0, F_other - R) * V / R: what is filled by others while the victim's memory comes back.
  public var releaseBytes: UInt64 = 0
  /// What is never handed out.
  public var reserveBytes: UInt64 = 0
  /// The deadline rule never acts above this.
  public var capBytes: UInt64 = 0
  /// Below this one sample is enough.
  public var emergencyBytes: UInt64 = 0
  /// Where the deadline rule acts.
  public var totalBytes: UInt64 = 0

  /// Makes one of nothing.
  public init() {}
}

/// Thrash and stall as measured over the last interval; shares are basis points.
@frozen public struct PressureExplanation: Equatable, Sendable, BitwiseCopyable {
  /// How much of the time everything waited.
  public var fullBasisPoints: UInt64 = 0
  /// How much of what is kept was read again per second.
  public var refaultBasisPoints: UInt64 = 0
  /// For how long both were over their limits.
  public var thrashNanoseconds: UInt64 = 0
  /// For how long the stall rule's condition held.
  public var stallNanoseconds: UInt64 = 0

  /// Makes one of nothing.
  public init() {}
}

/// A control group that is out of memory.
@frozen public struct GroupExplanation: Equatable, Sendable, BitwiseCopyable {
  /// Its number: see ``GroupSample/number``.
  public var number: UInt32 = 0
  /// Its limit.
  public var limitBytes: UInt64 = 0
  /// What can still be charged to it without evicting its hot pages.
  public var headroomBytes: UInt64 = 0
  /// What that is short of, unless it thrashes.
  public var lineBytes: UInt64 = 0
  /// What is charged to it and cannot be dropped again, per second.
  public var fillBytesPerSecond: UInt64 = 0
  /// Whether it thrashes.
  public var isThrash = false

  /// Makes one of nothing.
  public init() {}
}

/// Why a process would be chosen, point by point: a point is a KiB that its death returns, and `totalPoints` is the sum of
/// all others.
@frozen public struct ScoreExplanation: Equatable, Sendable, BitwiseCopyable {
  /// For resident anonymous memory.
  public var anonymousPoints: Int64 = 0
  /// For memory in swap.
  public var swapPoints: Int64 = 0
  /// For shared memory, which may have other owners.
  public var sharedPoints: Int64 = 0
  /// For `oom_score_adj`.
  public var adjustmentPoints: Int64 = 0
  /// For the rules of the configuration.
  public var rulePoints: Int64 = 0
  /// For what it is: avoided by default.
  public var classPoints: Int64 = 0
  /// For what of it did not grow of late: it is not what fills the memory.
  public var stillPoints: Int64 = 0
  /// The sum.
  public var totalPoints: Int64 = 0
  /// Whether it can be chosen.
  public var standing = Standing.candidate

  /// Makes one of nothing.
  public init() {}
}

/// Whether a process can be chosen, and if not, why.
@frozen public enum Standing: UInt8, Equatable, Sendable, BitwiseCopyable {
  /// It can be.
  case candidate
  /// It is the first process.
  case initProcess
  /// It is a thread of the kernel.
  case kernelThread
  /// It is Scythe itself.
  case scythe
  /// Its `oom_score_adj` is -1000.
  case adjustedOut
  /// The rules of the configuration say never.
  case ruledOut
  /// Its control group is marked as never to be chosen from.
  case groupOmitted
  /// It shares its memory with one that may not be killed.
  case sharesWithUntouchable
  /// The daemon lacks the right to kill it.
  case notPermitted
  /// It is dying already.
  case dying
  /// It was killed before, and its memory did not come back in time.
  case spent
  /// Its death would return too little.
  case tooSmall
  /// It is not in the control group that is out of memory.
  case elsewhere
}
