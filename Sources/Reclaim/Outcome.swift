public import ScytheLinux

/// What a release came to, where that is no failure.
@frozen public enum Outcome: Equatable, Sendable, BitwiseCopyable {
  /// All that was meant was walked.
  case released
  /// The process is dead, and its memory with it.
  case goneAlready
  /// The process has left its memory by itself and is on its way out; when the memory is back, the pidfd tells.
  case exitUnderWay
  /// A driver refused for a part, and all else was done; or the caller's own limit ended it.
  case partly
  /// Other processes that live use the same memory; nothing was done.
  case shared(Sharers)
  /// The process writes a core dump, and keeps its memory until that is done.
  case dumpingCore
}

/// Why advice failed.
@frozen public enum ReclaimError: Error, Equatable, Sendable {
  /// The process is not dying; it was not touched.
  case notDying
  /// The cgroup has members that may not be freed, or groups below it; its limit was not touched.
  case notAlone
  /// The memory is not charged to the cgroup whose limit was lowered.
  case notCharged
  /// The caller lacks a right.
  case notPermitted(Errno)
  /// This kernel, or a seccomp filter, does not let this carrier through, or does not know the advice.
  case unsupported
  /// A range cannot be meant; nothing was advised.
  case badRange(index: Int, BadRange)
  /// The kernel said something else.
  case kernel(Errno)
}

/// What is wrong with a range of addresses.
@frozen public enum BadRange: Equatable, Sendable, BitwiseCopyable {
  /// It does not begin and end at a page's boundary.
  case unaligned
  /// It goes beyond the last address.
  case overflowing
  /// It begins before the end of the range before it.
  case unordered
}
