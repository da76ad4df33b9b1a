/// What kind of machine this is.
@frozen public enum Profile: UInt8, Equatable, Sendable, BitwiseCopyable {
  /// People wait for it; browsers say of their tabs that they may go.
  case desktop
  /// Services, whose managers set `oom_score_adj` with care.
  case server
  /// Inside a container, or beside one as its sidecar.
  case container
  /// Many compilers at once, and stalls that nobody sees.
  case build
}

/// What the policy is told: the choice of the configuration, and what was measured on this machine.
@frozen public struct PolicySettings: Equatable, Sendable, BitwiseCopyable {
  /// The kind of machine.
  public var profile: Profile
  /// L: the time from a sample to the signal that follows from it, measured by the daemon on itself.
  public var latencyNanoseconds: UInt64
  /// How long the closer look takes that a decision to kill rests on, between the sample that asks for it and the next: a
  /// part of L too. Measured by the daemon; 0 until it has looked.
  public var lookNanoseconds: UInt64 = 0
  /// Whether all who carry out kills are at it: nobody more is chosen until one of them has ended.
  public var isOccupied = false
  /// R: how much one release frees per second, measured at start and by every kill.
  public var releaseBytesPerSecond: UInt64
  /// The most that anything can fill per second on this machine, measured at start.
  public var fillCeilingBytesPerSecond: UInt64
  /// How many CPUs are online.
  public var processors: UInt32
  /// Clock ticks per second in `startTicks`: `sysconf(_SC_CLK_TCK)`.
  public var ticksPerSecond: UInt64
  /// Kills as late as the measured fill allows, and no later.
  public var deadlineRule = true
  /// Kills when the reserve is touched.
  public var floorRule = true
  /// Kills when the machine does nothing but read again what it dropped.
  public var thrashRule = true
  /// Kills when everything waits for memory, whatever the reason.
  public var stallRule = true
  /// Kills inside control groups that are out of memory.
  public var groupRule = true
  /// Sends a polite signal first while more than a second is left.
  public var politeSignal = true
  /// How long a polite signal may take; at most ``PolicyConstants/mostGraceNanoseconds`` is used.
  public var graceNanoseconds: UInt64 = PolicyConstants.mostGraceNanoseconds
  /// Nobody is killed: what is decided is only told. Kills that did not happen are then not judged.
  public var isObserving = false
  /// Kills the members of a group with `memory.oom.group` together, as the kernel does.
  public var killsGroupsAsOne = true

  /// Makes the settings of a profile; the measured figures are those of a machine of which nothing was measured.
  public init(profile: Profile = .desktop) {
    self.profile = profile
    latencyNanoseconds = PolicyConstants.unmeasuredLatencyNanoseconds
    releaseBytesPerSecond = PolicyConstants.unmeasuredReleaseBytesPerSecond
    fillCeilingBytesPerSecond = PolicyConstants.unmeasuredFillBytesPerSecond
    processors = 1
    ticksPerSecond = 100
  }

  /// A time in clock ticks.
  func ticks(_ nanoseconds: UInt64) -> UInt64 { nanoseconds.scaled(by: ticksPerSecond, over: 1_000_000_000) }
}
