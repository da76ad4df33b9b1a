public import ScytheLinux

// MARK: The daemon
extension StatusSnapshot {
  /// Its number, in its own pid namespace.
  public var pid: PID {
    get { PID(Int32(bitPattern: block[low: 0])) }
    set { block[low: 0] = UInt32(bitPattern: newValue.rawValue) }
  }
  /// Whether it kills; `nil` for a word that this version does not know. So are the others below.
  public var mode: RecordedMode? { RecordedMode(rawValue: block[byte: 0, of: 1]) }

  /// Sets it; see ``KillRecord/setName(_:)``.
  public mutating func setMode(_ mode: RecordedMode?) { block[byte: 0, of: 1] = mode?.rawValue ?? 0 }

  /// What it takes the machine for.
  public var profile: RecordedProfile? { RecordedProfile(rawValue: block[byte: 1, of: 1]) }

  /// Sets it; see ``KillRecord/setName(_:)``.
  public mutating func setProfile(_ profile: RecordedProfile?) { block[byte: 1, of: 1] = profile?.rawValue ?? 0 }

  /// What asks for a kill; `nil` if nothing does.
  public var rule: RecordedRule? { RecordedRule(rawValue: block[byte: 2, of: 1]) }

  /// Sets it; see ``KillRecord/setName(_:)``.
  public mutating func setRule(_ rule: RecordedRule?) { block[byte: 2, of: 1] = rule?.rawValue ?? 0 }

  /// Why nothing is done; `nil` while something is.
  public var restraint: RecordedRestraint? { RecordedRestraint(rawValue: block[byte: 3, of: 1]) }

  /// Sets it; see ``KillRecord/setName(_:)``.
  public mutating func setRestraint(_ restraint: RecordedRestraint?) {
    block[byte: 3, of: 1] = restraint?.rawValue ?? 0
  }

  /// How the kill log does.
  public var logState: KillLogState? { KillLogState(rawValue: block[byte: 4, of: 1]) }

  /// Sets it; see ``KillRecord/setName(_:)``.
  public mutating func setLogState(_ logState: KillLogState?) { block[byte: 4, of: 1] = logState?.rawValue ?? 0 }

  /// When it began to watch, by the monotonic clock.
  public var startedNanoseconds: UInt64 {
    get { block[2] }
    set { block[2] = newValue }
  }
  /// When its last sample was taken, by the monotonic clock.
  public var sampledNanoseconds: UInt64 {
    get { block[3] }
    set { block[3] = newValue }
  }
  /// How often it has looked.
  public var wakeUps: UInt64 {
    get { block[4] }
    set { block[4] = newValue }
  }
  /// L: from a sample to the signal that follows from it.
  public var latencyNanoseconds: UInt64 {
    get { block[5] }
    set { block[5] = newValue }
  }
  /// R: what one release frees per second.
  public var releaseBytesPerSecond: UInt64 {
    get { block[6] }
    set { block[6] = newValue }
  }
  /// The most that anything can fill per second.
  public var fillCeilingBytesPerSecond: UInt64 {
    get { block[7] }
    set { block[7] = newValue }
  }
  /// The memory that there is: the machine's, or the container's where that is less.
  public var sizeBytes: UInt64 {
    get { block[8] }
    set { block[8] = newValue }
  }
  /// How many processes there are.
  public var processes: UInt64 {
    get { block[9] }
    set { block[9] = newValue }
  }
}

// MARK: What can be handed out
extension StatusSnapshot {
  /// Without evicting hot pages: the sum of the parts.
  public var headroomBytes: UInt64 {
    get { block[10] }
    set { block[10] = newValue }
  }
  /// Unused memory.
  public var freeBytes: UInt64 {
    get { block[11] }
    set { block[11] = newValue }
  }
  /// On per-CPU lists of free pages, if that was read.
  public var perCPUListBytes: UInt64 {
    get { block[12] }
    set { block[12] = newValue }
  }
  /// Pages of files that were not used lately.
  public var inactiveFileBytes: UInt64 {
    get { block[13] }
    set { block[13] = newValue }
  }
  /// What counts of the pages of files that were used again.
  public var activeFileBytes: UInt64 {
    get { block[14] }
    set { block[14] = newValue }
  }
  /// What counts of the kernel's caches.
  public var slabBytes: UInt64 {
    get { block[15] }
    set { block[15] = newValue }
  }
  /// What zram would bring.
  public var zramBytes: UInt64 {
    get { block[16] }
    set { block[16] = newValue }
  }
  /// What swap on a disk would bring.
  public var diskSwapBytes: UInt64 {
    get { block[17] }
    set { block[17] = newValue }
  }
  /// What the kernel keeps back; taken off.
  public var watermarkBytes: UInt64 {
    get { block[18] }
    set { block[18] = newValue }
  }
  /// What the container's limit leaves; `nil` without one.
  public var containerBytes: UInt64? {
    get { block[optional: 19] }
    set { block[optional: 19] = newValue }
  }
  /// What kills under way still promise.
  public var creditBytes: UInt64 {
    get { block[20] }
    set { block[20] = newValue }
  }
}

