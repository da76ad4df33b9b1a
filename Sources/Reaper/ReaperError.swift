public import ScytheLinux
public import ScytheReclaim

/// Why a process is never killed.
@frozen public enum Untouchable: Equatable, Sendable, BitwiseCopyable {
  /// The first process of the pid namespace.
  case initProcess
  /// A thread of the kernel.
  case kernelThread
  /// The caller itself.
  case caller
  /// An ancestor of the caller: its death would take the caller along, or leave nobody to read the report.
  case ancestorOfCaller
  /// `oom_score_adj` is -1000: its owner told the kernel never to kill it.
  case protected
}

/// Why a cgroup is not killed.
@frozen public enum UntouchableGroup: Equatable, Sendable, BitwiseCopyable {
  /// The caller, or an ancestor of it, is a member.
  case holdsCaller
  /// The root of its hierarchy; only with the caller's explicit word.
  case root
  /// A systemd slice, which holds many services; only with the caller's explicit word.
  case slice
}

/// Why nothing was signalled.
@frozen public enum ReaperError: Error, Equatable, Sendable {
  /// There is no such process, or no longer.
  case noSuchProcess(PID)
  /// The process is not dying, and was to be touched only if it is.
  case notDying(PID)
  /// The process is dead already; its parent has not waited for it yet.
  case alreadyDead(PID)
  /// The number is that of a thread of another process.
  case notALeader(PID, leader: PID)
  /// The number belongs to another process than the caller meant.
  case identityChanged(PID)
  /// The process is never killed.
  case untouchable(PID, Untouchable)
  /// The caller may not signal the process.
  case notPermitted(PID)
  /// Others use the same memory, and the caller did not say that they may die too.
  case sharedMemory(PID, with: Sharers)
  /// One that uses the same memory is untouchable, so that killing the others would return nothing.
  case sharerUntouchable(PID, sharer: PID, Untouchable)
  /// The cgroup is not killed.
  case untouchableGroup(UntouchableGroup)
  /// The path names no cgroup that can be read.
  case notAControlGroup(Errno)
  /// More processes than the table holds.
  case tooManyVictims(capacity: Int)
  /// More control groups than the table holds.
  case tooManyControlGroups(capacity: Int)
  /// The kernel refused something that is needed before the kill.
  case kernel(Errno)
}
