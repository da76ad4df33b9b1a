import Scythe

extension Failure {
  /// The words for why nobody was advised.
  init(_ error: AdviceError, _ request: AdviceRequest) {
    let advice = request.advice.keyword
    switch error {
    case .noSuchProcess(let pid):
      self.init(message: "cannot advise \(pid.rawValue): no such process", exit: Exit.noSuchProcess)
    case .notALeader(let pid, let leader):
      self.init(
        message: "cannot advise \(pid.rawValue): it is a thread of process \(leader.rawValue); advise that one",
        exit: Exit.noSuchProcess)
    case .kernelThread(let pid):
      self.init(
        message: "cannot advise \(pid.rawValue): \(Untouchable.kernelThread.explanation)", exit: Exit.refused)
    case .hasNoMemory(let pid):
      self.init(
        message: "cannot advise \(pid.rawValue): it is dead, or has left its memory on its way out",
        exit: Exit.noSuchProcess)
    case .notPermitted(let pid, let cause):
      self.init(message: "cannot advise \(pid.rawValue): \(cause.advicePermission)", exit: Exit.notPermitted)
    case .notAControlGroup(let path, let cause):
      let words = cause == .notSupported ? "it belongs to no cgroup file system" : cause.description
      self.init(
        message: "cannot advise the cgroup '\(path)': \(words); name a directory below /sys/fs/cgroup",
        exit: cause == .permissionDenied ? Exit.notPermitted : Exit.usage)
    case .noGroupReclaim(let path):
      self.init(
        message: "cannot reclaim from the cgroup '\(path)': it has no memory.reclaim, which takes cgroup v2 with the"
          + " memory controller, and Linux 5.19; use --carrier vector",
        exit: Exit.system)
    case .groupNotPermitted(let path, let cause):
      self.init(
        message: "cannot write memory.reclaim of the cgroup '\(path)': \(cause.description); run as its owner, or"
          + " as root",
        exit: Exit.notPermitted)
    case .noExtension:
      self = .noExtension(to: "advise")
    case .limitIsForOneProcess:
      self = .usage(
        "cannot use --max with --carrier extension, which does not tell what it has done, but for a single process and at"
          + " most one --range")
    case .reclaimIsForGroups:
      self = .usage("cannot use --carrier reclaim but for --advice pageout of --cgroup alone, without --range")
    case .rangesNeedOneProcess:
      self = .usage("cannot use --range for more than a single process: name one")
    case .badRange(let index, _):
      self = .usage("cannot use range \(index + 1): it is not aligned to pages, or not behind the one before")
    case .releaseIsWhole:
      self = .usage("cannot release a part of a process: dontneed takes no --range and no --max")
    case .notDying(let pid):
      self.init(
        message: "cannot release \(pid.rawValue): it lives, and would lose what is in its memory; use"
          + " 'scythe kill \(pid.rawValue)'",
        exit: Exit.refused)
    case .unsupported:
      self.init(
        message: "cannot advise \(advice): this kernel, or a seccomp filter, does not let it through; see"
          + " 'scythe doctor'",
        exit: Exit.system)
    case .release(.sharedMemory(let pid, let sharers)):
      self.init(
        message: "cannot release \(pid.rawValue): \(sharers[0].rawValue) uses the same memory and lives; use"
          + " 'scythe kill \(pid.rawValue) --with-sharers'",
        exit: Exit.refused)
    case .release(let cause):
      self.init(cause, to: "release")
    case .kernel(let cause):
      self.init(.kernel(cause), to: "advise")
    }
  }
}

extension Errno {
  /// What lacks whoever may not advise a process.
  var advicePermission: String {
    self == .permissionDenied
      ? "its memory may not be looked at (EACCES); run as its owner with CAP_SYS_NICE, or as root"
      : "not permitted (EPERM); advice to another process takes CAP_SYS_NICE: run as root"
  }
}
