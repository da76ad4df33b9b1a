internal import CScytheLinux

/// An owned process file descriptor (a pidfd): it names one process for ever, also when its number is used again.
@frozen public struct ProcessDescriptor: ~Copyable, Sendable {
  package let rawValue: CInt

  /// Opens a process by the number of its thread group leader.
  ///
  /// - Parameter pid: the process.
  /// - Throws: `Errno.noSuchProcess` if there is none; `Errno.invalidArgument` (until 6.12) or
  ///   `Errno.noSuchFileOrDirectory` (since) if the number is that of a thread which is no leader, or is not positive;
  ///   `Errno.tooManyOpenFiles`; `Errno.noFunction` before Linux 5.3.
  ///
  /// The corresponding system call is `pidfd_open(2)`, Linux 5.3. No privilege is needed.
  public init(_ pid: PID) throws(Errno) {
    rawValue = CInt(truncatingIfNeeded: try valueOrErrno(clinux_pidfd_open(pid.rawValue, 0)))
  }

  /// Closes the descriptor and reports the error that `deinit` would drop.
  ///
  /// - Throws: what `close(2)` says.
  public consuming func close() throws(Errno) {
    let fd = rawValue
    discard self
    _ = try valueOrErrno(clinux_close(fd))
  }

  deinit { _ = clinux_close(rawValue) }
}

extension ProcessDescriptor {
  /// Sends a signal to the process.
  ///
  /// - Throws: `Errno.noSuchProcess` if it has been waited for; `Errno.notPermitted` if it belongs to somebody else
  ///   and the caller lacks `CAP_KILL`; `Errno.invalidArgument` for a bad number, or a process outside the caller's
  ///   pid namespace.
  ///
  /// The corresponding system call is `pidfd_send_signal(2)`, Linux 5.1.
  public func send(_ signal: Signal) throws(Errno) {
    _ = try valueOrErrno(clinux_pidfd_send_signal(rawValue, signal.rawValue))
  }

  /// Waits until every thread of the process is dead. The process may still be a zombie then.
  ///
  /// Its memory is free by then, unless somebody else holds a reference to it (a reader of `/proc/PID/maps`, a
  /// `process_vm_readv`): whoever drops the last one frees it.
  ///
  /// - Parameter timeoutMilliseconds: 0 only looks; negative waits for ever.
  /// - Returns: whether it is dead.
  /// - Throws: what `poll(2)` says.
  public func waitForExit(timeoutMilliseconds: CInt) throws(Errno) -> Bool {
    try valueOrErrno(retryOnInterrupt: true) { clinux_poll_readable(rawValue, timeoutMilliseconds) } > 0
  }

  /// What the kernel tells about the process through the descriptor alone.
  ///
  /// - Returns: `nil` where the kernel has no such call (before Linux 6.13; 6.12 answers EINVAL instead of ENOTTY).
  /// - Throws: `Errno.noSuchProcess` if the process has been waited for.
  ///
  /// The corresponding call is the ioctl `PIDFD_GET_INFO`, Linux 6.13. No privilege is needed.
  public func information() throws(Errno) -> ProcessInformation? {
    let processIDs: UInt64 = 1
    let credentials: UInt64 = 2
    let controlGroup: UInt64 = 4
    var raw = clinux_pidfd_info()
    raw.mask = processIDs | credentials | controlGroup
    do throws(Errno) {
      _ = try valueOrErrno(unsafe clinux_pidfd_get_info(rawValue, &raw))
    } catch {
      if error == .notTerminal || error == .invalidArgument { return nil }
      throw error
    }
    guard raw.mask & processIDs != 0 else { return nil }
    return ProcessInformation(
      pid: PID(Int32(truncatingIfNeeded: raw.pid)), parent: PID(Int32(truncatingIfNeeded: raw.ppid)),
      userID: raw.mask & credentials != 0 ? raw.ruid : nil,
      controlGroupID: raw.mask & controlGroup != 0 ? raw.cgroup_id : nil)
  }
}

/// What `PIDFD_GET_INFO` tells.
@frozen public struct ProcessInformation: Equatable, Sendable {
  /// The number in the caller's pid namespace.
  public let pid: PID
  /// The parent's number.
  public let parent: PID
  /// The real user id.
  public let userID: UInt32?
  /// The inode number of the cgroup v2 directory.
  public let controlGroupID: UInt64?
}
