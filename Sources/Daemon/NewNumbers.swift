import ScytheLinux

/// The process numbers that were given out since an earlier look. They go up, and begin anew behind the largest.
struct NewNumbers: BitwiseCopyable {
  /// The last one that is not new.
  let last: UInt64
  /// The newest.
  let newest: UInt64

  /// Whether they begin anew behind the largest.
  var goRound: Bool { last > newest }

  func contains(_ pid: PID) -> Bool {
    let number = UInt64(clamping: pid.rawValue)
    return goRound ? last < number || number <= newest : last < number && number <= newest
  }
}
