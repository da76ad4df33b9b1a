internal import CScytheABI
import ScytheLinux
import ScytheReaper

/// What a program asks for by `struct scythe_kill_options`.
struct KillRequest {
  var options = KillOptions()
  let killsSharers: Bool
  let workers: Int

  /// One process, and whoever shares its memory: by `vfork(2)` hardly ever more than two.
  static var mostVictims: Int { 256 }

  /// Reads the options of a program, or takes the defaults for none.
  ///
  /// - Throws: `Errno.invalidArgument`; `Errno.argumentTooLarge`; `Errno.badFileDescriptor` for a `cancel_fd` that is
  ///   not open.
  init(_ pointer: UnsafePointer<scythe_kill_options>?) throws(Errno) {
    guard let pointer = unsafe pointer else {
      killsSharers = false
      workers = 0
      return
    }
    var given = scythe_kill_options()
    try unsafe SizedStruct.read(pointer, into: &given, least: 56)
    guard given.flags & ~UInt64(SCYTHE_KILL_SHARERS) == 0, given.reserved == 0, given.signal >= 1, given.signal <= 64,
      given.grace_ns >= 0, given.deadline_ns >= 0, given.robust_grace_ns >= -1, given.cancel_fd >= -1
    else { throw .invalidArgument }
    killsSharers = given.flags & UInt64(SCYTHE_KILL_SHARERS) != 0
    // The reaper has no use for more than a handful.
    workers = Int(min(given.workers, 64))
    options.signal = Signal(rawValue: given.signal)
    options.graceNanoseconds = given.grace_ns
    options.deadlineNanoseconds = given.deadline_ns
    if given.robust_grace_ns >= 0 { options.robustGraceNanoseconds = given.robust_grace_ns }
    if given.cancel_fd >= 0 {
      try KillRequest.checkCancellation(given.cancel_fd)
      options.cancellation = given.cancel_fd
    }
  }

  /// Whether a descriptor can be waited for: nobody would be told later.
  private static func checkCancellation(_ descriptor: CInt) throws(Errno) {
    let queue = try EventQueue()
    do throws(Errno) {
      try queue.add(borrowed: descriptor, key: 0)
    } catch {
      // What epoll_ctl(2) says of a plain file.
      throw error == .notPermitted ? .invalidArgument : error
    }
  }
}
