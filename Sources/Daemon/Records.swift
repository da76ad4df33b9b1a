import ScytheLinux
package import ScythePolicy
import ScytheReaper
import ScytheReclaim
package import ScytheTelemetry

// What the policy and the reaper say, as it is kept: the files have words of their own, which no change up here changes.

extension KillRecord {
  /// The record of an order that was carried out.
  init(_ outcome: borrowing KillOutcome, of order: KillOrder) {
    self.init(order)
    bytesBack = outcome.summary.bytesBack
    leftPrivateBytes = outcome.summary.left.privateBytes
    leftSharedBytes = outcome.summary.left.sharedBytes
    leftHugetlbBytes = outcome.summary.left.hugetlbBytes
    leftPinnedBytes = outcome.summary.left.pinnedBytes
    leftPageTableBytes = outcome.summary.left.pageTableBytes
    victims = UInt32(clamping: outcome.summary.victims)
    if outcome.deliveredNanoseconds > 0 {
      signalNanoseconds = UInt64(clamping: outcome.deliveredNanoseconds - order.facts.decidedNanoseconds)
    }
    switch outcome.result {
    case .killed:
      self.outcome = order.kind.isRelease ? .released : .killed
    case .ended where outcome.hasSummary:
      self.outcome = .ended
    case .ended:
      // It is dead, and nothing but that is known of it besides what it had before.
      self.outcome = .ended
      victims = 1
      bytesBack = outcome.report.map { $0.before.releasableBytes } ?? 0
      evidence = bytesBack > 0 ? .exit : nil
      return
    case .stayed:
      self.outcome = .stayed
      return
    case .refused(let error):
      self.outcome = .refused
      take(error)
    }
    if let report = outcome.report { take(report) }
  }

  /// The record of a decision that is not carried out.
  init(wouldCarryOut order: KillOrder) {
    self.init(order)
    outcome = .told
  }

  private init(_ order: KillOrder) {
    self.init()
    let victim = order.victim
    let ago = MonotonicClock.nowNanoseconds - order.facts.decidedNanoseconds
    wallNanoseconds = WallClock.nowNanoseconds - ago
    bootNanoseconds = MonotonicClock.nanosecondsSinceBoot - ago
    rule = RecordedRule(order.facts.rule)
    scope = RecordedScope(victim.scope)
    members = victim.members
    pid = victim.pid
    userID = victim.userID
    startTicks = victim.startTicks
    setName(victim.name)
    unit = victim.unit
    scoreAdjustment = Int32(order.facts.scoreAdjustment)
    points = victim.score.totalPoints
    expectedBytes = victim.expectedBytes
    headroomBytes = order.facts.headroomBytes
    lineBytes = order.facts.lineBytes
    fillBytesPerSecond = order.facts.fillBytesPerSecond
    fullBasisPoints = order.facts.fullBasisPoints
    signalNanoseconds = nil
    backNanoseconds = nil
  }

  private mutating func take(_ report: VictimReport) {
    backNanoseconds = report.backNanoseconds.map { UInt64(clamping: $0) }
    workers = UInt32(clamping: report.workers)
    switch report.carrier {
    case .release: carrier = .release
    case .limit: carrier = .limit
    case .extension: carrier = .extension
    case nil: carrier = nil
    }
    switch report.evidence {
    case .none: evidence = nil
    case .exit: evidence = .exit
    case .residentSetAfterRelease: evidence = .residentSetAfterRelease
    }
    if scope == .process, victims > 1 { sharers = victims - 1 }
    switch report.fate {
    case .planned: fate = .planned
    case .exited: fate = .exited
    case .released: fate = .released
    case .sharesWith: fate = .sharesWith
    case .exitUnderWay: fate = .exitUnderWay
    case .withheld: fate = .withheld
    case .sharedMemory(let others):
      fate = .sharedMemory
      sharers = UInt32(clamping: others.count)
    case .dumpingCore: fate = .dumpingCore
    case .stuck: fate = .stuck
    case .notReleased: fate = .notReleased
    case .unsupported: fate = .unsupported
    case .notAlone: fate = .notAlone
    case .notCharged: fate = .notCharged
    case .notSignalled(let error):
      fate = .notSignalled
      errorNumber = UInt32(clamping: error.rawValue)
    case .failed(let error):
      fate = .failed
      errorNumber = UInt32(clamping: error.rawValue)
    }
  }

  private mutating func take(_ error: ReaperError) {
    switch error {
    case .noSuchProcess: refusal = .noSuchProcess
    case .notDying: refusal = .notDying
    case .alreadyDead: refusal = .alreadyDead
    case .notALeader: refusal = .notALeader
    case .identityChanged: refusal = .identityChanged
    case .untouchable: refusal = .untouchable
    case .notPermitted: refusal = .notPermitted
    case .sharedMemory(_, let others):
      refusal = .sharedMemory
      sharers = UInt32(clamping: others.count)
    case .sharerUntouchable: refusal = .sharerUntouchable
    case .untouchableGroup, .notAControlGroup: refusal = .group
    case .tooManyVictims, .tooManyControlGroups: refusal = .tooMany
    case .kernel(let error):
      refusal = .kernel
      errorNumber = UInt32(clamping: error.rawValue)
    }
  }
}