// MARK: When somebody dies
extension StatusSnapshot {
  /// The line: where the deadline rule acts.
  public var lineBytes: UInt64 {
    get { block[21] }
    set { block[21] = newValue }
  }
  /// F: what is filled per second.
  public var fillBytesPerSecond: UInt64 {
    get { block[22] }
    set { block[22] = newValue }
  }
  /// What everyone but the victim fills per second.
  public var otherFillBytesPerSecond: UInt64 {
    get { block[23] }
    set { block[23] = newValue }
  }
  /// What is filled before a signal is out.
  public var latencyBytes: UInt64 {
    get { block[24] }
    set { block[24] = newValue }
  }
  /// What others fill while the victim's memory comes back.
  public var lineReleaseBytes: UInt64 {
    get { block[25] }
    set { block[25] = newValue }
  }
  /// What is never handed out.
  public var reserveBytes: UInt64 {
    get { block[26] }
    set { block[26] = newValue }
  }
  /// The deadline rule never acts above this.
  public var capBytes: UInt64 {
    get { block[27] }
    set { block[27] = newValue }
  }
  /// Below this one sample is enough.
  public var emergencyBytes: UInt64 {
    get { block[28] }
    set { block[28] = newValue }
  }
  /// How long headroom stays above the line at the measured fill; `nil` while nothing is filled.
  public var timeLeftNanoseconds: UInt64? {
    get { block[optional: 29] }
    set { block[optional: 29] = newValue }
  }
  /// How much of the time everything waited, in basis points.
  public var fullBasisPoints: UInt64 {
    get { block[30] }
    set { block[30] = newValue }
  }
  /// How much of what is kept was read again per second, in basis points.
  public var refaultBasisPoints: UInt64 {
    get { block[31] }
    set { block[31] = newValue }
  }
  /// For how long both were too much.
  public var thrashNanoseconds: UInt64 {
    get { block[32] }
    set { block[32] = newValue }
  }
  /// For how long the stall rule's condition held.
  public var stallNanoseconds: UInt64 {
    get { block[33] }
    set { block[33] = newValue }
  }
}

// MARK: The next victim
extension StatusSnapshot {
  /// Who would die, or dies; 0 if nobody was looked for.
  public var victim: PID {
    get { PID(Int32(bitPattern: block[low: 34])) }
    set { block[low: 34] = UInt32(bitPattern: newValue.rawValue) }
  }
  /// How many die together.
  public var victimMembers: UInt32 {
    get { block[high: 34] }
    set { block[high: 34] = newValue }
  }
  /// When it started, in clock ticks since boot.
  public var victimStartTicks: UInt64 {
    get { block[35] }
    set { block[35] = newValue }
  }
  /// Its short name.
  public var victimName: ProcessName { block[name: 36] }

  /// Sets it; see ``KillRecord/setName(_:)``.
  public mutating func setVictimName(_ name: ProcessName) { block[name: 36] = name }

  /// What that returns for certain.
  public var victimBytes: UInt64 {
    get { block[38] }
    set { block[38] = newValue }
  }
  /// Its points.
  public var victimPoints: Int64 {
    get { block[signed: 39] }
    set { block[signed: 39] = newValue }
  }
}

// MARK: Since the daemon began
extension StatusSnapshot {
  /// How many kills it has carried out.
  public var kills: UInt64 {
    get { block[40] }
    set { block[40] = newValue }
  }
  /// How many victims were asked to end.
  public var asked: UInt64 {
    get { block[41] }
    set { block[41] = newValue }
  }
  /// How many victims of the kernel's own killer were released.
  public var released: UInt64 {
    get { block[42] }
    set { block[42] = newValue }
  }
  /// How many orders could not be carried out.
  public var refused: UInt64 {
    get { block[43] }
    set { block[43] = newValue }
  }
  /// How many kills were only told.
  public var told: UInt64 {
    get { block[44] }
    set { block[44] = newValue }
  }
  /// How many events were told to a person.
  public var events: UInt64 {
    get { block[45] }
    set { block[45] = newValue }
  }
  /// What kills have returned for certain.
  public var bytesBack: UInt64 {
    get { block[46] }
    set { block[46] = newValue }
  }
  /// How many of its system calls were answered as unknown (`ENOSYS`): a filter refuses what it needs, or the kernel has not
  /// got it. What it tries at its start is not counted.
  public var unknownCalls: UInt64 {
    get { block[52] }
    set { block[52] = newValue }
  }
}

// MARK: The kill log
extension StatusSnapshot {
  /// How many records were made.
  public var entered: UInt64 {
    get { block[47] }
    set { block[47] = newValue }
  }
  /// How many are in the log, and on its disk.
  public var stored: UInt64 {
    get { block[48] }
    set { block[48] = newValue }
  }
  /// How many left the page before they could be stored.
  public var lost: UInt64 {
    get { block[49] }
    set { block[49] = newValue }
  }
  /// Since when the oldest waits that is not stored, by the monotonic clock; `nil` if none does.
  public var logWaitingNanoseconds: UInt64? {
    get { block[optional: 50] }
    set { block[optional: 50] = newValue }
  }
  /// The number of the kernel's error, while the log fails; else 0.
  public var logErrorNumber: UInt64 {
    get { block[51] }
    set { block[51] = newValue }
  }
}
