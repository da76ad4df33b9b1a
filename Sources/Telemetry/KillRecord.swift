public import ScytheLinux

/// What is kept of one kill: 512 bytes, the same on the status page and in the kill log.
public struct KillRecord: Sendable, BitwiseCopyable {
  package var block = WordBlock<64>()

  /// "ScyKill", and the version of the layout.
  private static var magic: UInt64 { 0x016c_6c69_4b79_6353 }
  /// How long one is, in bytes.
  package static var byteCount: Int { 512 }

  /// Makes a record of nothing.
  public init() {}

  package init(_ block: WordBlock<64>) { self.block = block }

  /// Whether it is a record, as it was written.
  public var isIntact: Bool { block[0] == KillRecord.magic && block[63] == block.checksum && sequence > 0 }

  /// Whether there is nothing at all: a place that was never written to.
  package var isEmpty: Bool {
    for index in 0..<64 where block[index] != 0 { return false }
    return true
  }

  /// Gives it its number and its checksum; a later change makes it no record.
  package mutating func seal(sequence: UInt64) {
    block[0] = KillRecord.magic
    block[1] = sequence
    block[63] = block.checksum
  }
}

// MARK: What happened, and when
extension KillRecord {
  /// Its number: one more than the one before, over all starts of the daemon.
  public var sequence: UInt64 { block[1] }

  /// When it was decided, by the clock on the wall: nanoseconds since 1970, UTC.
  public var wallNanoseconds: Int64 {
    get { block[signed: 2] }
    set { block[signed: 2] = newValue }
  }
  /// The same moment, in nanoseconds since boot.
  public var bootNanoseconds: Int64 {
    get { block[signed: 3] }
    set { block[signed: 3] = newValue }
  }
  /// Since which boot.
  public var boot: BootIdentity {
    get { BootIdentity(low: block[4], high: block[5]) }
    set {
      block[4] = newValue.low
      block[5] = newValue.high
    }
  }
  /// What came of it; `nil` for a word that this version does not know. So are the others below.
  public var outcome: RecordedOutcome? {
    get { RecordedOutcome(rawValue: block[byte: 0, of: 6]) }
    set { block[byte: 0, of: 6] = newValue?.rawValue ?? 0 }
  }
  /// Why nothing was signalled, if nothing was.
  public var refusal: RecordedRefusal? {
    get { RecordedRefusal(rawValue: block[byte: 1, of: 6]) }
    set { block[byte: 1, of: 6] = newValue?.rawValue ?? 0 }
  }
  /// What asked for it.
  public var rule: RecordedRule? {
    get { RecordedRule(rawValue: block[byte: 2, of: 6]) }
    set { block[byte: 2, of: 6] = newValue?.rawValue ?? 0 }
  }
  /// What died together.
  public var scope: RecordedScope? {
    get { RecordedScope(rawValue: block[byte: 3, of: 6]) }
    set { block[byte: 3, of: 6] = newValue?.rawValue ?? 0 }
  }
  /// What became of the victim.
  public var fate: RecordedFate? {
    get { RecordedFate(rawValue: block[byte: 4, of: 6]) }
    set { block[byte: 4, of: 6] = newValue?.rawValue ?? 0 }
  }
  /// How it is known what came back; `nil` if none is claimed.
  public var evidence: RecordedEvidence? {
    get { RecordedEvidence(rawValue: block[byte: 5, of: 6]) }
    set { block[byte: 5, of: 6] = newValue?.rawValue ?? 0 }
  }
  /// The means of the release; `nil` if none was tried.
  public var carrier: RecordedCarrier? {
    get { RecordedCarrier(rawValue: block[byte: 6, of: 6]) }
    set { block[byte: 6, of: 6] = newValue?.rawValue ?? 0 }
  }
  /// The number of the kernel's error, if one is the reason; else 0.
  public var errorNumber: UInt32 {
    get { block[low: 7] }
    set { block[low: 7] = newValue }
  }
}

