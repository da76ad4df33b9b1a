import ArgumentParser
import Scythe

/// What `scythe` ends with.
enum Exit {
  /// Everything is back that a kill can return.
  static let allBack = ExitCode(0)
  /// Some of it is not back by the deadline; the report says what and why.
  static let partly = ExitCode(1)
  /// The caller may not signal a process.
  static let notPermitted = ExitCode(3)
  /// There is no such process.
  static let noSuchProcess = ExitCode(4)
  /// The target is never killed, or not without another word from the caller.
  static let refused = ExitCode(5)
  /// The command line is wrong.
  static let usage = ExitCode(64)
  /// The system refused something that is needed before the kill.
  static let system = ExitCode(71)
  /// A file that was asked for cannot be written.
  static let cannotCreate = ExitCode(73)
  /// The configuration, or the page of it, has a fault.
  static let configuration = ExitCode(78)
  /// The wait was ended by a signal.
  static let interrupted = ExitCode(130)
}

/// One clear line: attempt, subject, cause, remedy. Nothing has been signalled when it is thrown.
struct Failure: Error {
  let message: String
  let exit: ExitCode

  static func usage(_ message: String) -> Failure { Failure(message: message, exit: Exit.usage) }

  /// The extension was asked for by name.
  ///
  /// - Parameter verb: what was attempted.
  static func noExtension(to verb: String) -> Failure {
    Failure(
      message: "cannot \(verb) by --carrier extension: Scythe's kernel extension is not loaded, or is another version;"
        + " load it with 'modprobe scythe', or use --carrier auto",
      exit: Exit.system)
  }
}

extension Failure {
  /// The words for what the reaper refused.
  ///
  /// - Parameter verb: what was attempted.
  init(_ error: ReaperError, to verb: String = "kill", controlGroups: [String] = []) {
    let group = controlGroups.count == 1 ? "'\(controlGroups[0])'" : "one of the groups"
    switch error {
    case .noSuchProcess(let pid):
      self.init(message: "cannot \(verb) \(pid.rawValue): no such process", exit: Exit.noSuchProcess)
    case .notDying(let pid):
      self.init(
        message: "cannot release \(pid.rawValue): it is not dying; kill it with 'scythe kill \(pid.rawValue)'",
        exit: Exit.refused)
    case .alreadyDead(let pid):
      self.init(
        message: "cannot \(verb) \(pid.rawValue): it is dead already, its memory is back, and its parent has yet to"
          + " wait",
        exit: Exit.noSuchProcess)
    case .identityChanged(let pid):
      self.init(
        message: "cannot \(verb) \(pid.rawValue): the number belongs to another process by now",
        exit: Exit.noSuchProcess)
    case .notALeader(let pid, let leader):
      self.init(
        message: "cannot \(verb) \(pid.rawValue): it is a thread of process \(leader.rawValue); kill that one",
        exit: Exit.noSuchProcess)
    case .untouchable(let pid, let reason):
      self.init(message: "cannot \(verb) \(pid.rawValue): \(reason.explanation)", exit: Exit.refused)
    case .notPermitted(let pid):
      self.init(
        message: "cannot \(verb) \(pid.rawValue): not permitted (EPERM); run as the owner of the process, or as root",
        exit: Exit.notPermitted)
    case .sharedMemory(let pid, let sharers):
      let names = (0..<sharers.namedCount).map { String(sharers[$0].rawValue) }.joined(separator: ", ")
      self.init(
        message: "cannot \(verb) \(pid.rawValue): it shares its memory with \(names), and while one of them lives"
          + " nothing comes back; add --with-sharers to kill them too",
        exit: Exit.refused)
    case .sharerUntouchable(let pid, let sharer, let reason):
      self.init(
        message: "cannot \(verb) \(pid.rawValue): it shares its memory with \(sharer.rawValue), \(reason.explanation)",
        exit: Exit.refused)
    case .untouchableGroup(let reason):
      self.init(message: "cannot \(verb) the cgroup \(group): \(reason.explanation)", exit: Exit.refused)
    case .notAControlGroup(let error):
      let cause =
        error == .notSupported ? "it belongs to no cgroup file system" : error.description
      self.init(
        message: "cannot \(verb) the cgroup \(group): \(cause); name a directory below /sys/fs/cgroup",
        exit: error == .permissionDenied ? Exit.notPermitted : Exit.usage)
    case .tooManyVictims(let capacity):
      self.init(
        message: "cannot \(verb) more than \(capacity) processes at a time; kill parts of the tree or group one by one",
        exit: Exit.refused)
    case .tooManyControlGroups(let capacity):
      self.init(
        message: "cannot \(verb) more than \(capacity) control groups at a time; name one above them",
        exit: Exit.refused)
    case .kernel(let error):
      let remedy = error == .tooManyOpenFiles ? "; raise the limit with 'ulimit -n'" : ""
      self.init(message: "cannot prepare to \(verb): \(error.description)\(remedy)", exit: Exit.system)
    }
  }
}

extension Untouchable {
  /// Why, in words that follow a colon.
  var explanation: String {
    switch self {
    case .initProcess: "it is the first process of the system, which cannot be killed"
    case .kernelThread: "it is a thread of the kernel, which has no memory of its own"
    case .caller: "it is scythe itself"
    case .ancestorOfCaller: "scythe was started from it; kill it from elsewhere"
    case .protected: "its oom_score_adj is -1000, never to be killed; write another value there first"
    }
  }
}

extension UntouchableGroup {
  /// Why, in words that follow a colon.
  var explanation: String {
    switch self {
    case .holdsCaller: "scythe itself, or what it was started from, is a member; run it from elsewhere"
    case .root: "it is the root of its hierarchy, which holds everything; add --force if that is meant"
    case .slice: "it is a slice, which holds many services; add --force if that is meant"
    }
  }
}

extension Errno {
  /// What the error says.
  var description: String { explanation.map { "\($0)" } ?? "error \(rawValue)" }
}
