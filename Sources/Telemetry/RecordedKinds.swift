// What records say in a byte. The numbers are in files that are kept: none is ever given another meaning, and 0 is none.

/// What asked for a kill.
@frozen public enum RecordedRule: UInt8, Sendable, BitwiseCopyable {
  /// Headroom below the emergency line.
  case emergency = 1
  /// Headroom below the reserve.
  case floor = 2
  /// Headroom below what a kill needs at the measured fill.
  case deadline = 3
  /// Refaults and full stalls.
  case thrash = 4
  /// Full stalls, with little memory left.
  case stall = 5
  /// A control group out of memory.
  case group = 6
  /// The kernel's own killer was first.
  case kernel = 7
}

/// Why nothing is done.
@frozen public enum RecordedRestraint: UInt8, Sendable, BitwiseCopyable {
  /// No rule asks for a kill.
  case enough = 1
  /// A kill is under way that will bring enough.
  case credit = 2
  /// One sample says so; a second one is waited for.
  case unconfirmed = 3
  /// The last kill was a moment ago.
  case tooSoon = 4
  /// Nobody may be killed, or nobody is large enough to help.
  case noVictim = 5
  /// Kills do not help.
  case futile = 6
  /// The memory went where no process has it.
  case unexplained = 7
  /// The best victim belongs to a unit that keeps coming back.
  case unitPaused = 8
  /// Another kill would have to wait for those under way.
  case occupied = 9
}

/// What dies together.
@frozen public enum RecordedScope: UInt8, Sendable, BitwiseCopyable {
  /// One process, and whoever shares its memory.
  case process = 1
  /// All members of a control group.
  case group = 2
  /// A fork bomb.
  case kin = 3
}

/// What came of a decision.
@frozen public enum RecordedOutcome: UInt8, Sendable, BitwiseCopyable {
  /// SIGKILL was sent, and the memory released.
  case killed = 1
  /// It ended by itself when it was asked to.
  case ended = 2
  /// It was asked to end, and did not in time.
  case stayed = 3
  /// The kernel had killed it; its memory was released.
  case released = 4
  /// Nothing was signalled.
  case refused = 5
  /// Nobody is killed here; it was only told.
  case told = 6
}

/// Why nothing was signalled.
@frozen public enum RecordedRefusal: UInt8, Sendable, BitwiseCopyable {
  /// It was gone.
  case noSuchProcess = 1
  /// It was not dying.
  case notDying = 2
  /// It was dead already.
  case alreadyDead = 3
  /// Its number belonged to a thread.
  case notALeader = 4
  /// Its number belonged to another process by then.
  case identityChanged = 5
  /// It is never killed.
  case untouchable = 6
  /// The daemon lacked the right.
  case notPermitted = 7
  /// Others used the same memory.
  case sharedMemory = 8
  /// One that used the same memory is never killed.
  case sharerUntouchable = 9
  /// Its control group is not killed.
  case group = 10
  /// There were more victims than fit.
  case tooMany = 11
  /// The kernel refused something; see the error number.
  case kernel = 12
}

/// What became of a victim.
@frozen public enum RecordedFate: UInt8, Sendable, BitwiseCopyable {
  /// It was not signalled.
  case planned = 1
  /// It is dead.
  case exited = 2
  /// Its memory was released before it was dead.
  case released = 3
  /// It shared the memory of another victim.
  case sharesWith = 4
  /// It had left its memory, and was not dead yet.
  case exitUnderWay = 5
  /// It held a robust mutex.
  case withheld = 6
  /// Others that live use the same memory.
  case sharedMemory = 7
  /// It wrote a core dump.
  case dumpingCore = 8
  /// The release was stuck.
  case stuck = 9
  /// It was not released, and not dead in time.
  case notReleased = 10
  /// The means of release does not work here.
  case unsupported = 11
  /// Its control group had other members.
  case notAlone = 12
  /// Its memory was charged elsewhere.
  case notCharged = 13
  /// The signal failed.
  case notSignalled = 14
  /// The kernel gave an unexpected answer.
  case failed = 15
}

/// How it is known how many bytes came back.
@frozen public enum RecordedEvidence: UInt8, Sendable, BitwiseCopyable {
  /// What the process had before, with its death confirmed.
  case exit = 1
  /// What it had before, less what it had right after the release.
  case residentSetAfterRelease = 2
}

/// The means of a release.
@frozen public enum RecordedCarrier: UInt8, Sendable, BitwiseCopyable {
  /// `process_mrelease(2)`.
  case release = 1
  /// A limit of its own control group.
  case limit = 2
  /// The kernel extension.
  case `extension` = 3
}
