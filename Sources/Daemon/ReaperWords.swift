import ScytheLinux
import ScytheReaper

// The reaper's answers in words that need no heap.

/// Why nothing was signalled, and what `scythed --kill` ends with then.
func words(for error: ReaperError) -> (reason: StaticString, exit: OneShotExit) {
  switch error {
  case .noSuchProcess: ("no such process", .noSuchProcess)
  case .notDying: ("it is not dying", .refused)
  case .alreadyDead: ("it is dead already", .noSuchProcess)
  case .notALeader: ("it is a thread; name its process", .noSuchProcess)
  case .identityChanged: ("its number was used again", .noSuchProcess)
  case .untouchable: ("it is never killed", .refused)
  case .notPermitted: ("not permitted; run as its owner or as root", .notPermitted)
  case .sharedMemory, .sharerUntouchable: ("others use the same memory; see scythe kill --with-sharers", .refused)
  case .untouchableGroup, .notAControlGroup: ("not a process", .usage)
  case .tooManyVictims, .tooManyControlGroups: ("too many victims", .kernel)
  case .kernel(let error): (error.explanation ?? "unknown error", .kernel)
  }
}

/// What became of a victim.
func words(for fate: Fate) -> StaticString {
  switch fate {
  case .planned: "not signalled"
  case .exited: "dead"
  case .released: "released, not dead yet"
  case .sharesWith: "shares the memory of another victim"
  case .exitUnderWay: "on its way out, not dead yet"
  case .withheld: "not released: it holds a robust mutex"
  case .sharedMemory: "not released: others use the same memory"
  case .dumpingCore: "not released: it writes a core dump"
  case .stuck: "the release is stuck in the kernel"
  case .notReleased: "not released"
  case .unsupported: "not released: what --carrier names is not there"
  case .notAlone: "not released: its cgroup has members that live or hold a robust mutex, or groups below it"
  case .notCharged: "not released: its memory is not charged to its cgroup"
  case .notSignalled: "the signal failed"
  case .failed: "the kernel gave an unexpected answer"
  }
}
