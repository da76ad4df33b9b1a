public import ScytheLinux

/// Why a kill log cannot be used.
@frozen public enum KillLogError: Error, Equatable, Sendable {
  /// It is not a kill log; it was left as it is.
  case foreign
  /// It is of another version of Scythe; it was left as it is.
  case version(UInt64)
  /// Its first block is damaged, or the file ends inside of it; it was left as it is.
  case damaged
  /// Another daemon writes it.
  case owned
  /// The kernel refused something.
  case kernel(Errno)
}

/// The first block of a kill log.
struct KillLogHeader: BitwiseCopyable {
  private var block = WordBlock<64>()

  /// "ScytheKL"
  private static var magic: UInt64 { 0x4c4b_6568_7479_6353 }
  private static var version: UInt64 { 1 }
  /// How many records a log holds before the oldest is written over: years of kills on a machine that is well, in 2 MiB.
  static var records: UInt64 { 4096 }
  /// More than this no log has: a header that says so is damaged.
  private static var mostRecords: UInt64 { 1 << 20 }

  /// How many records fit.
  var capacity: UInt64 { block[3] }

  /// The header of a new log.
  init(records: UInt64) {
    block[0] = KillLogHeader.magic
    block[1] = KillLogHeader.version
    block[2] = UInt64(KillRecord.byteCount)
    block[3] = records
    block[63] = block.checksum
  }

  /// Reads the header of a file.
  ///
  /// - Returns: `nil` if the file holds nothing but zeros there: it was being made.
  init?(of file: borrowing FileDescriptor) throws(KillLogError) {
    var block = WordBlock<64>()
    let count: Int
    do throws(Errno) {
      var words = block.words.mutableSpan
      count = try file.read(words: &words, at: 0)
    } catch {
      throw .kernel(error)
    }
    if KillRecord(block).isEmpty { return nil }
    guard count >= 8 else { throw .foreign }
    guard block[0] == KillLogHeader.magic else { throw .foreign }
    guard count == KillRecord.byteCount else { throw .damaged }
    guard block[1] == KillLogHeader.version else { throw .version(block[1]) }
    guard block[63] == block.checksum else { throw .damaged }
    guard block[2] == UInt64(KillRecord.byteCount), block[3] > 0, block[3] <= KillLogHeader.mostRecords else {
      throw .damaged
    }
    self.block = block
  }

  /// Writes it.
  func write(to file: borrowing FileDescriptor) throws(Errno) { try file.write(words: block.words.span, at: 0) }

  /// Where a record of a place is, in bytes.
  static func offset(ofPlace place: UInt64) -> Int64 { Int64(place + 1) * Int64(KillRecord.byteCount) }

  /// In which place a record is.
  func place(of sequence: UInt64) -> UInt64 { (sequence - 1) % capacity }

  /// How long the file is.
  var byteCount: Int64 { KillLogHeader.offset(ofPlace: capacity) }
}

/// What is in a place of a kill log.
enum KillLogPlace {
  /// Nothing was ever written there.
  case empty
  /// A record, as it was written.
  case record(KillRecord)
  /// Something else: a write that was torn, or a disk that forgets.
  case damaged
  /// The file ends before it, or inside of it.
  case missing
}

extension KillLogHeader {
  /// Reads one place.
  ///
  /// - Throws: what `pread(2)` says.
  func read(_ place: UInt64, of file: borrowing FileDescriptor) throws(Errno) -> KillLogPlace {
    var block = WordBlock<64>()
    var words = block.words.mutableSpan
    let count = try file.read(words: &words, at: KillLogHeader.offset(ofPlace: place))
    guard count == KillRecord.byteCount else { return .missing }
    let record = KillRecord(block)
    if record.isEmpty { return .empty }
    return record.isIntact && self.place(of: record.sequence) == place ? .record(record) : .damaged
  }
}
