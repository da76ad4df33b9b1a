public import ScythePolicy

/// How the daemon watches.
@frozen public struct WatchOptions: Sendable, BitwiseCopyable {
  /// The kind of machine.
  public var profile = Profile.desktop
  /// Whether nobody is killed, and it is only said who would be.
  public var isObserving = false

  /// Makes the default.
  public init() {}
}

/// What a daemon that watches ends with.
@frozen public enum WatchExit: CInt, Sendable {
  /// A signal asked it to end.
  case ended = 0
  /// The system does not tell what memory there is, or refuses a thread or a page.
  case kernel = 71
}