extension StatusCandidate {
  /// A row with its points.
  init(_ row: Candidate, points: Int64) {
    self.init()
    pid = row.pid
    scoreAdjustment = Int32(row.scoreAdjustment)
    name = row.name
    bytes = row.releasableBytes
    self.points = points
    growthBytesPerSecond = row.growthBytesPerSecond
  }
}

extension StatusSnapshot {
  /// Takes over what was decided, and what that rests on.
  mutating func take(_ decision: Decision, _ sample: SystemSample, _ settings: PolicySettings) {
    if startedNanoseconds == 0 { startedNanoseconds = sample.monotonicNanoseconds }
    pid = .current
    setMode(settings.isObserving ? .observes : .watches)
    setProfile(RecordedProfile(settings.profile))
    setRule(decision.rule.map { RecordedRule($0) })
    setRestraint(decision.restraint.map { RecordedRestraint($0) })
    sampledNanoseconds = sample.monotonicNanoseconds
    latencyNanoseconds = settings.latencyNanoseconds.plus(settings.lookNanoseconds)
    releaseBytesPerSecond = settings.releaseBytesPerSecond
    fillCeilingBytesPerSecond = settings.fillCeilingBytesPerSecond
    sizeBytes = min(sample.memory.totalBytes, sample.container?.limitBytes ?? .max)
    processes = sample.processes?.count ?? 0
    take(decision.headroom)
    creditBytes = decision.creditBytes
    take(decision.line)
    let fill = decision.line.fillBytesPerSecond
    let left = decision.headroom.totalBytes.minus(decision.line.totalBytes)
    timeLeftNanoseconds = fill > 0 ? left.nanoseconds(atPerSecond: fill) : nil
    fullBasisPoints = decision.pressure.fullBasisPoints
    refaultBasisPoints = decision.pressure.refaultBasisPoints
    thrashNanoseconds = decision.pressure.thrashNanoseconds
    stallNanoseconds = decision.pressure.stallNanoseconds
    take(decision.victim ?? Victim())
  }

  private mutating func take(_ headroom: HeadroomExplanation) {
    headroomBytes = headroom.totalBytes
    freeBytes = headroom.freeBytes
    perCPUListBytes = headroom.perCPUListBytes
    inactiveFileBytes = headroom.inactiveFileBytes
    activeFileBytes = headroom.activeFileBytes
    slabBytes = headroom.slabBytes
    zramBytes = headroom.zramBytes
    diskSwapBytes = headroom.diskSwapBytes
    watermarkBytes = headroom.watermarkBytes
    containerBytes = headroom.containerBytes
  }

  private mutating func take(_ line: LineExplanation) {
    lineBytes = line.totalBytes
    fillBytesPerSecond = line.fillBytesPerSecond
    otherFillBytesPerSecond = line.otherFillBytesPerSecond
    latencyBytes = line.latencyBytes
    lineReleaseBytes = line.releaseBytes
    reserveBytes = line.reserveBytes
    capBytes = line.capBytes
    emergencyBytes = line.emergencyBytes
  }

  private mutating func take(_ victim: Victim) {
    self.victim = victim.pid
    victimMembers = victim.members
    victimStartTicks = victim.startTicks
    setVictimName(victim.name)
    victimBytes = victim.expectedBytes
    victimPoints = victim.score.totalPoints
  }
}

extension RecordedRule {
  fileprivate init(_ rule: Rule) {
    switch rule {
    case .emergency: self = .emergency
    case .floor: self = .floor
    case .deadline: self = .deadline
    case .thrash: self = .thrash
    case .stall: self = .stall
    case .group: self = .group
    case .kernel: self = .kernel
    }
  }
}

extension RecordedRestraint {
  /// As a record has it.
  package init(_ restraint: Restraint) {
    switch restraint {
    case .enough: self = .enough
    case .credit: self = .credit
    case .unconfirmed: self = .unconfirmed
    case .tooSoon: self = .tooSoon
    case .noVictim: self = .noVictim
    case .futile: self = .futile
    case .unexplained: self = .unexplained
    case .unitPaused: self = .unitPaused
    case .occupied: self = .occupied
    }
  }
}

extension RecordedScope {
  fileprivate init(_ scope: VictimScope) {
    switch scope {
    case .process: self = .process
    case .group: self = .group
    case .kin: self = .kin
    }
  }
}

extension RecordedProfile {
  fileprivate init(_ profile: Profile) {
    switch profile {
    case .desktop: self = .desktop
    case .server: self = .server
    case .container: self = .container
    case .build: self = .build
    }
  }
}
