public import ScytheLinux

/// What to do now, and what that rests on.
@frozen public struct Decision: Equatable, Sendable, BitwiseCopyable {
  /// What to do.
  public var action = Action.nothing
  /// When to take the next sample at the latest, by the sample's monotonic clock.
  public var lookAgainAtNanoseconds: UInt64 = 0
  /// Something that a person should hear of.
  public var event: PolicyEvent?
  /// The rule that asks for a kill; `nil` if none does.
  public var rule: Rule?
  /// Why nothing is done although a rule asks for it, or that none does.
  public var restraint: Restraint?
  /// What can be handed out, part by part.
  public var headroom = HeadroomExplanation()
  /// Where the line is, part by part.
  public var line = LineExplanation()
  /// What open credits still promise.
  public var creditBytes: UInt64 = 0
  /// The control group that is out of memory; `nil` if none is, or something else matters more.
  public var group: GroupExplanation?
  /// How closely the limited control groups have to be watched.
  public var groupUrgency = GroupUrgency.calm
  /// Thrash and stall, as measured.
  public var pressure = PressureExplanation()
  /// Who would die, or dies, and for what reasons; `nil` if nobody was looked for, or there is none.
  public var victim: Victim?

  /// Makes the decision to do nothing.
  public init() {}
}

/// What to do.
@frozen public enum Action: Equatable, Sendable, BitwiseCopyable {
  /// Nothing until it is time to look again.
  case nothing
  /// Look at once, with the per-CPU lists and fresh candidates: the next decision may be a kill.
  case lookCloser
  /// Send the victim SIGTERM. A later decision is to kill it, if it has not ended when its grace is over, or memory falls.
  case polite(graceNanoseconds: UInt64)
  /// Kill the victim and release its memory. After a polite signal its row may have changed: go by pid and start.
  case kill
  /// The kernel's own killer chose this one: release its memory, with the check for robust mutexes, and signal nothing.
  case releaseKernelVictim
}

/// What asks for a kill.
@frozen public enum Rule: UInt8, Equatable, Sendable, BitwiseCopyable {
  /// Headroom below the emergency line, on one sample.
  case emergency
  /// Headroom below the reserve, on two samples.
  case floor
  /// Headroom below what a kill needs at the measured fill.
  case deadline
  /// Refaults and full stalls for some time.
  case thrash
  /// Full stalls for some time, with little memory left.
  case stall
  /// A control group is out of memory.
  case group
  /// The kernel's own killer was first.
  case kernel
}

/// Why nothing is done.
@frozen public enum Restraint: UInt8, Equatable, Sendable, BitwiseCopyable {
  /// No rule asks for a kill.
  case enough
  /// A kill is under way that will bring enough.
  case credit
  /// One sample says so; a second one is waited for.
  case unconfirmed
  /// The last kill is less than 100 ms ago.
  case tooSoon
  /// Nobody may be killed, or nobody is large enough to help.
  case noVictim
  /// Kills do not help.
  case futile
  /// The memory went where no process has it.
  case unexplained
  /// The best victim belongs to a unit that keeps coming back.
  case unitPaused
  /// So many kills are under way that another one would have to wait for them.
  case occupied
}

/// What a person should hear of. Each is said once, until its cause is over.
@frozen public enum PolicyEvent: Equatable, Sendable, BitwiseCopyable {
  /// Two kills in a row returned less than a quarter of the shortage: killing is left to the kernel.
  case killsAreFutile(shortageBytes: UInt64, returnedBytes: UInt64)
  /// So much memory went away, and processes explain only this: tmpfs, ZFS's cache, or the kernel itself.
  case lossUnexplained(lostBytes: UInt64, explainedBytes: UInt64)
  /// Memory is short, and nobody can be killed for it.
  case noVictim(shortageBytes: UInt64)
  /// A unit was killed this often within ten minutes; until then only the floor and emergency rules kill it.
  case unitKeepsComing(unit: UInt32, kills: UInt32, pausedUntilNanoseconds: UInt64)
  /// The machine slept, or a clock jumped: what was measured before does not count.
  case timeJumped
}

/// Whom a decision means.
@frozen public struct Victim: Equatable, Sendable, BitwiseCopyable {
  /// Its row in the table that the decision was given.
  public var row: Int = 0
  /// The process: the largest, if there are several.
  public var pid = PID(0)
  /// When it started, in clock ticks since boot.
  public var startTicks: UInt64 = 0
  /// Its short name.
  public var name = ProcessName()
  /// Its user.
  public var userID: UInt32 = 0
  /// Its nearest control group with a limit or with `memory.oom.group`; 0 for none.
  public var group: UInt32 = 0
  /// Its service or scope; 0 for none.
  public var unit: UInt32 = 0
  /// What dies with it.
  public var scope = VictimScope.process
  /// How many rows of the table that is.
  public var members: UInt32 = 1
  /// What the death returns for certain: the credit.
  public var expectedBytes: UInt64 = 0
  /// Why it and no other.
  public var score = ScoreExplanation()

  /// Makes a victim of nothing.
  public init() {}
}

/// What dies together.
@frozen public enum VictimScope: Equatable, Sendable, BitwiseCopyable {
  /// One process, and whoever shares its memory.
  case process
  /// All members of its control group, which has `memory.oom.group`.
  case group
  /// A fork bomb: its user's processes of that name and unit that started since then, in clock ticks since boot, each
  /// with its children.
  case kin(sinceTicks: UInt64)
}
