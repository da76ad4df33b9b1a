import Foundation

/// The CPU time of the calling thread, in nanoseconds: its own and the kernel's for it.
enum ThreadClock {
  /// So far. The corresponding clock is `CLOCK_THREAD_CPUTIME_ID`.
  static var nowNanoseconds: Int64 {
    var now = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
  }
}
