public import ScytheLinux
import Synchronization

/// Why a daemon has no status page.
@frozen public enum StatusPageError: Error, Equatable, Sendable {
  /// The folder is on a disk, which could hold up whoever writes to the page.
  case notInMemory
  /// The file there is no status page; it was left as it is.
  case foreign
  /// Another daemon writes this page: this one, as far as it has said so.
  case owned(by: PID, RecordedMode?)
  /// The kernel refused something.
  case kernel(Errno)
}

/// Where things are on the page, in words.
enum StatusLayout {
  /// "ScytheSt": the first word.
  static var magic: UInt64 { 0x7453_6568_7479_6353 }
  /// The second word. A page of another version is not read.
  static var version: UInt64 { 1 }
  /// How many bytes the page has.
  static var byteCountIndex: Int { 2 }
  /// Odd while the words behind it are being written.
  static var turnIndex: Int { 3 }
  static var snapshotIndex: Int { 4 }
  static var snapshotWords: Int { 112 }
  static var ringIndex: Int { snapshotIndex + snapshotWords }
  /// How many records there are: what a disk may hang for without a loss.
  static var records: Int { 16 }
  static var recordWords: Int { 64 }
  /// The boot's two words are the last, so that a page that was cut short has none.
  static var bootIndex: Int { ringIndex + records * recordWords }
  static var words: Int { bootIndex + 2 }
  static var byteCount: Int { words * 8 }

  /// Where in the ring a record is.
  static func place(of sequence: UInt64) -> Int {
    ringIndex + Int((sequence - 1) % UInt64(records)) * recordWords
  }
}

/// The page that says what a daemon sees and does: a file in memory, which others read without asking anybody, and which
/// nothing but memory is needed to write. One thread writes it.
@safe public struct StatusPage: ~Copyable {
  // One thread writes them. Whoever reads goes by the turn, or by a record's checksum.
  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  // Holds the lock of the file; `nil` for a page that nobody else sees.
  private let file: FileDescriptor?
  private let boot: BootIdentity
  private var turn: UInt64 = 0
  private var isPublished = false
  /// The number of the last record that was entered; 0 if there is none.
  public private(set) var lastSequence: UInt64 = 0

  /// The name of the file in its folder.
  public static var fileName: StaticString { "/status" }

  /// Makes a page that nobody else sees: its ring is needed all the same.
  ///
  /// - Throws: `Errno.noMemory`.
  public init(privateIn boot: BootIdentity) throws(Errno) {
    unsafe words = try MappedMemory.allocate(Atomic<UInt64>.self, count: StatusLayout.words)
    file = nil
    self.boot = boot
    begin(keepsRing: false)
  }

  /// Makes the page of a folder, or takes over the one of a daemon that is gone: the records on it are kept, since they may
  /// not be stored yet.
  ///
  /// - Parameters:
  ///   - folder: in memory; made if it is missing.
  ///   - boot: the boot of now.
  /// - Throws: what stands in the way; another daemon's page, and a file that is no page, are left as they are.
  @inline(never)
  public init(in folder: borrowing PathBuffer, boot: BootIdentity) throws(StatusPageError) {
    let file = try StatusPage.open(folder)
    let keepsRing = try StatusPage.claim(file, boot)
    let mapped = unsafe try StatusPage.map(file)
    unsafe words = unsafe mapped
    self.file = consume file
    self.boot = boot
    begin(keepsRing: keepsRing)
  }

  // The mapping holds the lock of the file as its descriptor does.
  deinit { unsafe MappedMemory.free(words, count: StatusLayout.words) }

  private static func open(_ folder: borrowing PathBuffer) throws(StatusPageError) -> FileDescriptor {
    let isInMemory: Bool
    do throws(Errno) {
      try Folder.make(folder, mode: 0o755)
      isInMemory = try FileDescriptor(folder, .directory).isInMemory()
    } catch {
      throw .kernel(error)
    }
    // No file is left where there will be no page.
    guard isInMemory else { throw .notInMemory }
    do throws(Errno) {
      return try FileDescriptor(creating: fileName, in: folder, mode: 0o644)
    } catch {
      throw .kernel(error)
    }
  }

