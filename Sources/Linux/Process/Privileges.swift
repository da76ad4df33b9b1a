/// A capability, by its number in `linux/capability.h`.
@frozen public struct Capability: Equatable, Sendable, BitwiseCopyable {
  /// The number: the bit of the capability in a set.
  public let rawValue: UInt8

  /// To signal processes of others. The C name is `CAP_KILL`.
  public static var kill: Capability { Capability(rawValue: 5) }
  /// To lock memory beyond the limit. The C name is `CAP_IPC_LOCK`.
  public static var lockMemory: Capability { Capability(rawValue: 14) }
  /// To read the memory of others. The C name is `CAP_SYS_PTRACE`.
  public static var trace: Capability { Capability(rawValue: 19) }
  /// To favour threads, and to give advice to others. The C name is `CAP_SYS_NICE`.
  public static var nice: Capability { Capability(rawValue: 23) }
  /// To go beyond limits; for pressure triggers with short windows. The C name is `CAP_SYS_RESOURCE`.
  public static var resource: Capability { Capability(rawValue: 24) }
}

/// Whether a seccomp filter stands between a process and the kernel.
@frozen public enum SeccompMode: Equatable, Sendable, BitwiseCopyable {
  /// None does.
  case disabled
  /// Only read, write and exit are let through.
  case strict
  /// One or more filters decide.
  case filter
}

/// What a process may do, as far as its credentials say; from `/proc/PID/status`:
///
///     CapEff:	000001fffeffffff
///     NoNewPrivs:	0
///     Seccomp:	2
///
/// The kernel's page is `Documentation/filesystems/proc.rst`, table 1-2.
@frozen public struct Privileges: Equatable, Sendable, BitwiseCopyable {
  /// The effective capabilities, one bit each; `nil` if the file has no such line.
  public var effectiveCapabilities: UInt64?
  /// The seccomp mode; `nil` in a kernel without `CONFIG_SECCOMP`.
  public var seccomp: SeccompMode?
  /// Whether neither the process nor what it starts can gain rights any more; `nil` before Linux 4.10.
  public var gainsNoPrivileges: Bool?

  /// Makes an empty one.
  public init() {}

  /// Whether a capability is effective.
  public func holds(_ capability: Capability) -> Bool { (effectiveCapabilities ?? 0) >> capability.rawValue & 1 == 1 }

  /// Takes one line of the file into account; a line that it does not know, or that is malformed, changes nothing.
  mutating func take(_ line: Span<UInt8>) {
    if line.hasPrefix("CapEff:") {
      var position = 7
      if let set = line.hexadecimal(&position) { effectiveCapabilities = set }
    } else if let number = line.number(after: "NoNewPrivs:") {
      gainsNoPrivileges = number != 0
    } else if let number = line.number(after: "Seccomp:") {
      switch number {
      case 0: seccomp = .disabled
      case 1: seccomp = .strict
      case 2: seccomp = .filter
      default: break
      }
    }
  }
}

extension Procfs {
  /// Reads the privileges of a process.
  ///
  /// - Throws: `Errno.noSuchProcess` if it is gone; `Errno.badMessage` if the file has no line of capabilities.
  public func privileges(of pid: PID) throws(Errno) -> Privileges {
    let file = try open("status", of: pid)
    var privileges = Privileges()
    try file.forEachLine { (line) throws(Errno) in
      privileges.take(line)
      return true
    }
    guard privileges.effectiveCapabilities != nil else { throw .badMessage }
    return privileges
  }
}

extension Procfs {
  /// Whether the caller's real user is root; not if that cannot be read.
  package var callerIsRoot: Bool { (try? status(of: .current))?.userID == 0 }
}
