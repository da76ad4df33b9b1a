internal import CScytheLinux

extension Procfs {
  /// The path of the program that a process runs, as it was when it was started: a file that was removed since has
  /// ` (deleted)` behind its name.
  ///
  /// - Throws: `Errno.noSuchProcess` if the process is gone, or has no program; `Errno.permissionDenied` without ptrace
  ///   read rights; `Errno.nameTooLong` if it does not fit.
  public func executable(of pid: PID) throws(Errno) -> PathBuffer {
    do throws(Errno) {
      return try PathBuffer(target: path(of: pid, "exe"))
    } catch {
      throw error == .noSuchFileOrDirectory ? .noSuchProcess : error
    }
  }

  /// Whether the program that a process runs belongs to root, and nobody else may write it. A name can be had by anybody;
  /// such a program cannot.
  ///
  /// - Throws: `Errno.noSuchProcess` if the process is gone, or has no program; `Errno.permissionDenied` without ptrace
  ///   read rights.
  public func executableIsRoots(_ pid: PID) throws(Errno) -> Bool {
    let link = path(of: pid, "exe")
    var user: UInt32 = 0
    var mode: UInt32 = 0
    do throws(Errno) {
      try unsafe link.withCString { (text) throws(Errno) in
        _ = try valueOrErrno(unsafe clinux_owner(text, &user, &mode))
      }
    } catch {
      throw error == .noSuchFileOrDirectory ? .noSuchProcess : error
    }
    // S_IWGRP and S_IWOTH.
    return user == 0 && mode & 0o022 == 0
  }
}

extension PathBuffer {
  /// Takes what a symbolic link points to.
  ///
  /// - Throws: what `readlink(2)` says; `Errno.nameTooLong` if it does not fit.
  init(target link: borrowing PathBuffer) throws(Errno) {
    var buffer = InlineArray<512, UInt8>(repeating: 0)
    var whole = buffer.mutableSpan
    let count = try unsafe link.withCString { (text) throws(Errno) in
      try unsafe whole.withUnsafeMutableBytes { (raw) throws(Errno) in
        try valueOrErrno(unsafe clinux_readlinkat(currentDirectory, text, raw.baseAddress!, raw.count))
      }
    }
    self.init()
    for index in 0..<count { append(byte: buffer[index]) }
    if isTruncated { throw .nameTooLong }
  }
}
