import Glibc
import ScytheLinux

/// The processes of a scenario.
final class Cast {
  /// What a process is there for, as the host's results have it.
  enum Role: String {
    case cause, bystander, probe, killer
  }

  struct Member {
    let pid: pid_t
    let name: String
    let role: Role
    let adjustment: Int
    let bytes: Int
    /// The group that its own is in; `nil` for none of the scenario's.
    var parent: String?
    fileprivate(set) var diedAt: Int64?
    fileprivate(set) var status: CInt = 0
  }

  /// Where a desktop keeps a user's programs, each in a group of its own.
  static let userGroup = "\(GuestGroups.memory)/user.slice/user-1000.slice/user@1000.service"

  /// A fork bomb leaves many orphans; the first tell enough.
  private static let mostMembers = 64

  private(set) var members: [Member] = []
  private let seed: UInt64

  init(seed: UInt64) { self.seed = seed }

  /// Starts a process.
  ///
  /// - Parameters:
  ///   - group: the name of its group; its own name if `nil`. Processes may share one.
  ///   - parent: the group that its group is in.
  ///   - bytes: for the report; also what it is told as `bytes`.
  @discardableResult
  func start(
    _ work: Work, _ name: String, _ role: Role, bytes: Int = 0, adjustment: Int = 0, group: String? = nil,
    in parent: String = Cast.userGroup, _ options: [String] = []
  ) -> Member {
    let folder = "\(parent)/\(group ?? "\(name)-\(members.count)").scope"
    GuestGroups.make(folder)
    let words = [
      "work", work.rawValue, "name=\(name)", "group=\(folder)", "adj=\(adjustment)", "bytes=\(bytes)",
      "seed=\(seed &* 1000 &+ UInt64(members.count))",
    ]
    let pid = Spawn.start("/lab/lab-guest", words + options) ?? -1
    let member = Member(pid: pid, name: name, role: role, adjustment: adjustment, bytes: bytes, parent: parent)
    members.append(member)
    return member
  }

  /// Takes in a process that was started otherwise.
  func add(_ pid: pid_t, _ name: String, _ role: Role) {
    members.append(Member(pid: pid, name: name, role: role, adjustment: 0, bytes: 0))
  }

  /// Takes note of all deaths until now.
  ///
  /// - Returns: whether there was one.
  @discardableResult
  func reap(at now: Int64) -> Bool {
    var isNews = false
    var status: CInt = 0
    while true {
      let pid = unsafe waitpid(-1, &status, WNOHANG)
      guard pid > 0 else { return isNews }
      isNews = true
      if let index = members.firstIndex(where: { $0.pid == pid && $0.diedAt == nil }) {
        members[index].diedAt = now
        members[index].status = status
      } else if members.count < Cast.mostMembers {
        // An orphan: only causes have children.
        members.append(
          Member(pid: pid, name: "child", role: .cause, adjustment: 0, bytes: 0, diedAt: now, status: status))
      }
    }
  }

  /// Waits until the memory of all that have a size is theirs.
  ///
  /// - Returns: whether it is, within the time.
  func settle(seconds: Int) -> Bool {
    let end = MonotonicClock.nowNanoseconds + Int64(seconds) * 1_000_000_000
    while MonotonicClock.nowNanoseconds < end {
      reap(at: MonotonicClock.nowNanoseconds)
      let isSettled = members.allSatisfy { member in
        // Some of it may be in swap already; a little is always missing in the kernel's counters.
        member.bytes == 0 || member.diedAt != nil || Cast.bytes(of: member.pid) >= member.bytes / 10 * 9
      }
      if isSettled { return true }
      pause(microseconds: 50_000)
    }
    return false
  }

  /// Resident and swapped private memory.
  static func bytes(of pid: pid_t) -> Int {
    ((try? Procfs().status(of: PID(pid)))?.releasableBytes).map { Int(clamping: $0) } ?? 0
  }

  /// Ends all that live.
  func end() {
    for member in members where member.diedAt == nil && member.pid > 0 { kill(member.pid, SIGKILL) }
  }

  /// Says what became of each.
  func report(to port: Port, since begin: Int64) {
    for member in members {
      var record = Record("process")
      record.set("name", member.name)
      record.set("role", member.role.rawValue)
      record.set("pid", member.pid)
      record.set("scoreAdjustment", member.adjustment)
      record.set("bytes", member.bytes)
      if let died = member.diedAt {
        record.set("diedMicroseconds", (died - begin) / 1000)
        record.set("by", Cast.words(for: member.status))
      }
      port.write(record)
    }
  }

  /// What a status of `wait(2)` says.
  private static func words(for status: CInt) -> String {
    let signal = status & 0x7f
    return signal == 0 ? "exit \(status >> 8 & 0xff)" : SignalNames.name(signal)
  }
}

/// Names of signals that end a process here.
enum SignalNames {
  static func name(_ number: CInt) -> String {
    switch number {
    case SIGKILL: "SIGKILL"
    case SIGTERM: "SIGTERM"
    case SIGBUS: "SIGBUS"
    case SIGSEGV: "SIGSEGV"
    case SIGILL: "SIGILL"
    case SIGABRT: "SIGABRT"
    default: "signal \(number)"
    }
  }
}
