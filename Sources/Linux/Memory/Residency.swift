internal import CScytheLinux

/// Keeping the caller's own memory resident: a page that was never used, or was dropped, is read or made just when there
/// is no memory to do so.
public enum Residency {
  /// Locks what is mapped now, program code included, and brings all of it in.
  ///
  /// - Throws: `Errno.noMemory` if that is more than `RLIMIT_MEMLOCK` allows; `Errno.notPermitted` if that is 0.
  ///
  /// The corresponding system call is `mlockall(2)`.
  public static func lockPresent() throws(Errno) { _ = try valueOrErrno(clinux_lock_present_memory()) }

  /// Has what is mapped from now on locked, each page when it is first touched: of a thread's stack and of a table for
  /// the worst case only what is used is ever resident.
  ///
  /// - Throws: as ``lockPresent()``. A later mapping beyond `RLIMIT_MEMLOCK` fails.
  ///
  /// The corresponding system call is `mlockall(2)` with `MCL_ONFAULT`, Linux 4.4.
  public static func lockLaterOnTouch() throws(Errno) { _ = try valueOrErrno(clinux_lock_later_memory()) }

  /// Touches what lies below the caller's frame on its stack.
  ///
  /// - Parameter bytes: how much; with what the caller has used already it must fit the stack.
  public static func touchStack(bytes: Int) { clinux_touch_stack(bytes) }

  /// Gives back what the kernel laid out for the stack of the first thread and nobody uses, 132 KiB with the frames in use:
  /// ``lockPresent()`` has brought it in. It stays locked, each page from when it is touched.
  ///
  /// - Parameter bytes: how much below the caller's frame stays as it is.
  /// - Throws: what `AreaCursor` throws.
  public static func releaseUnusedStack(keeping bytes: UInt64) throws(Errno) {
    let address = clinux_stack_address()
    var areas = try AreaCursor(of: .current, .query)
    guard let stack = try areas.next(atOrAfter: address), stack.base <= address, address - stack.base > bytes else {
      return
    }
    let end = (address - bytes) / Machine.pageBytes * Machine.pageBytes
    if end > stack.base { clinux_empty_stack(stack.base, end) }
  }

  /// How fast this machine hands out memory and takes it back, by one thread and pages of the smallest size.
  ///
  /// - Parameter bytes: how much is mapped for the measurement, and given back.
  /// - Returns: bytes per second of CPU time, so that others who run meanwhile count for little; at least 1.
  /// - Throws: `Errno.noMemory`.
  public static func measureSpeed(bytes: Int) throws(Errno) -> MemorySpeed {
    let base = unsafe try MappedMemory.allocate(UInt8.self, count: bytes)
    unsafe clinux_avoid_huge_pages(base, bytes)
    let start = clinux_thread_cpu_ns()
    unsafe clinux_touch_pages(base, bytes)
    let filled = clinux_thread_cpu_ns()
    unsafe MappedMemory.free(base, count: bytes)
    let freed = clinux_thread_cpu_ns()
    return MemorySpeed(
      fillBytesPerSecond: speed(of: bytes, within: filled - start),
      freeBytesPerSecond: speed(of: bytes, within: freed - filled))
  }

  private static func speed(of bytes: Int, within nanoseconds: Int64) -> UInt64 {
    let (high, low) = UInt64(bytes).multipliedFullWidth(by: 1_000_000_000)
    let divisor = UInt64(max(nanoseconds, 1))
    guard high < divisor else { return .max }
    return max(1, divisor.dividingFullWidth((high, low)).quotient)
  }
}

/// What ``Residency/measureSpeed(bytes:)`` measured.
@frozen public struct MemorySpeed: Equatable, Sendable, BitwiseCopyable {
  /// How fast fresh pages were touched.
  public let fillBytesPerSecond: UInt64
  /// How fast they were unmapped.
  public let freeBytesPerSecond: UInt64
}
