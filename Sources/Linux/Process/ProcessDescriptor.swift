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

  /// Takes over a descriptor, and closes it when the time comes.
  ///
  /// - Parameter number: a pidfd; what is none says so in every call: `Errno.badFileDescriptor`.
  public init(owning number: CInt) { rawValue = number }

  /// Hands the descriptor over.
  ///
  /// - Returns: its number, which the caller has to close.
  public consuming func relinquish() -> CInt {
    let fd = rawValue
    discard self
    return fd
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

  /// Lends a descriptor that stays the caller's, and open.
  ///
  /// - Parameters:
  ///   - number: a pidfd; also `PIDFD_SELF` and `PIDFD_SELF_THREAD` where the kernel takes them, Linux 6.14.
  ///   - body: gets it.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws.
  public static func withBorrowed<R, E: Error>(
    _ number: CInt, _ body: (borrowing ProcessDescriptor) throws(E) -> R
  ) throws(E) -> R {
    let process = ProcessDescriptor(owning: number)
    do throws(E) {
      let result = try body(process)
      _ = process.relinquish()
      return result
    } catch {
      _ = process.relinquish()
      throw error
    }
  }

  /// The number of the process.
  ///
  /// - Parameter procfs: where it is looked up if the kernel does not tell it (before Linux 6.13).
  /// - Returns: its number; that of the caller for `PIDFD_SELF` and `PIDFD_SELF_THREAD`.
  /// - Throws: `Errno.noSuchProcess` if it has been waited for, or has no number in the caller's pid namespace;
  ///   `Errno.badFileDescriptor` if this is no pidfd; what `open(2)` says.
  public func pid(_ procfs: Procfs = Procfs()) throws(Errno) -> PID {
    // PIDFD_SELF_THREAD and PIDFD_SELF are numbers, and no descriptors that anything is written about.
    if rawValue == -10_000 || rawValue == -10_001 { return .current }
    if let information = try information() { return information.pid }
    return try pidInDescription(procfs)
  }

  /// The number as the description of the descriptor tells it, in `/proc/thread-self/fdinfo/FD`:
  ///
  ///     Pid:	4711
  ///
  /// It is -1 once the process has been waited for, and 0 for one of another pid namespace.
  func pidInDescription(_ procfs: Procfs) throws(Errno) -> PID {
    var path = procfs.path("thread-self/fdinfo/")
    path.append(decimal: rawValue)
    var found: Int64?
    let file: FileDescriptor
    do throws(Errno) {
      file = try FileDescriptor(path, .read)
    } catch {
      throw error == .noSuchFileOrDirectory ? .badFileDescriptor : error
    }
    try file.forEachLine { (line) throws(Errno) in
      guard line.hasPrefix("Pid:") else { return true }
      var position = 4
      found = line.signedDecimal(&position)
      return false
    }
    guard let found, let number = Int32(exactly: found) else { throw .badFileDescriptor }
    guard number > 0 else { throw .noSuchProcess }
    return PID(number)
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
