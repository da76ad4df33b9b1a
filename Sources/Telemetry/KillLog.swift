public import ScytheLinux

/// The file in which records of kills outlive the machine's memory: a ring of fixed places, written to the disk one by one.
///
/// Everything here may wait for a disk, for ever: it is for a thread that nobody waits for.
public struct KillLog: ~Copyable {
  private let file: FileDescriptor
  private let header: KillLogHeader
  /// The number of the last record in it; 0 if there is none.
  public private(set) var lastSequence: UInt64 = 0

  /// The name of the file in its folder.
  public static var fileName: StaticString { "/kills.log" }

  /// Opens the log of a folder for writing, or makes it: filled with zeros, so that a record later needs no room from the
  /// file system. A file that is not a kill log is left as it is.
  ///
  /// - Parameter folder: made if it is missing.
  /// - Throws: why there is none.
  public init(in folder: borrowing PathBuffer) throws(KillLogError) {
    try self.init(in: folder, records: KillLogHeader.records)
  }

  package init(in folder: borrowing PathBuffer, records: UInt64) throws(KillLogError) {
    let file = try KillLog.open(folder)
    let header = try KillLog.prepare(file, folder, records)
    let last = try KillLog.lastSequence(file, header)
    self.file = file
    self.header = header
    lastSequence = last
  }

  private static func open(_ folder: borrowing PathBuffer) throws(KillLogError) -> FileDescriptor {
    do throws(Errno) {
      try Folder.make(folder, mode: 0o755)
      return try FileDescriptor(creating: fileName, in: folder, mode: 0o644)
    } catch {
      throw .kernel(error)
    }
  }

  private static func prepare(
    _ file: borrowing FileDescriptor, _ folder: borrowing PathBuffer, _ records: UInt64
  ) throws(KillLogError) -> KillLogHeader {
    do throws(Errno) {
      try file.own()
    } catch {
      throw error == .resourceTemporarilyUnavailable ? .owned : .kernel(error)
    }
    let found = try KillLogHeader(of: file)
    let header = found ?? KillLogHeader(records: records)
    do throws(Errno) {
      let bytes = try file.byteCount()
      // A file that begins with zeros was being made when the machine stopped, or is somebody else's.
      if found == nil, try !isZero(file, bytes) { throw .badMessage }
      guard found == nil || bytes < header.byteCount else { return header }
      // Of a record that the file ends in the middle of nothing can be had any more.
      try fill(file, from: found == nil ? 0 : bytes / Int64(KillRecord.byteCount), header)
      try file.synchronizeData()
      guard found == nil else { return header }
      // Last, so that a file with a header is whole.
      try header.write(to: file)
      try file.synchronizeData()
      try FileDescriptor(folder, .directory).synchronizeData()
      return header
    } catch {
      throw error == .badMessage ? .foreign : .kernel(error)
    }
  }

  private static func isZero(_ file: borrowing FileDescriptor, _ bytes: Int64) throws(Errno) -> Bool {
    var offset: Int64 = 0
    while offset < bytes {
      var block = WordBlock<64>()
      var words = block.words.mutableSpan
      _ = try file.read(words: &words, at: offset)
      guard KillRecord(block).isEmpty else { return false }
      offset += Int64(KillRecord.byteCount)
    }
    return true
  }

  private static func fill(
    _ file: borrowing FileDescriptor, from first: Int64, _ header: KillLogHeader
  ) throws(Errno) {
    let zeros = WordBlock<64>()
    var offset = first * Int64(KillRecord.byteCount)
    while offset < header.byteCount {
      try file.write(words: zeros.words.span, at: offset)
      offset += Int64(KillRecord.byteCount)
    }
  }

  private static func lastSequence(
    _ file: borrowing FileDescriptor, _ header: KillLogHeader
  ) throws(KillLogError) -> UInt64 {
    var last: UInt64 = 0
    do throws(Errno) {
      for place in 0..<header.capacity {
        if case .record(let record) = try header.read(place, of: file) { last = max(last, record.sequence) }
      }
    } catch {
      throw .kernel(error)
    }
    return last
  }

  /// Stores a record. When this returns it is on the disk.
  ///
  /// - Parameter record: one that a page has numbered, with a greater number than all that are stored; another is left out.
  /// - Throws: what `pwrite(2)` and `fdatasync(2)` say; it may be stored again.
  public mutating func append(_ record: KillRecord) throws(Errno) {
    guard record.isIntact, record.sequence > lastSequence else { return }
    let place = header.place(of: record.sequence)
    try file.write(words: record.block.words.span, at: KillLogHeader.offset(ofPlace: place))
    try file.synchronizeData()
    lastSequence = record.sequence
  }
}
