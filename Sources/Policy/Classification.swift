public import ScytheLinux

/// Where a process runs, as systemd sorts processes.
@frozen public enum ScopeKind: UInt8, Equatable, Sendable, BitwiseCopyable {
  /// Below `system.slice`, or `init.scope`.
  case system
  /// In a session of logind: `session-3.scope`, or below the manager of a user, `user@1000.service`.
  case session
  /// Anywhere else: a container, a virtual machine, a build.
  case other
}

/// What a process is avoided for by default, found out while all is calm.
@frozen public struct ProcessFacts: Sendable, BitwiseCopyable {
  /// Its short name.
  public var name = ProcessName()
  /// Whether its executable belongs to root, and nobody else may write it.
  public var executableIsRoots = false
  /// Where it runs.
  public var scope = ScopeKind.other
  /// Whether logind says that it leads a session.
  public var leadsSession = false
  /// Whether it has children.
  public var hasChildren = false
  /// Whether its parent is the first process, or the user's manager: of sshd's processes only the listener's is.
  public var isStartedByManager = false

  /// Makes facts of nothing.
  public init() {}

  /// The classes that follow. A name is only a word, so it counts only for a program of root's in a scope of the
  /// system or of a session: a hog called sshd is a hog.
  public var classes: ProcessClasses {
    var classes = ProcessClasses()
    if leadsSession { classes.insert(.sessionLeader) }
    guard executableIsRoots, scope != .other else { return classes }
    if isDisplayServer { classes.insert(.displayServer) }
    if isStartedByManager, name.isText("sshd") { classes.insert(.loginListener) }
    if hasChildren, isShell { classes.insert(.shellWithChildren) }
    return classes
  }

  /// X servers, and the Wayland compositors of Debian 13's desktops, in the 15 bytes that a name has.
  private var isDisplayServer: Bool {
    name.isText("Xorg") || name.isText("Xwayland") || name.isText("gnome-shell") || name.isText("kwin_wayland")
      || name.isText("kwin_x11") || name.isText("mutter") || name.isText("sway") || name.isText("weston")
      || name.isText("labwc") || name.isText("wayfire") || name.isText("Hyprland") || name.isText("cosmic-comp")
  }

  /// Login shells, and what keeps them for a person who has gone: their death takes what runs in them.
  private var isShell: Bool {
    name.isText("bash") || name.isText("zsh") || name.isText("fish") || name.isText("sh") || name.isText("dash")
      || name.isText("ksh") || name.isText("tmux: server") || name.isText("screen")
  }
}

extension ProcessName {
  /// Whether it is a text.
  fileprivate func isText(_ text: StaticString) -> Bool {
    guard text.utf8CodeUnitCount == count else { return false }
    for index in 0..<count where unsafe text.utf8Start[index] != self[index] { return false }
    return true
  }
}
