/// Whether the loop is blocked, as its watchdog judges it: by times alone, which are handed in.
struct BlockedLoop: BitwiseCopyable {
  /// What the watchdog has to do.
  enum Verdict: Equatable, BitwiseCopyable {
    /// Nothing: the loop takes its turns.
    case turns
    /// Nothing: the watchdog was late itself, and whatever held it up may have held up the loop.
    case unknown
    /// To look at the memory itself: the loop has not finished a turn for so long.
    case blocked(nanoseconds: Int64)
  }

  /// What may be done in the place of the loop.
  enum Step: Equatable, BitwiseCopyable {
    case nothing
    /// To say that the loop is blocked, once.
    case tell
    /// To kill.
    case kill
  }

  /// How often the watchdog looks, in nanoseconds.
  static var interval: Int64 { 250_000_000 }
  /// A turn that looks closer waits 50 ms for the sampler, twice at the most; one under load was seen to take 80 ms.
  static var longestTurn: Int64 { 500_000_000 }
  /// A watchdog that wakes later than that is on a machine that holds up everybody.
  static var mostLate: Int64 { 100_000_000 }

  /// Whether it was said that this loop is blocked.
  private var isTold = false

  /// Judges the loop.
  ///
  /// - Parameters:
  ///   - plannedNanoseconds: when the watchdog meant to be awake.
  ///   - nowNanoseconds: when it is.
  ///   - dueNanoseconds: when the loop's turn began, or has to begin at the latest while the loop waits.
  mutating func verdict(plannedNanoseconds: Int64, nowNanoseconds: Int64, dueNanoseconds: Int64) -> Verdict {
    // The largest number is that of a loop that has not begun, or has ended.
    guard dueNanoseconds < nowNanoseconds, nowNanoseconds - dueNanoseconds > BlockedLoop.longestTurn else {
      isTold = false
      return .turns
    }
    guard nowNanoseconds - plannedNanoseconds < BlockedLoop.mostLate else { return .unknown }
    return .blocked(nanoseconds: nowNanoseconds - dueNanoseconds)
  }

  /// What to do about a loop that is blocked.
  ///
  /// - Parameter canKill: whether the watchdog's own look finds memory below the emergency line, and somebody to kill.
  mutating func step(canKill: Bool) -> Step {
    if canKill { return .kill }
    defer { isTold = true }
    return isTold ? .nothing : .tell
  }
}
