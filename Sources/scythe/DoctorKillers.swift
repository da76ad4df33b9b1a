import Scythe
import ScytheDaemon

// What the doctor says of a killer.
extension MemoryKiller {
  /// The one that a process is.
  ///
  /// - Parameters:
  ///   - name: its short name.
  ///   - executable: the path of its program, if it can be read.
  fileprivate static func find(name: ProcessName, executable: String?) -> MemoryKiller? {
    MemoryKiller(name) ?? executable.flatMap { MemoryKiller(ProcessName(Array(baseName($0).utf8).span)) }
  }

  /// The last part of a path, without what the kernel says of a program that was removed.
  fileprivate static func baseName(_ path: String) -> String {
    let path = path.hasSuffix(" (deleted)") ? path.dropLast(10) : path[...]
    return String(path.split(separator: "/").last ?? path)
  }

  /// What it does, if that is not to kill processes by itself.
  fileprivate var role: String? {
    switch manner {
    case .killsProcesses: self == .mgd ? "freezes, throttles and kills" : nil
    case .killsGroups: "kills whole control groups"
    case .evictsPods: "evicts pods, and starts anew what dies"
    case .onlyTells: "only tells the user, and never kills"
    }
  }

  /// What to do about it.
  fileprivate var remedy: String {
    manner == .evictsPods
      ? "leave it, and kill by hand only what it may start anew"
      : "two killers kill twice for one shortage: stop it ('systemctl stop \(name)') before you kill by hand"
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
        if let killer = MemoryKiller.find(name: stat.name, executable: executable) {
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
    let name = "\(killer.name)"
    if let executable, MemoryKiller.baseName(executable) != name { words += " (\(executable))" }
    if let role = killer.role { words += "; \(role)" }
    if killer.manner == .onlyTells { return .works(.killers, name, words) }
    return .partly(.killers, name, words, remedy: killer.remedy)
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