// MARK: The victim
extension KillRecord {
  /// How many rows of the table it was meant to take.
  public var members: UInt32 {
    get { block[high: 7] }
    set { block[high: 7] = newValue }
  }
  /// The process: the largest, if there were several.
  public var pid: PID {
    get { PID(Int32(bitPattern: block[low: 8])) }
    set { block[low: 8] = UInt32(bitPattern: newValue.rawValue) }
  }
  /// Its user.
  public var userID: UInt32 {
    get { block[high: 8] }
    set { block[high: 8] = newValue }
  }
  /// When it started, in clock ticks since boot.
  public var startTicks: UInt64 {
    get { block[9] }
    set { block[9] = newValue }
  }
  /// Its short name.
  public var name: ProcessName { block[name: 10] }

  /// Sets it. A property could be changed in place too, for which the compiler asks the heap for memory.
  public mutating func setName(_ name: ProcessName) { block[name: 10] = name }

  /// Its service or scope, as a hash of the group's path; 0 for none.
  public var unit: UInt32 {
    get { block[low: 12] }
    set { block[low: 12] = newValue }
  }
  /// Its `oom_score_adj`.
  public var scoreAdjustment: Int32 {
    get { Int32(bitPattern: block[high: 12]) }
    set { block[high: 12] = UInt32(bitPattern: newValue) }
  }
  /// Its points: each a KiB that its death returns.
  public var points: Int64 {
    get { block[signed: 13] }
    set { block[signed: 13] = newValue }
  }
  /// What its death was to return.
  public var expectedBytes: UInt64 {
    get { block[14] }
    set { block[14] = newValue }
  }
}

// MARK: What the decision was made of
extension KillRecord {
  /// What could be handed out.
  public var headroomBytes: UInt64 {
    get { block[15] }
    set { block[15] = newValue }
  }
  /// Where the line was.
  public var lineBytes: UInt64 {
    get { block[16] }
    set { block[16] = newValue }
  }
  /// What was filled per second.
  public var fillBytesPerSecond: UInt64 {
    get { block[17] }
    set { block[17] = newValue }
  }
  /// How much of the time everything waited, in basis points.
  public var fullBasisPoints: UInt64 {
    get { block[18] }
    set { block[18] = newValue }
  }
}

// MARK: What came of it
extension KillRecord {
  /// From the decision until the signal was out; `nil` if none was sent.
  public var signalNanoseconds: UInt64? {
    get { block[optional: 19] }
    set { block[optional: 19] = newValue }
  }
  /// From the signal until the memory was back; `nil` if it was not.
  public var backNanoseconds: UInt64? {
    get { block[optional: 20] }
    set { block[optional: 20] = newValue }
  }
  /// What came back for certain, from all that died.
  public var bytesBack: UInt64 {
    get { block[21] }
    set { block[21] = newValue }
  }
  /// What did not come back: private memory.
  public var leftPrivateBytes: UInt64 {
    get { block[22] }
    set { block[22] = newValue }
  }
  /// What did not come back: shared memory.
  public var leftSharedBytes: UInt64 {
    get { block[23] }
    set { block[23] = newValue }
  }
  /// What did not come back: pages of hugetlbfs.
  public var leftHugetlbBytes: UInt64 {
    get { block[24] }
    set { block[24] = newValue }
  }
  /// What did not come back: pinned pages.
  public var leftPinnedBytes: UInt64 {
    get { block[25] }
    set { block[25] = newValue }
  }
  /// Page tables that had not come back; not part of the total.
  public var leftPageTableBytes: UInt64 {
    get { block[26] }
    set { block[26] = newValue }
  }
  /// All that did not come back but the page tables.
  public var leftBytes: UInt64 { leftPrivateBytes &+ leftSharedBytes &+ leftHugetlbBytes &+ leftPinnedBytes }
  /// How many others used the same memory.
  public var sharers: UInt32 {
    get { block[low: 27] }
    set { block[low: 27] = newValue }
  }
  /// How many threads released it.
  public var workers: UInt32 {
    get { block[high: 27] }
    set { block[high: 27] = newValue }
  }
  /// How many processes died by it.
  public var victims: UInt32 {
    get { block[low: 28] }
    set { block[low: 28] = newValue }
  }
}
