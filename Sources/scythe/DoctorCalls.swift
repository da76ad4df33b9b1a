import Scythe

// The calls: for killing and releasing, for the look at mutexes and sharers, and for advice.
extension DoctorMachine {
  /// Whether `process_mrelease` can be called.
  var releaseCheck: DoctorCheck {
    check(
      .release, "process_mrelease", since: KernelVersion(5, 15), "frees the memory of a killed process from outside",
      instead: "SIGKILL alone: the memory comes back when the process runs again; or --carrier limit"
    ) { () throws(Errno) in if let releaseError { throw releaseError } }
  }

  var releaseChecks: [DoctorCheck] {
    [
      releaseCheck, extensionCheck,
      openCheck, signalCheck, informationCheck, limitCheck, killFlagCheck,
    ]
  }

  /// Whether Scythe's kernel extension is loaded.
  private var extensionCheck: DoctorCheck {
    let name = "kernel extension"
    let stock = releaseCheck.state == .works ? "process_mrelease after a look at robust mutexes" : "SIGKILL alone"
    let instead = "\(stock); advice goes to the VMAs, one window at a time"
    switch madviseExtension {
    case .success(let found):
      let words = "version \(found.version): \(found.abilities.words)"
      if found.canRelease { return .works(.release, name, words) }
      let problem = found.isUnderstood ? "lacks what a release needs" : "this scythe does not know that version"
      return .partly(
        .release, name, "\(words); \(problem)", instead: instead,
        remedy: "build extension and scythe from the same source")
    case .failure(.invalidArgument):
      // Whoever does not look for one misses nothing: it is an experiment, and off by default.
      return .missing(.release, name, "not loaded; releases any part of a victim in one call", instead: instead)
    case .failure(.noFunction):
      return .missing(.release, name, "not without process_madvise", instead: instead)
    case .failure(let error):
      return .unknown(.release, name, "cannot be asked about: \(error.description)", instead: instead)
    }
  }

  private var openCheck: DoctorCheck {
    check(
      .release, "pidfd_open", since: KernelVersion(5, 3), "names a process safely; without it nothing is killed"
    ) { () throws(Errno) in if let openError { throw openError } }
  }

  private var signalCheck: DoctorCheck {
    needingDescriptor(
      check(
        .release, "pidfd_send_signal", since: KernelVersion(5, 1), "signals through it; without it nothing is killed"
      ) { () throws(Errno) in try ProcessCallProbe.checkSignal() })
  }

  private var informationCheck: DoctorCheck {
    needingDescriptor(
      check(
        .release, "PIDFD_GET_INFO", since: KernelVersion(6, 13), "tells about a process without /proc",
        instead: "/proc, which Scythe reads anyway"
      ) { () throws(Errno) in try ProcessCallProbe.checkInformation() })
  }

  /// What needs a pidfd cannot be asked about without one.
  private func needingDescriptor(_ check: DoctorCheck) -> DoctorCheck {
    if openCheck.state == .works { return check }
    return .unknown(check.area, check.name, "cannot be asked about without pidfd_open", instead: check.instead)
  }

  private var limitCheck: DoctorCheck {
    let name = "--carrier limit"
    do throws(ReclaimError) {
      try Reclaim(kernel: LiveKernel()).probe(.limit)
      return .works(.release, name, "this group has memory.max; used only when it is asked for")
    } catch {
      let found = "no memory.max in the group of this process; a victim in another group may have one"
      if releaseCheck.state == .works {
        return .unknown(.release, name, found, instead: "process_mrelease, which is better anyway")
      }
      return .unknown(
        .release, name, found,
        remedy: "run what may have to be killed in a cgroup v2 of its own: systemd-run --scope -p MemoryMax=1G")
    }
  }

  private var killFlagCheck: DoctorCheck {
    let name = "REAP_KILL flag"
    switch errorOf({ () throws(Errno) in try MemoryReleaseProbe.checkKillFlag() }) {
    case nil: return .works(.release, name, "known: a signal and a release in one call; not used yet")
    case .invalidArgument:
      return .missing(.release, name, "proposed for Linux, never released", instead: "a signal, then a release")
    case .noFunction: return .missing(.release, name, "not without process_mrelease")
    case let error?: return .unknown(.release, name, "cannot be asked about: \(error.description)")
    }
  }

