/// When a person is to hear that memory gets short: once each time, and not for a moment's fill.
struct ShortageWatch {
  /// What a daemon saw.
  struct Reading {
    /// When, by a clock that goes on.
    var nanoseconds: UInt64
    /// What can be handed out before somebody dies.
    var leftBytes: UInt64
    /// How long that lasts at the present fill; `nil` while nothing is filled.
    var leftNanoseconds: UInt64?
  }

  enum News: String, Encodable {
    case short
    case enough
  }

  /// Memory is short if no more is left,
  let leastBytes: UInt64
  /// or if what is left lasts no longer.
  let leastNanoseconds: UInt64

  private var isShort = false
  private var fillsSince: UInt64?
  private var enoughSince: UInt64?

  /// A fill counts if it has gone on for so long: programs start with bursts.
  static let patienceNanoseconds: UInt64 = 1_000_000_000
  /// Whoever is at the edge would be told again and again: it is over when for so long a quarter more is left than
  /// that, and lasts twice as long.
  static let calmNanoseconds: UInt64 = 10_000_000_000

  init(leastBytes: UInt64, leastNanoseconds: UInt64) {
    self.leastBytes = leastBytes
    self.leastNanoseconds = leastNanoseconds
  }

  /// Takes what is seen now.
  ///
  /// - Returns: `nil` if nothing has changed.
  mutating func take(_ reading: Reading) -> News? {
    let lasts = reading.leftNanoseconds ?? .max
    fillsSince = lasts <= leastNanoseconds ? fillsSince ?? reading.nanoseconds : nil
    let isRoomy = reading.leftBytes > leastBytes && reading.leftBytes - leastBytes > leastBytes / 4
    let isEasy = isRoomy && lasts / 2 > leastNanoseconds
    enoughSince = isEasy ? enoughSince ?? reading.nanoseconds : nil
    if isShort {
      guard let enoughSince, reading.nanoseconds - enoughSince >= ShortageWatch.calmNanoseconds else { return nil }
      isShort = false
      return .enough
    }
    let goesOn = fillsSince.map { reading.nanoseconds - $0 >= ShortageWatch.patienceNanoseconds } ?? false
    guard reading.leftBytes <= leastBytes || goesOn else { return nil }
    isShort = true
    return .short
  }
}
