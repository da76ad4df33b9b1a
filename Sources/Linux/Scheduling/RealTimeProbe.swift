internal import CScytheLinux

extension Scheduling {
  /// Whether threads of this process may be real-time, tried with the lowest priority on a thread that ends at once.
  ///
  /// - Throws: `Errno.notPermitted` without `CAP_SYS_NICE` and without `RLIMIT_RTPRIO`, or in a cgroup without real-time
  ///   budget; `Errno.resourceTemporarilyUnavailable` if no thread can be started.
  ///
  /// The corresponding system call is `sched_setscheduler(2)`.
  public static func checkRealTime() throws(Errno) { _ = try valueOrErrno(clinux_try_real_time()) }
}
