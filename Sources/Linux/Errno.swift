/// An error number of the kernel.
@frozen public struct Errno: Error, Equatable, Sendable, BitwiseCopyable {
  /// The positive number, as in `errno(3)`.
  public let rawValue: CInt

  /// Makes an error of a positive `errno(3)` number.
  public init(rawValue: CInt) { self.rawValue = rawValue }
}

extension Errno {
  /// Operation not permitted. The corresponding C error is `EPERM`.
  public static var notPermitted: Errno { Errno(rawValue: 1) }
  /// No such file or directory. The corresponding C error is `ENOENT`.
  public static var noSuchFileOrDirectory: Errno { Errno(rawValue: 2) }
  /// No such process. The corresponding C error is `ESRCH`.
  public static var noSuchProcess: Errno { Errno(rawValue: 3) }
  /// Interrupted by a signal. The corresponding C error is `EINTR`.
  public static var interrupted: Errno { Errno(rawValue: 4) }
  /// Input or output failed. The corresponding C error is `EIO`.
  public static var inputOutput: Errno { Errno(rawValue: 5) }
  /// An argument is too large. The corresponding C error is `E2BIG`.
  public static var argumentTooLarge: Errno { Errno(rawValue: 7) }
  /// Bad file descriptor. The corresponding C error is `EBADF`.
  public static var badFileDescriptor: Errno { Errno(rawValue: 9) }
  /// Try again. The corresponding C error is `EAGAIN`.
  public static var resourceTemporarilyUnavailable: Errno { Errno(rawValue: 11) }
  /// Out of memory. The corresponding C error is `ENOMEM`.
  public static var noMemory: Errno { Errno(rawValue: 12) }
  /// Permission denied. The corresponding C error is `EACCES`.
  public static var permissionDenied: Errno { Errno(rawValue: 13) }
  /// Bad address. The corresponding C error is `EFAULT`.
  public static var badAddress: Errno { Errno(rawValue: 14) }
  /// Device or resource busy. The corresponding C error is `EBUSY`.
  public static var resourceBusy: Errno { Errno(rawValue: 16) }
  /// File exists. The corresponding C error is `EEXIST`.
  public static var fileExists: Errno { Errno(rawValue: 17) }
  /// No such device; on a cgroup's file: the group was removed. The corresponding C error is `ENODEV`.
  public static var noSuchDevice: Errno { Errno(rawValue: 19) }
  /// Not a directory. The corresponding C error is `ENOTDIR`.
  public static var notDirectory: Errno { Errno(rawValue: 20) }
  /// Invalid argument. The corresponding C error is `EINVAL`.
  public static var invalidArgument: Errno { Errno(rawValue: 22) }
  /// Too many open files in this process. The corresponding C error is `EMFILE`.
  public static var tooManyOpenFiles: Errno { Errno(rawValue: 24) }
  /// Not a terminal; on a pidfd: the ioctl is unknown. The corresponding C error is `ENOTTY`.
  public static var notTerminal: Errno { Errno(rawValue: 25) }
  /// Read-only file system. The corresponding C error is `EROFS`.
  public static var readOnlyFileSystem: Errno { Errno(rawValue: 30) }
  /// A name is too long. The corresponding C error is `ENAMETOOLONG`.
  public static var nameTooLong: Errno { Errno(rawValue: 36) }
  /// The kernel does not know the system call. The corresponding C error is `ENOSYS`.
  public static var noFunction: Errno { Errno(rawValue: 38) }
  /// The directory is not empty. The corresponding C error is `ENOTEMPTY`.
  public static var directoryNotEmpty: Errno { Errno(rawValue: 39) }
  /// What was read is not what the kernel writes. The corresponding C error is `EBADMSG`; no call here returns it.
  public static var badMessage: Errno { Errno(rawValue: 74) }
  /// The operation is not supported. The corresponding C error is `EOPNOTSUPP`.
  public static var notSupported: Errno { Errno(rawValue: 95) }

  /// What the error says, with its C name, as text that needs no heap; `nil` for a number that Scythe has no words for.
  public var explanation: StaticString? {
    switch rawValue {
    case 1: "operation not permitted (EPERM)"
    case 2: "no such file or directory (ENOENT)"
    case 3: "no such process (ESRCH)"
    case 4: "interrupted (EINTR)"
    case 5: "input/output error (EIO)"
    case 7: "argument too large (E2BIG)"
    case 9: "bad file descriptor (EBADF)"
    case 11: "resource temporarily unavailable (EAGAIN)"
    case 12: "cannot allocate memory (ENOMEM)"
    case 13: "permission denied (EACCES)"
    case 14: "bad address (EFAULT)"
    case 16: "device or resource busy (EBUSY)"
    case 17: "file exists (EEXIST)"
    case 19: "no such device (ENODEV)"
    case 20: "not a directory (ENOTDIR)"
    case 21: "is a directory (EISDIR)"
    case 22: "invalid argument (EINVAL)"
    case 23: "too many open files in the system (ENFILE)"
    case 24: "too many open files in this process (EMFILE)"
    case 25: "not supported by this descriptor (ENOTTY)"
    case 28: "no space left (ENOSPC)"
    case 30: "read-only file system (EROFS)"
    case 36: "name too long (ENAMETOOLONG)"
    case 38: "system call not available (ENOSYS)"
    case 39: "directory not empty (ENOTEMPTY)"
    case 74: "unexpected content (EBADMSG)"
    case 95: "operation not supported (EOPNOTSUPP)"
    default: nil
    }
  }
}

/// Turns the kernel's own convention, a negated errno, into a value or an error.
@inline(always)
package func valueOrErrno(_ result: Int) throws(Errno) -> Int {
  guard result >= 0 else { throw Errno(rawValue: CInt(truncatingIfNeeded: -result)) }
  return result
}

/// The same for a call that a signal may interrupt.
@inline(always)
func valueOrErrno(retryOnInterrupt: Bool, _ call: () -> Int) throws(Errno) -> Int {
  while true {
    let result = call()
    if result == -Int(Errno.interrupted.rawValue), retryOnInterrupt { continue }
    return try valueOrErrno(result)
  }
}
