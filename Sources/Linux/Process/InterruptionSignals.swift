internal import CScytheLinux

/// The signals by which a person ends a program (INT, TERM, HUP), as something that can be waited for: a program that
/// has to tidy up hears of them instead of dying.
public struct InterruptionSignals: ~Copyable {
  /// Readable once one has come, until it is taken.
  public let descriptor: FileDescriptor

  /// Blocks them for the calling thread, and for those it starts from now on.
  ///
  /// - Throws: `Errno.tooManyOpenFiles`.
  ///
  /// The corresponding calls are `sigprocmask(2)` and `signalfd(2)`.
  public init() throws(Errno) {
    descriptor = FileDescriptor(owning: CInt(truncatingIfNeeded: try valueOrErrno(clinux_interruption_signals())))
  }

  /// Takes one that has come, for a program to which they do not all mean the same.
  ///
  /// - Returns: `nil` if none is left.
  public func next() -> Signal? {
    let number = clinux_next_signal(descriptor.rawValue)
    return number > 0 ? Signal(rawValue: CInt(truncatingIfNeeded: number)) : nil
  }
}
