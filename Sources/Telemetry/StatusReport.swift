public import ScytheLinux
import Synchronization

/// Why a status page cannot be read.
@frozen public enum StatusReadError: Error, Equatable, Sendable {
  /// It is not a status page.
  case foreign
  /// It is of another version of Scythe.
  case version(UInt64)
  /// It ends too early.
  case truncated
  /// It has been made, and nothing has been written to it yet.
  case unwritten
  /// Every time that it was read it was being written: its writer died in the middle, or is faster than the reader.
  case unsteady
  /// It is of another boot: nothing of it holds any more.
  case otherBoot
  /// The kernel refused something.
  case kernel(Errno)
}

/// What a status page says, read as a whole.
public struct StatusReport: ~Copyable, Sendable {
  /// What the daemon saw and did at its last look.
  public let snapshot: StatusSnapshot
  /// Whether a daemon has the page open now, in whatever container.
  public let isAlive: Bool
  private let words: WordBlock<1142>

  /// How often a page that is being written is read.
  private static var attempts: Int { 200 }
  private static var pauseNanoseconds: Int64 { 50_000 }

  /// Reads the page of a folder.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - boot: the boot of now.
  /// - Throws: why it cannot be read.
  public init(_ path: borrowing PathBuffer, boot: BootIdentity) throws(StatusReadError) {
    let file: FileDescriptor
    do throws(Errno) {
      file = try FileDescriptor(stored: path)
    } catch {
      throw .kernel(error)
    }
    let words = try StatusReport.read(file, boot)
    var block = WordBlock<112>()
    for index in 0..<StatusLayout.snapshotWords { block[index] = words[StatusLayout.snapshotIndex + index] }
    snapshot = StatusSnapshot(block)
    self.words = words
    isAlive = (try? file.isOwnedElsewhere()) ?? false
  }

  /// Reads until nobody has written meanwhile.
  private static func read(
    _ file: borrowing FileDescriptor, _ boot: BootIdentity
  ) throws(StatusReadError) -> WordBlock<1142> {
    var block = WordBlock<1142>()
    for attempt in 0..<attempts {
      // The first few times at once: a turn takes less than a microsecond.
      if attempt > 8 { MonotonicClock.sleep(nanoseconds: pauseNanoseconds) }
      let count: Int
      let before: UInt64
      let after: UInt64
      do throws(Errno) {
        before = try turn(file)
        atomicMemoryFence(ordering: .acquiring)
        var words = block.words.mutableSpan
        count = try file.read(words: &words, at: 0)
        atomicMemoryFence(ordering: .acquiring)
        after = try turn(file)
      } catch {
        throw .kernel(error)
      }
      try check(block, count, boot)
      if before == after, before & 1 == 0, before == block[StatusLayout.turnIndex] { return block }
    }
    throw .unsteady
  }

  private static func turn(_ file: borrowing FileDescriptor) throws(Errno) -> UInt64 {
    var turn = InlineArray<1, UInt64>(repeating: 0)
    var words = turn.mutableSpan
    _ = try file.read(words: &words, at: Int64(StatusLayout.turnIndex * 8))
    return turn[0]
  }

  private static func check(_ block: WordBlock<1142>, _ count: Int, _ boot: BootIdentity) throws(StatusReadError) {
    guard count >= 8 else { throw .truncated }
    if block[0] == 0, count >= StatusLayout.byteCount { throw .unwritten }
    guard block[0] == StatusLayout.magic else { throw .foreign }
    guard count >= 16 else { throw .truncated }
    guard block[1] == StatusLayout.version else { throw .version(block[1]) }
    guard count >= StatusLayout.byteCount, block[StatusLayout.byteCountIndex] == UInt64(StatusLayout.byteCount) else {
      throw .truncated
    }
    let written = BootIdentity(low: block[StatusLayout.bootIndex], high: block[StatusLayout.bootIndex + 1])
    if written == .none { throw .unwritten }
    guard written == boot else { throw .otherBoot }
  }

  /// Goes through the last records, the oldest first.
  public func forEachRecord(_ body: (KillRecord) -> Void) {
    var last: UInt64 = 0
    while let record = next(after: last) {
      body(record)
      last = record.sequence
    }
  }

  private func next(after sequence: UInt64) -> KillRecord? {
    var found: KillRecord?
    for place in 0..<StatusLayout.records {
      var block = WordBlock<64>()
      for index in 0..<StatusLayout.recordWords {
        block[index] = words[StatusLayout.ringIndex + place * StatusLayout.recordWords + index]
      }
      let record = KillRecord(block)
      guard record.isIntact, record.sequence > sequence else { continue }
      if let found, found.sequence < record.sequence { continue }
      found = record
    }
    return found
  }
}
