import CLabGuest
import Glibc
import ScytheLinux

/// What the unit gives the daemon and takes from it, read from the kernel and not from the unit.
enum ServiceRights {
  /// CAP_DAC_OVERRIDE, CAP_KILL, CAP_SYS_PTRACE, CAP_SYS_NICE and CAP_SYS_RESOURCE.
  private static let capabilities = "0000000001880022"
  /// What `systemd-analyze security` gives, in tenths of its points; 100 is a service without any protection.
  private static let mostExposure = 30

  static func check(_ trial: ServiceTrial) {
    trial.area = "rights"
    let daemon = ServiceManager.daemon
    let status = Text.read("/proc/\(daemon)/status") ?? ""
    func field(_ name: String) -> String {
      status.split(separator: "\n").first { $0.hasPrefix("\(name):") }?.split(separator: "\t").last.map(String.init)
        ?? ""
    }
    for set in ["CapPrm", "CapEff", "CapBnd"] {
      trial.check("\(set) is what the unit says", field(set), is: capabilities)
    }
    trial.check("it can have no new privileges", field("NoNewPrivs"), is: "1")
    trial.check("system calls are filtered", field("Seccomp"), is: "2")
    let adjustment = (Text.read("/proc/\(daemon)/oom_score_adj") ?? "").split(separator: "\n").joined()
    trial.check("oom_score_adj", adjustment, is: "-1000")
    let locked = Text.number("VmLck:", in: status) ?? 0
    trial.check(
      "its memory is locked", locked > 0 && field("VmSwap") == "       0 kB",
      "VmLck \(locked) KiB, VmSwap \(field("VmSwap"))")
    limits(trial, daemon)
    let policies = ServiceTrial.threads(of: daemon).map { policy(of: $0, daemon) }.sorted()
    trial.check(
      "the loop and whoever signals are real-time", policies.count { $0 == SCHED_RR } >= 2,
      "policies of its threads: \(policies)")

    if !GuestGroups.areOfVersion1 { group(trial) }
    trial.check(
      "it has no network", link("/proc/\(daemon)/ns/net") != link("/proc/self/ns/net"), link("/proc/\(daemon)/ns/net"))
    mounts(trial, daemon)
    let words = ["security", "--no-pager", "--threshold=\(mostExposure)", ServiceManager.unit]
    let verdict = Spawn.run("/usr/bin/systemd-analyze", words)
    let line = verdict.output.split(separator: "\n").last { $0.contains("verall exposure") } ?? "no verdict"
    trial.check(
      "systemd-analyze security: at most \(mostExposure / 10).\(mostExposure % 10)", verdict.status == 0, String(line))
  }

  /// What only groups of version 2 have.
  private static func group(_ trial: ServiceTrial) {
    let group = "\(GuestGroups.memory)\(ServiceManager.property("ControlGroup"))"
    trial.check("memory.min", Text.line("\(group)/memory.min"), is: "\(4 << 20)")
    trial.check("memory.swap.max", Text.line("\(group)/memory.swap.max"), is: "0")
    trial.check("systemd-oomd is told to leave it alone", attribute("user.oomd_omit", of: group), is: "1")
  }

  private static func limits(_ trial: ServiceTrial, _ daemon: pid_t) {
    let limits = (Text.read("/proc/\(daemon)/limits") ?? "").split(separator: "\n")
    for (name, wanted) in [("Max locked memory", "unlimited"), ("Max open files", "8192"), ("Max core file size", "0")]
    {
      let line = limits.first { $0.hasPrefix(name) }?.dropFirst(name.count) ?? ""
      trial.check("\(name)", line.split(separator: " ").first.map(String.init) ?? "", is: wanted)
    }
  }

  /// What it may write to: the last mount of a place is the one that is seen.
  private static func mounts(_ trial: ServiceTrial, _ daemon: pid_t) {
    let lines = (Text.read("/proc/\(daemon)/mountinfo") ?? "").split(separator: "\n").map { $0.split(separator: " ") }
    func options(_ place: String) -> String {
      lines.last { $0.count > 5 && $0[4] == place }.map { String($0[5].prefix(2)) } ?? "not mounted"
    }
    trial.check("the file system is read-only", options("/"), is: "ro")
    for place in ["/run/scythe", "/var/lib/scythe"] { trial.check("\(place) is not", options(place), is: "rw") }
    trial.check("control groups are not", options(GuestGroups.root("freezer")), is: "rw")
  }

  /// The scheduling policy of a thread, field 41 of its `stat`.
  private static func policy(of thread: Int32, _ daemon: pid_t) -> CInt {
    let line = Text.read("/proc/\(daemon)/task/\(thread)/stat") ?? ""
    let fields = line[(line.lastIndex(of: ")") ?? line.startIndex)...].split(separator: " ")
    // The first behind the name is field 3.
    return fields.count > 39 ? CInt(fields[39]) ?? -1 : -1
  }

  private static func link(_ path: String) -> String {
    Spawn.run("/usr/bin/busybox", ["readlink", path]).output.split(separator: "\n").first.map(String.init) ?? ""
  }

  private static func attribute(_ name: String, of path: String) -> String {
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = unsafe labguest_attribute(path, name, &buffer, buffer.count)
    return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
  }
}
