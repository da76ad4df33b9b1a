public import ScytheLinux

/// How the daemon watches.
@frozen public struct WatchOptions: Sendable {
  /// The page of the policy, which has to be there; `nil` for the usual one, which need not.
  public var policy: PathBuffer?
  /// Whether nobody is killed, and it is only said who would be, whatever the policy says.
  public var isObserving = false
  /// Where the status page is; `nil` for `/run/scythe`, or, for a user's own daemon, `$XDG_RUNTIME_DIR/scythe`.
  public var runDirectory: PathBuffer?
  /// Where the kill log is; `nil` for `/var/lib/scythe`, or, for a user's own daemon, `$XDG_STATE_HOME/scythe`.
  public var stateDirectory: PathBuffer?

  /// Makes the default.
  public init() {}
}

/// What a daemon that watches ends with.
@frozen public enum WatchExit: CInt, Sendable {
  /// A signal asked it to end.
  case ended = 0
  /// The policy is refused.
  case configuration = 78
  /// The system does not tell what memory there is, or refuses a thread or a page; or another daemon kills already.
  case kernel = 71
}
