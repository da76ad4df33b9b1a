internal import CScytheLinux

/// A process that writes a limit for this one. The kernel keeps the writer of a limit busy until the group has shrunk
/// below it, or nobody is left to kill: a thread of ours could not be called back from there, a process can.
@frozen public struct LimitWriter: ~Copyable {
  private let pid: Int32
  private var hasEnded = false

  /// Starts it.
  ///
  /// - Throws: what `fork(2)` says.
  public init(_ value: borrowing PathBuffer, to file: borrowing FileDescriptor) throws(Errno) {
    let number = file.rawValue
    let child = try unsafe value.withCString { (text) throws(Errno) in
      try valueOrErrno(unsafe clinux_fork_limit_writer(number, text))
    }
    pid = Int32(truncatingIfNeeded: child)
  }

  /// Whether the write has returned.
  public mutating func isDone() -> Bool {
    if !hasEnded, clinux_limit_writer_has_ended(pid) != 0 { hasEnded = true }
    return hasEnded
  }

  // Its number is its own until it is waited for, and that happens only here and in `isDone`.
  deinit { if !hasEnded { clinux_limit_writer_stop(pid) } }
}
