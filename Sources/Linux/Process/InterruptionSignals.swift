internal import CScytheLinux

/// The signals by which a person ends a program (INT, TERM, HUP), as something that can be waited for: a program that
/// has to tidy up hears of them instead of dying.
public struct InterruptionSignals: ~Copyable {
  /// Readable once one has come.
  public let descriptor: FileDescriptor

  /// Blocks them for the calling thread, and for those it starts from now on.
  ///
  /// - Throws: `Errno.tooManyOpenFiles`.
  ///
  /// The corresponding calls are `sigprocmask(2)` and `signalfd(2)`.
  public init() throws(Errno) {
    descriptor = FileDescriptor(owning: CInt(truncatingIfNeeded: try valueOrErrno(clinux_interruption_signals())))
  }
}
