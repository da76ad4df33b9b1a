import Glibc
import ScytheLinux
import ScytheVictims

// Processes that the daemon is to kill, and the kernel's word of who killed them.
extension ServiceTrial {
  /// Takes huge pages where the kernel gives them: small ones are faulted in so slowly where instructions are emulated that
  /// everybody would have time to think.
  static let fast = ["step=\(4 << 20)", "huge=1"]

  /// Starts a process that takes all memory, and waits for its end.
  ///
  /// - Returns: who ended it, as `ender` says it.
  func killHog(_ name: String, _ options: [String] = fast, seconds: Int = 60) -> String {
    // Of a unit of its own: one that is killed again and again would be left in peace after a while.
    let hog = stage.cast.start(.hog, name, .cause, options)
    return ender(of: hog.pid, seconds: seconds)
  }

  /// Waits for the end of a process.
  ///
  /// - Returns: `scythed`, `the kernel`, the name of somebody else, or `nobody` if it lives.
  func ender(of pid: pid_t, seconds: Int = 60) -> String {
    var threads: Set<Int32> = []
    let isDead = Self.wait(seconds: seconds) {
      // Its threads, by which the kernel names the sender; it may have been started again meanwhile.
      threads.formUnion(Self.threads(of: self.daemonProcess))
      stage.cast.reap(at: MonotonicClock.nowNanoseconds)
      return Self.isGone(pid)
    }
    guard isDead else { return "nobody" }
    let events = SignalTrace.events().filter { $0.target == pid }
    if events.contains(where: { $0.signal == "OOM" }) { return "the kernel" }
    guard let first = events.first else { return "itself" }
    return threads.contains(first.sender) ? "scythed" : first.senderName
  }

  /// Starts a victim of a kind that has to be made, in a group of its own.
  ///
  /// - Parameters:
  ///   - options: those of `scythe-victim`.
  ///   - limitBytes: what its group may have; `nil` for as much as there is.
  func victim(_ name: String, _ options: [String], limitBytes: Int? = nil) throws -> VictimProcess {
    let group = "\(Cast.userGroup)/\(name).scope"
    GuestGroups.make(group)
    if let limitBytes { GuestGroups.limit(group, bytes: limitBytes) }
    let enter = "for group in $0; do echo 0 >\"$group/cgroup.procs\" || exit; done; exec /lab/scythe-victim \"$@\""
    let groups = GuestGroups.folders(of: group).joined(separator: " ")
    // Whoever plays must not be killed, and passes that on.
    let words = ["sh", "-c", enter, groups, "--comm", name, "--oom-score-adj", "0"] + options
    do {
      return try VictimProcess(program: "/usr/bin/busybox", words)
    } catch {
      throw Stage.Refusal(reason: "the victim \(name) cannot be made: \(error)")
    }
  }

  /// Ends all that live of the scenario, and waits until their memory is there.
  func clear() {
    stage.cast.end()
    for member in stage.cast.members where member.diedAt == nil {
      // What somebody has frozen dies as well, but for a freezer of cgroup v1.
      _ = Self.wait(seconds: 10) {
        stage.cast.reap(at: MonotonicClock.nowNanoseconds)
        return Self.isGone(member.pid)
      }
    }
    _ = Self.wait(seconds: 20) { Self.availableBytes > stage.totalBytes / 2 }
    // A credit of the last kill, and the fill that led to it, are no more part of what comes next.
    pause(microseconds: 1_500_000)
    SignalTrace.forget()
  }

  static var availableBytes: Int { ((try? Procfs().memoryInformation())?.availableBytes).map { Int($0) } ?? 0 }

  /// Whether a process is dead, reaped or not.
  static func isGone(_ pid: pid_t) -> Bool {
    kill(pid, 0) != 0 || (try? Procfs().stat(of: PID(pid)))?.isZombie == true
  }

  static func threads(of pid: pid_t) -> Set<Int32> {
    var threads: Set<Int32> = []
    try? Procfs().forEachThread(of: PID(pid)) { (thread) in
      threads.insert(thread.rawValue)
      return true
    }
    return threads
  }
}
