public import ScytheLinux

/// Where a daemon keeps its status page and its kill log, and where others look for them.
public struct TelemetryFolders: Sendable {
  /// For the page; `nil` if this user has no folder in memory.
  public var run: PathBuffer?
  /// For the log; `nil` if this user has no home.
  public var state: PathBuffer?

  /// The folders of the system's daemon: `/run/scythe` and `/var/lib/scythe`.
  public static var system: TelemetryFolders {
    TelemetryFolders(run: PathBuffer("/run/scythe"), state: PathBuffer("/var/lib/scythe"))
  }

  /// The folders of a user's own daemon: `$XDG_RUNTIME_DIR/scythe`, and `$XDG_STATE_HOME/scythe`, which is
  /// `~/.local/state/scythe` if that is not set.
  public static func user(_ environment: ProgramEnvironment = ProgramEnvironment()) -> TelemetryFolders {
    let state = environment.value(of: "XDG_STATE_HOME").map { below($0, "/scythe") }
    return TelemetryFolders(
      run: environment.value(of: "XDG_RUNTIME_DIR").map { below($0, "/scythe") },
      state: state ?? environment.value(of: "HOME").map { below($0, "/.local/state/scythe") })
  }

  /// The folders of a daemon that the caller starts: root's is the system's.
  public static func own(_ procfs: Procfs = Procfs()) -> TelemetryFolders {
    let isRoot = (try? procfs.status(of: .current))?.userID == 0
    return isRoot ? system : user()
  }

  private static func below(_ folder: borrowing PathBuffer, _ name: StaticString) -> PathBuffer {
    var path = PathBuffer()
    path.append(folder)
    path.append(name)
    return path
  }
}
