internal import CScytheLinux

/// What a v1 freezer group says of itself; the state of the groups above it is included.
@frozen public enum FreezerState: Equatable, Sendable, BitwiseCopyable {
  /// Its members run.
  case thawed
  /// On the way to `frozen`: some members still run.
  case freezing
  /// Its members do not run, and a SIGKILL does not wake them.
  case frozen
}

/// The v1 freezer: the one facility that keeps a killed process from dying for as long as it likes. (The v2 freezer
/// lets go of a process that is killed.)
public enum Freezer {
  /// The state of a v1 freezer group.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` in the root, which cannot be frozen, and outside of a freezer hierarchy.
  public static func state(of group: borrowing ControlGroup) throws(Errno) -> FreezerState {
    let file = try group.open("freezer.state", .read)
    return try withContents(of: file) { (text) throws(Errno) in
      if text.hasPrefix("FROZEN") { return .frozen }
      if text.hasPrefix("FREEZING") { return .freezing }
      if text.hasPrefix("THAWED") { return .thawed }
      throw .badMessage
    }
  }

  /// The state of the group that a process belongs to; `thawed` where there is no v1 freezer.
  ///
  /// - Throws: `Errno.noSuchProcess` if the process is gone.
  public static func state(of pid: PID, _ procfs: borrowing Procfs) throws(Errno) -> FreezerState {
    guard let path = try procfs.controlGroupPath(of: pid, in: .freezer) else { return .thawed }
    do throws(Errno) {
      return try state(of: ControlGroup(path: path))
    } catch {
      if error == .noSuchProcess { throw error }
      return .thawed
    }
  }

  /// Moves one dying process out of its frozen group into a thawed one of Scythe's own, so that it can die there. Its
  /// former group stays as it is, and so do the other members.
  ///
  /// The group is made below the root of the hierarchy, or found there, and shared by all callers;
  /// `removeRescueGroup(_:)` takes it away.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` if there is no v1 freezer; `Errno.permissionDenied` or
  ///   `Errno.readOnlyFileSystem` if no group can be made; `Errno.notSupported` if a group made there is frozen too.
  public static func rescue(_ pid: PID, _ procfs: borrowing Procfs) throws(Errno) {
    guard let path = try rescuePath(procfs) else { throw .noSuchFileOrDirectory }
    // Another caller may remove the group between the making and the move.
    for attempt in 1...8 {
      do throws(Errno) {
        try unsafe path.withCString { (text) throws(Errno) in
          _ = try valueOrErrno(unsafe clinux_mkdirat(currentDirectory, text, 0o755))
        }
      } catch {
        if error != .fileExists { throw error }
      }
      do throws(Errno) {
        let group = try ControlGroup(path: path)
        guard try state(of: group) == .thawed else { throw .notSupported }
        return try group.add(pid)
      } catch {
        let isGone = error == .noSuchFileOrDirectory || error == .noSuchDevice
        if !isGone || attempt == 8 { throw error }
      }
    }
  }

  /// Removes the group that `rescue(_:_:)` made, if nobody is in it.
  ///
  /// - Returns: whether no such group is left.
  @discardableResult
  public static func removeRescueGroup(_ procfs: borrowing Procfs) -> Bool {
    guard let path = try? rescuePath(procfs) else { return true }
    do throws(Errno) {
      try unsafe path.withCString { (text) throws(Errno) in
        _ = try valueOrErrno(unsafe clinux_rmdirat(currentDirectory, text))
      }
      return true
    } catch {
      return error == .noSuchFileOrDirectory
    }
  }

  private static func rescuePath(_ procfs: borrowing Procfs) throws(Errno) -> PathBuffer? {
    guard let mount = try procfs.mount(of: .freezer) else { return nil }
    var path = mount.point
    path.append("/scythe.rescue")
    return path
  }
}
