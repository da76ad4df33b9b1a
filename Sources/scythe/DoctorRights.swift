import Scythe

// What the user may do.
extension DoctorMachine {
  var rightsChecks: [DoctorCheck] {
    [
      capabilityCheck(
        "CAP_KILL", .kill, with: "may kill processes of every user", without: "may kill own processes only",
        remedy: "run scythe as root for processes of others"),
      capabilityCheck(
        "CAP_SYS_PTRACE", .trace, with: "may look at the mutexes and sharers of every process",
        without: "may look at the mutexes and sharers of own processes only",
        remedy: "run scythe as root for processes of others"),
      capabilityCheck(
        "CAP_SYS_NICE", .nice, with: "may put the release first on a busy machine",
        without: "a release waits for its turn on a busy machine",
        remedy: "run scythe as root where the machine is overloaded"),
      capabilityCheck(
        "CAP_SYS_RESOURCE", .resource, with: "may lower an oom_score_adj, and choose any pressure window",
        without: "may not lower an oom_score_adj, nor choose any pressure window",
        remedy: "a kill does not need it; give it to a service that watches"),
      realTimeCheck, lockedMemoryCheck, openFilesCheck, seccompCheck, noNewPrivilegesCheck, visibilityCheck,
    ]
  }

  private func capabilityCheck(
    _ name: String, _ capability: Capability, with: String, without: String, remedy: String
  ) -> DoctorCheck {
    guard privileges.effectiveCapabilities != nil else {
      return .unknown(.rights, name, "/proc/self/status does not say")
    }
    return privileges.holds(capability)
      ? .works(.rights, name, with) : .partly(.rights, name, without, remedy: remedy)
  }

  private var realTimeCheck: DoctorCheck {
    let name = "real-time"
    switch errorOf({ () throws(Errno) in try Scheduling.checkRealTime() }) {
    case nil: return .works(.rights, name, "threads may be real-time (SCHED_RR)")
    case .notPermitted:
      let instead = "the best nice value that is allowed"
      if !privileges.holds(.nice) {
        return .partly(
          .rights, name, "not without CAP_SYS_NICE", instead: instead,
          remedy: "run scythe as root where the machine is overloaded")
      }
      return .missing(.rights, name, noBudgetReason, instead: instead, remedy: noBudgetRemedy)
    case let error?:
      return .unknown(.rights, name, "an answer that was not expected: \(error.description)")
    }
  }

  /// The runtime of the v1 CPU group of this process; `nil` where no such group limits it.
  private var realTimeRuntime: Int64? {
    guard let path = try? procfs.controlGroupPath(of: .current, in: .cpu) else { return nil }
    return try? ControlGroup(path: path).realTimeRuntimeMicroseconds()
  }

  private var noBudgetReason: String {
    if realTimeRuntime == 0 { return "the cgroup of this process has no real-time budget: cpu.rt_runtime_us is 0" }
    return "refused in spite of CAP_SYS_NICE: a seccomp filter, or a cgroup without real-time budget (RT_GROUP_SCHED)"
  }

  private var noBudgetRemedy: String {
    realTimeRuntime == 0
      ? "write a budget, such as 10000, to cpu.rt_runtime_us of that group, or run scythe in the root group"
      : "run scythe in the root group of the CPU controller"
  }

  private var lockedMemoryCheck: DoctorCheck {
    let name = "locked memory"
    if privileges.holds(.lockMemory) { return .works(.rights, name, "as much as there is (CAP_IPC_LOCK)") }
    guard let limit = try? ResourceLimit(of: .lockedMemory) else {
      return .unknown(.rights, name, "the limit cannot be read")
    }
    guard let bytes = limit.soft else { return .works(.rights, name, "as much as there is") }
    // The design holds the daemon, all of it locked, below 1.5 MiB.
    let enough: UInt64 = 2 << 20
    if bytes >= enough { return .works(.rights, name, "\(Quantity.bytes(bytes)); scythed needs less than 2 MiB") }
    return .partly(
      .rights, name, "\(Quantity.bytes(bytes)), too little to lock all of scythed",
      instead: "memory that is not locked", remedy: "raise 'ulimit -l' to 2048, or run as root")
  }

  private var openFilesCheck: DoctorCheck {
    let name = "open files"
    guard let limit = try? ResourceLimit(of: .openFiles) else {
      return .unknown(.rights, name, "the limit cannot be read")
    }
    // As `scythe kill` raises it: two for each of thousands of victims.
    let wanted: UInt64 = 16_384
    let hard = limit.hard ?? .max
    if hard >= wanted { return .works(.rights, name, "enough for thousands of victims at a time") }
    return .partly(
      .rights, name, "at most \(hard), enough for about \(hard / 2) victims at a time",
      instead: "kills with fewer victims",
      remedy: "raise the hard limit ('ulimit -Hn', LimitNOFILE=) to \(wanted) to kill larger trees and groups")
  }

  private var seccompCheck: DoctorCheck {
    switch privileges.seccomp {
    case .disabled?: .works(.rights, "seccomp", "no filter")
    case .filter?:
      .works(.rights, "seccomp", "a filter is active; whatever it hides of the calls above is said there")
    case .strict?: .partly(.rights, "seccomp", "strict mode, in which next to nothing works")
    case nil: .unknown(.rights, "seccomp", "/proc/self/status does not say")
    }
  }

  private var noNewPrivilegesCheck: DoctorCheck {
    switch privileges.gainsNoPrivileges {
    case false?: .works(.rights, "no_new_privs", "off: sudo can give the rights that are missing")
    case true?:
      .partly(
        .rights, "no_new_privs", "on: sudo gives no rights in here",
        remedy: "start scythe outside of this sandbox where more rights are needed")
    case nil: .unknown(.rights, "no_new_privs", "/proc/self/status does not say")
    }
  }

  private var visibilityCheck: DoctorCheck {
    let name = "hidepid"
    guard let isHiding = try? procfs.hidesProcesses() else {
      return .unknown(.rights, name, "/proc/self/mountinfo cannot be read")
    }
    if !isHiding { return .works(.rights, name, "/proc shows all processes") }
    if privileges.holds(.trace) { return .works(.rights, name, "/proc hides processes, but not from CAP_SYS_PTRACE") }
    return .partly(
      .rights, name, "/proc hides the processes of others",
      remedy: "run scythe as root to find and kill processes of others")
  }
}
