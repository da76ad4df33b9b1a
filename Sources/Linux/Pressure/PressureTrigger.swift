internal import CScytheLinux

/// Which stalls a trigger counts.
@frozen public enum PressureKind: Sendable, BitwiseCopyable {
  /// At least one task waits.
  case some
  /// All tasks wait that are not idle.
  case full
}

/// An owned alarm of the kernel: it fires when tasks have waited for memory for some time within a window. It is gone
/// when the value is.
@frozen public struct PressureTrigger: ~Copyable, Sendable {
  let descriptor: FileDescriptor

  /// Arms the alarm of the whole machine.
  ///
  /// - Parameters:
  ///   - kind: which stalls count.
  ///   - stallMicroseconds: how much of the window must be lost; above 0, at most the window.
  ///   - windowMicroseconds: at most 10 s; before Linux 6.4 at least 500 ms.
  ///   - procfs: where `pressure/memory` is.
  /// - Throws: `Errno.invalidArgument` for a window that the kernel refuses: without `CAP_SYS_RESOURCE` every one that is
  ///   no multiple of 2 s; `Errno.notPermitted` for any without that capability before Linux 6.1;
  ///   `Errno.permissionDenied`; `Errno.noSuchFileOrDirectory` without `CONFIG_PSI`; `Errno.notSupported` if PSI is off.
  ///
  /// The corresponding file is `/proc/pressure/memory`, Linux 5.2.
  public init(
    _ kind: PressureKind, stallMicroseconds: UInt64, windowMicroseconds: UInt64, _ procfs: Procfs = Procfs()
  ) throws(Errno) {
    let file = try FileDescriptor(procfs.path("pressure/memory"), .readWrite)
    var text: PathBuffer
    switch kind {
    case .some: text = PathBuffer("some ")
    case .full: text = PathBuffer("full ")
    }
    text.append(decimal: stallMicroseconds)
    text.append(" ")
    text.append(decimal: windowMicroseconds)
    let number = file.rawValue
    // The kernel puts a zero over the last byte that it is given.
    let bytes = text.count + 1
    try unsafe text.withCString { (raw) throws(Errno) in
      _ = try valueOrErrno(retryOnInterrupt: true) { unsafe clinux_write(number, raw, bytes) }
    }
    descriptor = file
  }

  /// Waits for the alarm, which the kernel gives once per window at the most.
  ///
  /// - Parameter timeoutMilliseconds: 0 only looks; negative waits for ever.
  /// - Returns: whether it fired; false when the time is over.
  /// - Throws: `Errno.noSuchDevice` if what is watched is gone.
  public func wait(timeoutMilliseconds: CInt) throws(Errno) -> Bool {
    try valueOrErrno(retryOnInterrupt: true) { clinux_poll_pressure(descriptor.rawValue, timeoutMilliseconds) } > 0
  }
}
