import ScytheTelemetry

// The words for what daemons put down; in JSON they are the names of the cases.

extension RecordedOutcome {
  var words: String {
    switch self {
    case .killed: "killed"
    case .ended: "asked, ended"
    case .stayed: "asked in vain"
    case .released: "released"
    case .refused: "not killed"
    case .told: "only told"
    }
  }
}

extension RecordedRestraint {
  var words: String {
    switch self {
    case .enough: "no rule asks for a kill"
    case .credit: "a kill is under way that brings enough"
    case .unconfirmed: "one sample is not enough"
    case .tooSoon: "the last kill is less than 100 ms ago"
    case .noVictim: "nobody can be killed who would help"
    case .futile: "killing does not help"
    case .unexplained: "the memory went where no process has it"
    case .unitPaused: "its unit keeps coming back"
    case .occupied: "kills are under way, and another one would have to wait for them"
    }
  }
}

extension RecordedEvidence {
  /// How it is known, in words that follow `back,`.
  var words: String {
    switch self {
    case .exit: "it is dead"
    case .residentSetAfterRelease: "measured"
    }
  }
}

extension RecordedRefusal {
  var words: String {
    switch self {
    case .noSuchProcess: "it was gone"
    case .notDying: "it was not dying"
    case .alreadyDead: "it was dead already"
    case .notALeader: "its number was that of a thread"
    case .identityChanged: "its number was used again"
    case .untouchable: "it is never killed"
    case .notPermitted: "not permitted"
    case .sharedMemory: "others used the same memory"
    case .sharerUntouchable: "one that used the same memory is never killed"
    case .group: "its control group is not killed"
    case .tooMany: "too many victims"
    case .kernel: "the kernel refused"
    }
  }
}

extension RecordedFate {
  /// What became of it; `nil` where the bytes that came back say it all.
  var words: String? {
    switch self {
    case .exited, .planned: nil
    case .released: "released before it was dead"
    case .sharesWith: "shared the memory of another victim"
    case .exitUnderWay: "on its way out, not dead yet"
    case .withheld: "not released: it held a robust mutex"
    case .sharedMemory: "not released: others used the same memory"
    case .dumpingCore: "not released: it wrote a core dump"
    case .stuck: "the release was stuck in the kernel"
    case .notReleased: "not released"
    case .unsupported: "not released: the means is not there"
    case .notAlone: "not released: its cgroup had other members"
    case .notCharged: "not released: its memory was charged elsewhere"
    case .notSignalled: "the signal failed"
    case .failed: "the kernel gave an unexpected answer"
    }
  }
}
