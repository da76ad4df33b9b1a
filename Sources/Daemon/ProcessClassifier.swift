import ScytheLinux
import ScythePolicy

/// Finds out what a process is, besides its numbers. It reads files of the process and may wait: for calm times.
struct ProcessClassifier {
  private let sessions: LoginSessions
  private let caller = PID.current
  private let userID: UInt32
  private let mayKillAnybody: Bool

  init(_ procfs: borrowing Procfs, sessions: LoginSessions) {
    self.sessions = sessions
    mayKillAnybody = (try? procfs.privileges(of: .current))?.holds(.kill) ?? false
    userID = (try? procfs.status(of: .current))?.userID ?? .max
  }

  /// What a process is now. The same program may become something else: a shell that has children by now.
  ///
  /// - Parameters:
  ///   - stat: what it says of itself.
  ///   - status: the same.
  ///   - isManaged: whether its control group is one that a manager starts programs in.
  func classes(
    of stat: ProcessStat, _ status: ProcessStatus, isManaged: Bool, _ procfs: borrowing Procfs
  ) -> ProcessClasses {
    var classes = ProcessClasses()
    if stat.pid == caller || stat.parent == caller { classes.insert(.scythe) }
    if !mayKillAnybody, status.userID != userID { classes.insert(.notPermitted) }
    if stat.isExiting || status.isKillPending { classes.insert(.dying) }
    if sessions.areLed(by: stat.pid) { classes.insert(.sessionLeader) }
    // Anybody can have a name: it counts for a program of root's.
    guard let kind = ProgramKind(stat.name), (try? procfs.executableOwner(of: stat.pid)) == 0 else { return classes }
    switch kind {
    case .displayServer: if isManaged { classes.insert(.displayServer) }
    case .loginListener: if isManaged, stat.parent == .initProcess { classes.insert(.loginListener) }
    case .shell:
      // Where the kernel does not tell, a shell is taken to have children.
      if ((try? procfs.hasChildren(stat.pid)) ?? nil) ?? true { classes.insert(.shellWithChildren) }
    }
    return classes
  }
}

/// Programs that people depend on, by their short names.
private enum ProgramKind {
  case displayServer, loginListener, shell

  init?(_ name: ProcessName) {
    if Self.displayServers.contains(name) {
      self = .displayServer
    } else if Self.loginListeners.contains(name) {
      self = .loginListener
    } else if Self.shells.contains(name) {
      self = .shell
    } else {
      return nil
    }
  }

  private static var displayServers: [12 of StaticString] {
    [
      "Xorg", "X", "Xwayland", "gnome-shell", "kwin_wayland", "kwin_x11", "sway", "Hyprland", "weston", "cosmic-comp",
      "labwc", "mutter",
    ]
  }
  private static var loginListeners: [2 of StaticString] { ["sshd", "dropbear"] }
  private static var shells: [11 of StaticString] {
    ["bash", "sh", "dash", "zsh", "fish", "ksh", "tcsh", "csh", "ash", "mksh", "nu"]
  }
}

extension InlineArray where Element == StaticString {
  fileprivate func contains(_ name: ProcessName) -> Bool {
    for index in indices where name == self[index] { return true }
    return false
  }
}
