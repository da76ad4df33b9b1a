package import ScytheLinux

/// The programs that kill when memory runs short, as far as they are known: for the daemon, which says that one of them runs
/// too, and for the doctor.
package enum MemoryKiller: UInt8, Sendable {
  case earlyoom
  case nohang
  case systemdOomd
  case oomd
  case lmkd
  case bustd
  case mgd
  case kubelet
  case psiNotify

  /// What one of them does.
  package enum Manner: Sendable {
    /// Kills processes by itself.
    case killsProcesses
    /// Kills whole control groups.
    case killsGroups
    /// Has a place of its own beside a killer.
    case evictsPods
    /// Never kills.
    case onlyTells
  }

  /// How many there are.
  package static var count: Int { Int(MemoryKiller.psiNotify.rawValue) + 1 }

  /// The one that has this short name. A script, as nohang is one, has its own name there; but any process can take any.
  package init?(_ name: ProcessName) {
    for number in 0..<MemoryKiller.count {
      guard let killer = MemoryKiller(rawValue: UInt8(number)), killer.name.isEqual(to: name) else { continue }
      self = killer
      return
    }
    return nil
  }

  /// Its short name, and the name of its executable.
  package var name: StaticString {
    switch self {
    case .earlyoom: "earlyoom"
    case .nohang: "nohang"
    case .systemdOomd: "systemd-oomd"
    case .oomd: "oomd"
    case .lmkd: "lmkd"
    case .bustd: "bustd"
    case .mgd: "mgd"
    case .kubelet: "kubelet"
    case .psiNotify: "psi-notify"
    }
  }

  /// What it does.
  package var manner: Manner {
    switch self {
    case .earlyoom, .nohang, .lmkd, .bustd, .mgd: .killsProcesses
    case .systemdOomd, .oomd: .killsGroups
    case .kubelet: .evictsPods
    case .psiNotify: .onlyTells
    }
  }
}

extension StaticString {
  fileprivate func isEqual(to name: ProcessName) -> Bool {
    guard utf8CodeUnitCount == name.count else { return false }
    for index in 0..<utf8CodeUnitCount where unsafe utf8Start[index] != name[index] { return false }
    return true
  }
}
