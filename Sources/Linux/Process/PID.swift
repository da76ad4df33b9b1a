internal import CScytheLinux

/// The number of a process, or of a thread, in the caller's pid namespace. It names a process only for as long as that
/// process lives: keep a ``ProcessDescriptor`` to be sure.
@frozen public struct PID: Equatable, Sendable, BitwiseCopyable {
  /// The number, positive for every real process.
  public let rawValue: Int32

  /// Makes a PID of a number.
  public init(_ rawValue: Int32) { self.rawValue = rawValue }

  /// The first process of the pid namespace.
  public static var initProcess: PID { PID(1) }
  /// The calling process.
  public static var current: PID { PID(Int32(truncatingIfNeeded: clinux_getpid())) }
  /// The calling thread.
  public static var currentThread: PID { PID(Int32(truncatingIfNeeded: clinux_gettid())) }
}
