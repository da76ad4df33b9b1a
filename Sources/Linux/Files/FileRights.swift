internal import CScytheLinux

/// Whose a file is, and who may change it.
@frozen public struct FileRights: Equatable, Sendable, BitwiseCopyable {
  /// The user that it belongs to.
  public var userID: UInt32 = 0
  /// Its group.
  public var groupID: UInt32 = 0
  /// Its type and its permissions: `st_mode`.
  public var mode: UInt32 = 0

  /// Makes those of a file of root's that nobody may use.
  public init() {}

  /// Whether it is a plain file, and no pipe, folder or device.
  public var isPlainFile: Bool { mode & 0o170000 == 0o100000 }
  /// Whether root alone may write it.
  public var isRootsAlone: Bool { userID == 0 && mode & 0o002 == 0 && (groupID == 0 || mode & 0o020 == 0) }
}

extension FileDescriptor {
  /// Asks for them: of the file that is open, whatever its path leads to by now.
  ///
  /// - Throws: what `fstat(2)` says.
  public func rights() throws(Errno) -> FileRights {
    var rights = FileRights()
    _ = try valueOrErrno(
      unsafe clinux_file_rights(rawValue, &rights.userID, &rights.groupID, &rights.mode))
    return rights
  }
}
