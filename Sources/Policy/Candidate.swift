public import ScytheLinux

/// One process that could be a victim, as the sampler saw it. 64 bytes, since the daemon keeps 4,096 rows of locked
/// memory.
@frozen public struct Candidate: Equatable, Sendable, BitwiseCopyable {
  /// When it started, in clock ticks since boot. With the number it identifies a process.
  public var startTicks: UInt64 = 0
  /// Its short name.
  public var name = ProcessName()
  /// Its number.
  public var pid = PID(0)
  /// Its real user.
  public var userID: UInt32 = 0
  private var anonymousKilobytes: UInt32 = 0
  private var sharedKilobytes: UInt32 = 0
  private var swapKilobytes: UInt32 = 0
  private var growthKilobytesPerSecond: UInt32 = 0
  /// The nearest control group, its own or one above, that has a memory limit or `memory.oom.group`: the number that the
  /// sampler gave it, 0 for none. See ``GroupSample/number``.
  public var group: UInt32 = 0
  /// The service or scope that it belongs to: a hash of the group's path, which is the same after a restart; 0 for none.
  public var unit: UInt32 = 0
  /// Its `oom_score_adj`.
  public var scoreAdjustment: Int16 = 0
  /// What the rules of the configuration say, in percent of what its death returns: see ``RuleVerdict``.
  public var ruleWeightPercent: Int16 = 0
  /// What it was found to be while all was calm.
  public var classes = ProcessClasses()
  /// When it was looked at, by a clock of the sampler's that goes round; nothing is decided by it.
  public var lookStamp: UInt16 = 0

  /// Makes a row of nothing.
  public init() {}

  /// Resident anonymous memory: `RssAnon`. Like the other sizes exact to 1 KiB, and at most 4 TiB.
  public var anonymousBytes: UInt64 {
    get { UInt64(anonymousKilobytes) << 10 }
    set { anonymousKilobytes = Candidate.kilobytes(newValue) }
  }
  /// Resident shared memory: `RssShmem`.
  public var sharedBytes: UInt64 {
    get { UInt64(sharedKilobytes) << 10 }
    set { sharedKilobytes = Candidate.kilobytes(newValue) }
  }
  /// Anonymous memory in swap: `VmSwap`.
  public var swapBytes: UInt64 {
    get { UInt64(swapKilobytes) << 10 }
    set { swapKilobytes = Candidate.kilobytes(newValue) }
  }
  /// By how much its anonymous, shared and swapped memory grew per second between the last two looks at it; 0 if it
  /// shrank, or was looked at once.
  public var growthBytesPerSecond: UInt64 {
    get { UInt64(growthKilobytesPerSecond) << 10 }
    set { growthKilobytesPerSecond = Candidate.kilobytes(newValue) }
  }

  /// What a release or an exit gives back for certain.
  public var releasableBytes: UInt64 { anonymousBytes &+ swapBytes }

  private static func kilobytes(_ bytes: UInt64) -> UInt32 { UInt32(clamping: bytes >> 10) }
}

/// What is known of a process besides numbers.
@frozen public struct ProcessClasses: Equatable, Sendable, BitwiseCopyable {
  /// The bits.
  public var rawValue: UInt16

  /// Makes a set of bits.
  public init(rawValue: UInt16 = 0) { self.rawValue = rawValue }

  /// A thread of the kernel.
  public static var kernelThread: ProcessClasses { ProcessClasses(rawValue: 1 << 0) }
  /// Scythe itself.
  public static var scythe: ProcessClasses { ProcessClasses(rawValue: 1 << 1) }
  /// The rules of the configuration say never.
  public static var ruledOut: ProcessClasses { ProcessClasses(rawValue: 1 << 2) }
  /// The daemon lacks the right to kill it.
  public static var notPermitted: ProcessClasses { ProcessClasses(rawValue: 1 << 3) }
  /// SIGKILL is pending, or it has begun to exit.
  public static var dying: ProcessClasses { ProcessClasses(rawValue: 1 << 4) }
  /// It is dying, and the kernel's own killer chose it.
  public static var kernelVictim: ProcessClasses { ProcessClasses(rawValue: 1 << 5) }
  /// It is in a control group that the kernel kills as one; then ``Candidate/group`` is that group.
  public static var killedAsOne: ProcessClasses { ProcessClasses(rawValue: 1 << 6) }
  /// It leads a session of logind.
  public static var sessionLeader: ProcessClasses { ProcessClasses(rawValue: 1 << 7) }
  /// It is a display server or a compositor.
  public static var displayServer: ProcessClasses { ProcessClasses(rawValue: 1 << 8) }
  /// It listens for logins by ssh.
  public static var loginListener: ProcessClasses { ProcessClasses(rawValue: 1 << 9) }
  /// It is a shell, and has children.
  public static var shellWithChildren: ProcessClasses { ProcessClasses(rawValue: 1 << 10) }
  /// It shares its memory with a process that may not be killed.
  public static var sharesWithUntouchable: ProcessClasses { ProcessClasses(rawValue: 1 << 11) }

  /// Its control group is marked as never to be chosen from.
  public static var groupOmitted: ProcessClasses { ProcessClasses(rawValue: 1 << 12) }
  /// Its control group is marked as one to choose from rather not.
  public static var groupAvoided: ProcessClasses { ProcessClasses(rawValue: 1 << 13) }
  /// Its control group is marked as one to choose from first.
  public static var groupPreferred: ProcessClasses { ProcessClasses(rawValue: 1 << 14) }

  /// Those that are avoided unless a rule says otherwise.
  public static var avoided: ProcessClasses {
    sessionLeader | displayServer | loginListener | shellWithChildren | groupAvoided
  }

  /// Both sets.
  public static func | (left: ProcessClasses, right: ProcessClasses) -> ProcessClasses {
    ProcessClasses(rawValue: left.rawValue | right.rawValue)
  }

  /// Whether all of `other` are in it.
  public func contains(_ other: ProcessClasses) -> Bool { rawValue & other.rawValue == other.rawValue }
  /// Whether any of `other` is in it.
  public func intersects(_ other: ProcessClasses) -> Bool { rawValue & other.rawValue != 0 }
  /// Puts `other` into it.
  public mutating func insert(_ other: ProcessClasses) { rawValue |= other.rawValue }
  /// Takes `other` out of it.
  public mutating func remove(_ other: ProcessClasses) { rawValue &= ~other.rawValue }
}
