internal import CScytheLinux

/// A range of addresses in another process.
@frozen public struct AddressRange: Equatable, Sendable, BitwiseCopyable {
  /// The first address.
  public var base: UInt64
  /// The number of bytes.
  public var length: UInt64

  /// Makes a range.
  public init(base: UInt64, length: UInt64) {
    self.base = base
    self.length = length
  }
}

/// An advice number of `madvise(2)`.
@frozen public struct MemoryAdvice: Equatable, Sendable, BitwiseCopyable {
  /// The number.
  public let rawValue: CInt

  /// Makes an advice of a number.
  public init(rawValue: CInt) { self.rawValue = rawValue }

  /// `MADV_COLD`
  public static var cold: MemoryAdvice { MemoryAdvice(rawValue: 20) }
  /// `MADV_PAGEOUT`
  public static var pageOut: MemoryAdvice { MemoryAdvice(rawValue: 21) }
  /// `MADV_DONTNEED`
  public static var dontNeed: MemoryAdvice { MemoryAdvice(rawValue: 4) }
  /// `MADV_DONTNEED_LOCKED`
  public static var dontNeedLocked: MemoryAdvice { MemoryAdvice(rawValue: 24) }
}

extension ProcessDescriptor {
  /// Frees the address space of a dying process without waiting for it to exit.
  ///
  /// Private anonymous memory, swapped or not, comes back; shared mappings, hugetlb pages and page tables stay until the
  /// process exits. It cannot be cancelled, and blocks for as long as a thread of the process is stuck while it holds
  /// its mmap lock for writing.
  ///
  /// - Throws: `Errno.invalidArgument` if the process is not dying, dumps core, or shares its memory with one that
  ///   lives; `Errno.noSuchProcess` if it has left its memory, which may still be on its way back;
  ///   `Errno.resourceTemporarilyUnavailable` if a driver refused for a part; `Errno.noFunction` before Linux 5.15.
  ///
  /// The corresponding system call is `process_mrelease(2)`, Linux 5.15. No privilege is needed.
  public func releaseMemory() throws(Errno) {
    _ = try valueOrErrno(clinux_process_mrelease(rawValue, 0))
  }

  /// Gives advice about ranges of the process's memory, as the kernel takes it: at most 1,024 ranges and 2 GiB - 4 KiB.
  ///
  /// - Returns: the bytes that were walked, which is not the number of bytes that were freed.
  /// - Throws: `Errno.invalidArgument` for an advice, a flag or a range that the kernel refuses;
  ///   `Errno.notPermitted` without `CAP_SYS_NICE`; `Errno.permissionDenied` without ptrace read rights;
  ///   `Errno.noMemory` for a hole; `Errno.noSuchProcess`.
  ///
  /// The corresponding system call is `process_madvise(2)`, Linux 5.10.
  public func advise(_ advice: MemoryAdvice, _ ranges: Span<AddressRange>, flags: UInt32 = 0) throws(Errno) -> Int {
    try unsafe ranges.withUnsafeBytes { (raw) throws(Errno) in
      try valueOrErrno(
        unsafe clinux_process_madvise(
          rawValue, raw.baseAddress?.assumingMemoryBound(to: clinux_range.self), ranges.count, advice.rawValue, flags))
    }
  }
}

/// What this kernel knows about releasing memory, found out without touching any process: every probe uses the
/// descriptor -1, which no call can act on.
public enum MemoryReleaseProbe {
  /// Whether `process_mrelease(2)` can be called.
  ///
  /// - Throws: `Errno.noFunction` if the kernel lacks it; `Errno.notPermitted` if a seccomp filter forbids it.
  public static func checkRelease() throws(Errno) {
    do throws(Errno) {
      _ = try valueOrErrno(clinux_process_mrelease(-1, 0))
    } catch {
      if error != .badFileDescriptor { throw error }
    }
  }
}
