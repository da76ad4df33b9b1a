import ScytheLinux
import ScythePolicy

/// One look at the processes while it lasts.
struct TableLook: BitwiseCopyable {
  enum Kind: BitwiseCopyable {
    /// At all of them.
    case whole
    /// At those that matter soon.
    case quick
    /// At those that were not there before.
    case newcomers
  }

  let kind: Kind
  /// When it began, by the monotonic clock.
  let begunNanoseconds: Int64
  /// The same by a clock of 4 ms that goes round in 262 s: whole looks are less far apart.
  let stamp: UInt16
  /// What started since then, in clock ticks since boot, is young.
  let youngTicks: UInt64
  /// How many rows there were at its beginning: those are ordered by pid.
  var known = 0
  /// Which of them were seen.
  var seen = RowSet()
  /// The row from which on it reads some that do not matter soon.
  var firstOther = 0
  /// The number that was last given out when it began; `nil` if that is not known.
  var newestNumber: UInt64?
  /// Who is new, of those without a row; `nil` for all of them.
  var new: NewNumbers?
  /// Whether it goes by the kernel's list of all processes, which alone tells who is gone of those that are not read.
  var isListed = true
  /// How many were gone through without a list.
  var step = 0
  /// Whether one is gone whose group dies as one.
  var endsGroup = false
  /// The sums so far.
  var totals = ProcessTotals()

  /// A quick look reads so many of the largest,
  static var large: Int { 64 }
  /// so many of those that do not matter soon, which makes a round of 1,000 processes in eight looks,
  static var others: Int { 128 }
  /// and who grows faster than this per second, in bytes.
  static var leastGrowth: UInt64 { 1 << 20 }
  /// How old a list of all processes may be, in nanoseconds: the kernel takes 14 ms for one of 10,000, which is more than a
  /// quick look reads.
  static var listNanoseconds: Int64 { 1_000_000_000 }
  /// If more numbers were given out since, threads included, the list is shorter than they are.
  static var mostNew: UInt64 { 1024 }
  /// A process is young for 10 s.
  private static var youngNanoseconds: UInt64 { 10_000_000_000 }
  /// The least time over which growth is measured.
  private static var leastSpan: UInt16 { 4 }

  init(_ kind: Kind) {
    self.kind = kind
    begunNanoseconds = MonotonicClock.nowNanoseconds
    stamp = UInt16(truncatingIfNeeded: begunNanoseconds / 4_000_000)
    let boot = UInt64(clamping: MonotonicClock.nanosecondsSinceBoot)
    youngTicks = boot.minus(TableLook.youngNanoseconds) / 1_000_000 * Machine.clockTicksPerSecond / 1000
  }

  /// For how long growth is remembered while there is none, in nanoseconds: programs take memory in steps, and one that
  /// waits for memory does not grow.
  private static var remembered: UInt64 { 2_000_000_000 }

  /// A row with how it has grown since it was last looked at; what it grew by before is forgotten bit by bit.
  static func grown(_ row: Candidate, from last: Candidate) -> Candidate {
    var row = row
    let span = row.lookStamp &- last.lookStamp
    if span >= leastSpan {
      let nanoseconds = UInt64(span) * 4_000_000
      row.growthBytesPerSecond = max(
        row.sizeBytes.minus(last.sizeBytes).perSecond(within: nanoseconds),
        // In milliseconds the product is far from the end: no growth is above 2^42.
        last.growthBytesPerSecond * (remembered.minus(nanoseconds) / 1_000_000) / (remembered / 1_000_000))
    } else {
      // Too soon after the last look to say.
      row.lookStamp = last.lookStamp
      row.growthBytesPerSecond = last.growthBytesPerSecond
    }
    return row
  }
}

/// Some of the rows of a table.
struct RowSet: BitwiseCopyable {
  private var words = InlineArray<64, UInt64>(repeating: 0)

  mutating func insert(_ index: Int) { words[index / 64] |= 1 << UInt64(index % 64) }

  mutating func remove(_ index: Int) { words[index / 64] &= ~(1 << UInt64(index % 64)) }

  func contains(_ index: Int) -> Bool { words[index / 64] >> UInt64(index % 64) & 1 == 1 }
}