  var safetyChecks: [DoctorCheck] {
    let withoutLook = "a victim whose mutexes cannot be seen is left to die by itself; see --robust-grace"
    return [
      check(
        .safety, "get_robust_list", since: KernelVersion(2, 6), "finds the mutexes that a victim holds",
        instead: withoutLook
      ) { () throws(Errno) in try ProcessCallProbe.checkRobustListHead() },
      check(.safety, "process_vm_readv", since: KernelVersion(3, 2), "reads them", instead: withoutLook) {
        () throws(Errno) in try ProcessCallProbe.checkRemoteReading()
      },
      check(
        .safety, "kcmp", since: KernelVersion(3, 5), "finds others that use the memory of a victim",
        instead: "the kernel refuses to release what others use, and the report says so after the kill"
      ) { () throws(Errno) in try ProcessCallProbe.checkComparison() },
      traceCheck,
    ]
  }

  /// Whose memory may be read.
  private var traceCheck: DoctorCheck {
    let name = "ptrace_scope"
    let instead = "victims whose mutexes cannot be seen are left to die by themselves; see --robust-grace"
    let scope: Int64
    do throws(Errno) {
      scope = try procfs.value(of: .traceScope)
    } catch {
      guard error == .noSuchFileOrDirectory else {
        return .unknown(.safety, name, "cannot read kernel.yama.ptrace_scope: \(error.description)", instead: instead)
      }
      return .works(.safety, name, "no Yama here: what may be signalled may usually be read")
    }
    let isPrivileged = privileges.holds(.trace)
    switch scope {
    case 0: return .works(.safety, name, "0: Yama forbids nothing")
    case 1, 2:
      if isPrivileged { return .works(.safety, name, "\(scope), which CAP_SYS_PTRACE overrules") }
      let whose = scope == 1 ? "only the memory of own descendants may be read" : "no memory of others may be read"
      return .partly(
        .safety, name, "\(scope): \(whose)", instead: instead,
        remedy: "run scythe as root, or with CAP_SYS_PTRACE")
    default:
      return .missing(
        .safety, name, "\(scope): nobody's memory may be read, not even by root", instead: instead,
        remedy: "only a reboot takes that back: set kernel.yama.ptrace_scope below 3 in sysctl.d")
    }
  }

  var adviceChecks: [DoctorCheck] {
    let advices: [(name: String, advice: MemoryAdvice, since: KernelVersion, use: String)] = [
      ("COLD", .cold, KernelVersion(5, 10), "reclaim this first"),
      ("PAGEOUT", .pageOut, KernelVersion(5, 10), "swap it out now"),
      ("WILLNEED", .willNeed, KernelVersion(5, 15), "read it in"),
      ("COLLAPSE", .collapse, KernelVersion(6, 1), "make huge pages of it"),
    ]
    var checks = [adviceCallCheck]
    for (name, advice, since, use) in advices {
      checks.append(
        check(.advice, name, since: since, use) { () throws(Errno) in try MemoryAdviceProbe.check(advice) })
    }
    checks.append(wholeProcessCheck)
    checks.append(
      check(
        .advice, "PROCMAP_QUERY", since: KernelVersion(6, 11), "finds a mapping without the text of all",
        instead: "/proc/PID/maps"
      ) { () throws(Errno) in try AreaQueryProbe.check(procfs) })
    return checks
  }

  private var adviceCallCheck: DoctorCheck {
    let name = "process_madvise"
    let call = check(.advice, name, since: KernelVersion(5, 10), "gives advice about the memory of others") {
      () throws(Errno) in try MemoryAdviceProbe.checkCall()
    }
    if call.state != .works || privileges.holds(.nice) { return call }
    return .partly(
      .advice, name, "there, but not for other processes without CAP_SYS_NICE",
      remedy: "run with CAP_SYS_NICE to give advice to others")
  }

  private var wholeProcessCheck: DoctorCheck {
    let name = "whole-process flag"
    switch errorOf({ () throws(Errno) in try MemoryAdviceProbe.checkWholeProcessFlag() }) {
    case nil:
      let whose = if case .success = madviseExtension { "by the kernel extension" } else { "known" }
      return .works(.advice, name, "\(whose): advice about all of a process in one call")
    case .invalidArgument:
      return .missing(
        .advice, name, "proposed for Linux, never released",
        instead: "the VMAs, one window at a time"
          + (releaseCheck.state == .works ? "; for a killed process, process_mrelease" : ""))
    case let error?: return .unknown(.advice, name, "cannot be asked about: \(error.description)")
    }
  }
}

extension MadviseAbilities {
  /// What they are good for.
  fileprivate var words: String {
    let all: [(MadviseAbilities, String)] = [
      (.wholeProcess, "whole process"), (.bounds, "any range"), (.budget, "budget"),
      (.sparesRobustMutexes, "spares robust mutexes"), (.lockedMemory, "locked memory"),
    ]
    return all.filter { contains($0.0) }.map { $0.1 }.joined(separator: ", ")
  }
}
