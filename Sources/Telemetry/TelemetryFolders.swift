public import ScytheLinux

/// Where a daemon keeps its status page, its kill log and its policy, and where others look for them.
public struct TelemetryFolders: Sendable {
  /// For the page; `nil` if this user has no folder in memory.
  public var run: PathBuffer?
  /// For the log and the policy; `nil` if this user has no home.
  public var state: PathBuffer?

  /// The folders of the system's daemon: `/run/scythe` and `/var/lib/scythe`.
  public static var system: TelemetryFolders {
    TelemetryFolders(run: PathBuffer("/run/scythe"), state: PathBuffer("/var/lib/scythe"))
  }

  /// The folders of a user's own daemon: `$XDG_RUNTIME_DIR/scythe`, and `$XDG_STATE_HOME/scythe`, which is
  /// `~/.local/state/scythe` if that is not set.
  public static func user(_ environment: ProgramEnvironment = ProgramEnvironment()) -> TelemetryFolders {
    let state = folder("XDG_STATE_HOME", environment).map { below($0, "/scythe") }
    return TelemetryFolders(
      run: folder("XDG_RUNTIME_DIR", environment).map { below($0, "/scythe") },
      state: state ?? folder("HOME", environment).map { below($0, "/.local/state/scythe") })
  }

  /// A folder that the environment names; a path that is not absolute is to be ignored, says the XDG specification.
  private static func folder(_ name: StaticString, _ environment: ProgramEnvironment) -> PathBuffer? {
    guard let path = environment.value(of: name) else { return nil }
    return path.withBytes { $0[0] == UInt8(ascii: "/") } ? path : nil
  }

  /// The folders of a daemon that the caller starts: root's is the system's.
  public static func own(_ procfs: Procfs = Procfs()) -> TelemetryFolders {
    procfs.callerIsRoot ? system : user()
  }

  private static func below(_ folder: borrowing PathBuffer, _ name: StaticString) -> PathBuffer {
    var path = PathBuffer()
    path.append(folder)
    path.append(name)
    return path
  }
}
