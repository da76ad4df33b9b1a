/// A signal number.
@frozen public struct Signal: Equatable, Sendable, BitwiseCopyable {
  /// The number, as in `signal(7)`; 0 only asks whether a signal could be sent.
  public let rawValue: CInt

  /// Makes a signal of a number.
  public init(rawValue: CInt) { self.rawValue = rawValue }

  /// No signal: the permission and existence check alone.
  public static var none: Signal { Signal(rawValue: 0) }
  /// Read the configuration again, to a daemon; the terminal is gone, to others. The C name is `SIGHUP`.
  public static var hangUp: Signal { Signal(rawValue: 1) }
  /// Cannot be caught, blocked or ignored. The C name is `SIGKILL`.
  public static var kill: Signal { Signal(rawValue: 9) }
  /// The polite request to end. The C name is `SIGTERM`.
  public static var terminate: Signal { Signal(rawValue: 15) }
  /// Stops every thread. The C name is `SIGSTOP`.
  public static var stop: Signal { Signal(rawValue: 19) }
}