  /// Takes the lock, and looks at what is there.
  ///
  /// - Returns: whether it is a page of this boot, whose records count.
  private static func claim(_ file: borrowing FileDescriptor, _ boot: BootIdentity) throws(StatusPageError) -> Bool {
    // The first words, and the last two, are all that matters; the whole page would be much on a stack that stays resident.
    var old = WordBlock<64>()
    var last = WordBlock<2>()
    let count: Int64
    do throws(Errno) {
      count = try file.byteCount()
      var words = old.words.mutableSpan
      _ = try file.read(words: &words, at: 0)
      var lastWords = last.words.mutableSpan
      _ = try file.read(words: &lastWords, at: Int64(StatusLayout.bootIndex * 8))
    } catch {
      throw .kernel(error)
    }
    guard count == 0 || old[0] == StatusLayout.magic || old[0] == 0 && count == Int64(StatusLayout.byteCount) else {
      throw .foreign
    }
    do throws(Errno) {
      try file.own()
    } catch {
      guard error == .resourceTemporarilyUnavailable else { throw .kernel(error) }
      let snapshot = StatusLayout.snapshotIndex
      throw .owned(
        by: PID(Int32(bitPattern: old[low: snapshot])),
        RecordedMode(rawValue: UInt8(truncatingIfNeeded: old[snapshot + 1])))
    }
    return old[1] == StatusLayout.version && count == Int64(StatusLayout.byteCount)
      && BootIdentity(low: last[0], high: last[1]) == boot
  }

  private static func map(
    _ file: borrowing FileDescriptor
  ) throws(StatusPageError) -> UnsafeMutablePointer<Atomic<UInt64>> {
    do throws(Errno) {
      try file.reserve(bytes: StatusLayout.byteCount)
      let words = unsafe try MappedMemory.map(Atomic<UInt64>.self, count: StatusLayout.words, of: file)
      unsafe MappedMemory.touch(words, count: StatusLayout.words)
      return unsafe words
    } catch {
      throw .kernel(error)
    }
  }

  /// Makes the page one that is not written yet: nobody reads it before ``publish(_:)``.
  private mutating func begin(keepsRing: Bool) {
    store(0, at: StatusLayout.bootIndex)
    store(0, at: StatusLayout.bootIndex + 1)
    // A daemon that died in the middle of a turn has left it odd.
    turn = keepsRing ? (load(StatusLayout.turnIndex) + 1) & ~1 : 0
    for index in 0..<(keepsRing ? StatusLayout.ringIndex : StatusLayout.bootIndex) { store(0, at: index) }
    store(turn, at: StatusLayout.turnIndex)
    store(StatusLayout.version, at: 1)
    store(UInt64(StatusLayout.byteCount), at: StatusLayout.byteCountIndex)
    store(StatusLayout.magic, at: 0)
    for place in 0..<StatusLayout.records {
      let record = copy(StatusLayout.ringIndex + place * StatusLayout.recordWords)
      if record.isIntact { lastSequence = max(lastSequence, record.sequence) }
    }
  }

  private func load(_ index: Int) -> UInt64 { unsafe words[index].load(ordering: .relaxed) }

  private func store(_ value: UInt64, at index: Int) { unsafe words[index].store(value, ordering: .relaxed) }

  private func copy(_ first: Int) -> KillRecord {
    var block = WordBlock<64>()
    for index in 0..<StatusLayout.recordWords { block[index] = load(first + index) }
    return KillRecord(block)
  }

  /// Begins a change that others see as one: they read again while the turn is odd, or has changed meanwhile.
  private func beginTurn() {
    store(turn + 1, at: StatusLayout.turnIndex)
    atomicMemoryFence(ordering: .releasing)
  }

  private mutating func endTurn() {
    turn += 2
    unsafe words[StatusLayout.turnIndex].store(turn, ordering: .releasing)
  }

  /// Shows what is so now; no system call, some hundred stores.
  public mutating func publish(_ snapshot: StatusSnapshot) {
    beginTurn()
    for index in 0..<StatusLayout.snapshotWords {
      store(snapshot.block[index], at: StatusLayout.snapshotIndex + index)
    }
    endTurn()
    guard !isPublished else { return }
    isPublished = true
    store(boot.high, at: StatusLayout.bootIndex + 1)
    unsafe words[StatusLayout.bootIndex].store(boot.low, ordering: .releasing)
  }

  /// Takes a record in, in the place of the oldest.
  ///
  /// - Returns: its number.
  @discardableResult
  public mutating func enter(_ record: KillRecord) -> UInt64 {
    lastSequence += 1
    var record = record
    record.boot = boot
    record.seal(sequence: lastSequence)
    let first = StatusLayout.place(of: lastSequence)
    beginTurn()
    for index in 0..<StatusLayout.recordWords { store(record.block[index], at: first + index) }
    endTurn()
    return lastSequence
  }

  /// Goes on counting behind the last record of a log.
  public mutating func continueSequence(after sequence: UInt64) { lastSequence = max(lastSequence, sequence) }

  /// A record of the ring, for the thread that stores it.
  ///
  /// - Returns: `nil` if it is not there, or no longer: the ring has gone round.
  public func record(_ sequence: UInt64) -> KillRecord? {
    guard sequence > 0 else { return nil }
    // Entering one takes less than a microsecond; a copy that falls into it is made again.
    for _ in 0..<16 {
      let record = copy(StatusLayout.place(of: sequence))
      if record.isIntact { return record.sequence == sequence ? record : nil }
      atomicMemoryFence(ordering: .acquiring)
    }
    return nil
  }
}
