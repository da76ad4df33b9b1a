import Scythe

/// A program that kills when memory runs short.
struct MemoryKiller {
  /// Its short name, and the name of its executable.
  let name: String
  /// What it does, if that is not to kill processes by itself.
  var role: String?
  /// What to do, if that is not to keep one of the two.
  var remedy: String?
  /// Whether it never kills.
  var isHarmless = false

  /// The known ones.
  static let all = [
    MemoryKiller(name: "earlyoom"),
    MemoryKiller(name: "nohang"),
    MemoryKiller(name: "systemd-oomd", role: "kills whole control groups"),
    MemoryKiller(name: "oomd", role: "kills whole control groups"),
    MemoryKiller(name: "lmkd"),
    MemoryKiller(name: "bustd"),
    MemoryKiller(name: "mgd", role: "freezes, throttles and kills"),
    MemoryKiller(
      name: "kubelet", role: "evicts pods, and starts anew what dies",
      remedy: "leave it, and kill by hand only what it may start anew"),
    MemoryKiller(name: "psi-notify", role: "only tells the user, and never kills", isHarmless: true),
  ]

  /// The one that a process is.
  ///
  /// - Parameters:
  ///   - name: its short name. A script, as nohang is one, has its own name here.
  ///   - executable: the path of its program, if it can be read.
  static func find(name: String, executable: String?) -> MemoryKiller? {
    let program = executable.map(baseName)
    return all.first { $0.name == name || $0.name == program }
  }

  /// The last part of a path, without what the kernel says of a program that was removed.
  static func baseName(_ path: String) -> String {
    let path = path.hasSuffix(" (deleted)") ? path.dropLast(10) : path[...]
    return String(path.split(separator: "/").last ?? path)
  }
}

// Others that kill: programs, and the kernel itself.
extension DoctorMachine {
  var killerChecks: [DoctorCheck] { programChecks + [panicCheck, allocatingTaskCheck] }

  private var programChecks: [DoctorCheck] {
    let name = "other killers"
    var found: [DoctorCheck] = []
    do throws(Errno) {
      try procfs.forEachProcess { (pid) throws(Errno) in
        guard let stat = try? procfs.stat(of: pid), !stat.isKernelThread else { return true }
        let executable = (try? procfs.executable(of: pid)).map(\.string)
        if let killer = MemoryKiller.find(name: stat.name.description, executable: executable) {
          found.append(check(killer, pid, executable))
        }
        return true
      }
    } catch {
      return [.unknown(.killers, name, "the processes cannot be listed: \(error.description)")]
    }
    if !found.isEmpty { return found }
    if (try? procfs.hidesProcesses()) ?? false, !privileges.holds(.trace) {
      return [
        .unknown(
          .killers, name, "none among the processes that this user sees", remedy: "run 'scythe doctor' as root")
      ]
    }
    return [.works(.killers, name, "none runs, as far as this pid namespace shows")]
  }

  private func check(_ killer: MemoryKiller, _ pid: PID, _ executable: String?) -> DoctorCheck {
    var words = "runs as process \(pid.rawValue)"
    // A name can be given to any process: whoever reads this can tell by the program.
    if let executable, MemoryKiller.baseName(executable) != killer.name { words += " (\(executable))" }
    if let role = killer.role { words += "; \(role)" }
    if killer.isHarmless { return .works(.killers, killer.name, words) }
    return .partly(
      .killers, killer.name, words,
      remedy: killer.remedy
        ?? "two killers kill twice for one shortage: stop it ('systemctl stop \(killer.name)') before you kill by hand")
  }

  private var panicCheck: DoctorCheck {
    let name = "panic_on_oom"
    do throws(Errno) {
      switch try procfs.value(of: .panicOnOutOfMemory) {
      case 0: return .works(.killers, name, "0: the kernel kills a process when memory ends")
      case 1:
        return .partly(
          .killers, name, "1: the kernel panics when the memory of the machine ends",
          remedy: "sysctl vm.panic_on_oom=0, unless a reboot is wanted")
      case let value:
        return .partly(
          .killers, name, "\(value): the kernel panics also when a limit is reached",
          remedy: "sysctl vm.panic_on_oom=0, unless a reboot is wanted")
      }
    } catch {
      return .unknown(.killers, name, "cannot read vm.panic_on_oom: \(error.description)")
    }
  }

  private var allocatingTaskCheck: DoctorCheck {
    let name = "oom_kill_allocating"
    do throws(Errno) {
      if try procfs.value(of: .killsAllocatingTask) == 0 {
        return .works(.killers, name, "0: the kernel kills the largest process when memory ends")
      }
      return .partly(
        .killers, name, "the kernel kills whoever asks for memory when it ends, not the largest",
        remedy: "sysctl vm.oom_kill_allocating_task=0")
    } catch {
      return .unknown(.killers, name, "cannot read vm.oom_kill_allocating_task: \(error.description)")
    }
  }
}
