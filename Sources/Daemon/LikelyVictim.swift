import ScytheLinux
import ScythePolicy

/// Whom the loop is about to kill, as far as that is known before a closer look: a process, or one of a control group.
struct LikelyVictim: Equatable, BitwiseCopyable {
  /// The process; 0 if only its group is known.
  var pid = PID(0)
  /// The control group that is out of memory; 0 for the machine.
  var group: UInt32 = 0

  init() {}

  /// Of a decision that asks for a closer look.
  init(_ decision: Decision) {
    if let group = decision.group {
      // Who dies there is chosen after that look.
      self.group = group.number
    } else if let victim = decision.victim {
      pid = victim.pid
    }
  }

  /// As one thread leaves it for another.
  init(word: UInt64) {
    pid = PID(Int32(truncatingIfNeeded: word))
    group = UInt32(word >> 32)
  }

  /// See ``init(word:)``.
  var word: UInt64 { UInt64(group) << 32 | UInt64(UInt32(bitPattern: pid.rawValue)) }

  /// Whether it may be this process.
  func mayBe(_ row: Candidate, in groups: Span<GroupSample>) -> Bool {
    pid.rawValue != 0 ? row.pid == pid : groups.isGroup(row.group, inside: group)
  }
}
