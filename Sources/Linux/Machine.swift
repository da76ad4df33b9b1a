internal import CScytheLinux

/// Facts about this machine and this process that do not change.
public enum Machine {
  /// The size of a page, in bytes.
  public static var pageBytes: UInt64 { UInt64(clinux_page_bytes()) }

  /// How many system calls of this process were answered with ``Errno/noFunction``: by a kernel that has not got them,
  /// or by a filter (seccomp). `process_mrelease(2)`, which ``MemoryReleaseProbe`` asks for, and those that libc makes by
  /// itself are not among them.
  public static var unknownCalls: UInt64 { clinux_unknown_calls() }

  /// Ends this program at once.
  public static func exit(_ status: CInt) -> Never { clinux_exit(status) }

  /// Clock ticks per second: the unit of start times.
  public static var clockTicksPerSecond: UInt64 { UInt64(clinux_clock_ticks()) }

  /// How many CPUs the calling thread may run on.
  public static var usableProcessors: Int { max(1, clinux_usable_cpus()) }

  /// Raises the caller's soft limit of open descriptors, at most to its hard limit: two descriptors are held for every
  /// victim, and a fork bomb has thousands of members.
  ///
  /// - Returns: the limit in force.
  /// - Throws: what `setrlimit(2)` says.
  @discardableResult
  public static func raiseDescriptorLimit(to wanted: Int) throws(Errno) -> Int {
    try valueOrErrno(clinux_raise_descriptor_limit(UInt64(wanted)))
  }
}

/// The monotonic clock, in nanoseconds since an arbitrary moment.
public enum MonotonicClock {
  /// Now. The corresponding clock is `CLOCK_MONOTONIC`.
  public static var nowNanoseconds: Int64 { clinux_monotonic_ns() }

  /// Nanoseconds since boot, those in suspend included, when the other clock stands still. The corresponding clock is
  /// `CLOCK_BOOTTIME`; the start times of processes are of it.
  public static var nanosecondsSinceBoot: Int64 { clinux_boot_ns() }

  /// Sleeps the calling thread.
  public static func sleep(nanoseconds: Int64) { clinux_sleep_ns(nanoseconds) }
}
