import ScytheLinux
import ScytheTelemetry
import Synchronization

/// Stores records of kills from a thread of its own: a disk that hangs holds up nobody who samples or kills.
@safe struct LogKeeper: ~Copyable {
  private let page: UnsafeMutablePointer<StatusPage>
  private let folder: PathBuffer?
  /// The number on the page of the next record to store.
  private var next: UInt64
  private var isTroubleSaid = false
  /// For what there is to say, and for the loop, which shows how far this has come; set before the thread is started.
  private var ends: (scribe: UnsafeMutablePointer<Scribe>, events: UnsafeMutablePointer<EventCounter>)?
  // Counts what was entered, going round. At an address of its own, since the thread sleeps on that.
  private let word: UnsafeMutablePointer<Atomic<UInt32>>

  /// A `KillLogState`.
  let state = Atomic<UInt8>(KillLogState.opening.rawValue)
  /// The number of the kernel's error while the log fails.
  let errorNumber = Atomic<UInt64>(0)
  /// The number of the last record that the loop has put on the page.
  private let entered: Atomic<UInt64>
  /// The number of the first one that this daemon puts there: those before are of one that is gone.
  private let firstOwn: Atomic<UInt64>
  /// The number on the page of the last record that is stored or lost.
  let settled: Atomic<UInt64>
  /// The number of the last record in the log.
  let lastInLog = Atomic<UInt64>(0)
  let stored = Atomic<UInt64>(0)
  let lost = Atomic<UInt64>(0)

  /// How long after a failure it is tried again, while something waits to be stored.
  private static var retryNanoseconds: Int64 { 30_000_000_000 }

  init(
    _ page: UnsafeMutablePointer<StatusPage>, _ word: UnsafeMutablePointer<Atomic<UInt32>>, folder: PathBuffer?
  ) {
    let last = unsafe page.pointee.lastSequence
    unsafe self.page = unsafe page
    unsafe self.word = unsafe word
    self.folder = folder
    unsafe ends = nil
    next = last + 1
    entered = Atomic(last)
    firstOwn = Atomic(last + 1)
    settled = Atomic(last)
  }

  /// Says whom to tell. Before the thread is started.
  mutating func connect(_ scribe: UnsafeMutablePointer<Scribe>, _ events: UnsafeMutablePointer<EventCounter>) {
    unsafe ends = unsafe (scribe, events)
  }

  // MARK: For the loop

  /// Says from which number on records are this daemon's. Before the first is entered.
  func begin(at first: UInt64) {
    settled.store(first - 1, ordering: .relaxed)
    entered.store(first - 1, ordering: .relaxed)
    firstOwn.store(first, ordering: .releasing)
  }

  /// Has a record stored that is on the page.
  func store(upTo sequence: UInt64) {
    entered.store(sequence, ordering: .releasing)
    _ = unsafe word.pointee.wrappingAdd(1, ordering: .releasing)
    unsafe Threads.wake(word)
  }

  // MARK: The thread

  /// Stores what there is, for ever.
  mutating func run() {
    while true {
      let seen = unsafe word.pointee.load(ordering: .acquiring)
      do throws(KillLogError) {
        var log = try openLog()
        // Never ends.
        while true { store(in: &log) }
      } catch {
        say(error)
      }
      wait(seen)
    }
  }

  /// Waits for the next record; not for ever while one waits.
  private func wait(_ seen: UInt32) {
    let isWaiting = max(next, firstOwn.load(ordering: .acquiring)) <= entered.load(ordering: .acquiring)
    unsafe Threads.wait(on: word, while: seen, timeoutNanoseconds: isWaiting ? LogKeeper.retryNanoseconds : -1)
  }

  private mutating func openLog() throws(KillLogError) -> KillLog {
    guard let folder else { throw .kernel(.noSuchFileOrDirectory) }
    var log = try KillLog(in: folder)
    lastInLog.store(log.lastSequence, ordering: .relaxed)
    state.store(KillLogState.open.rawValue, ordering: .releasing)
    storeInherited(in: &log)
    return log
  }

  /// Stores what has come, and waits.
  private mutating func store(in log: inout KillLog) {
    let seen = unsafe word.pointee.load(ordering: .acquiring)
    let last = entered.load(ordering: .acquiring)
    next = max(next, firstOwn.load(ordering: .acquiring))
    storeRecords(upTo: last, in: &log)
    wait(seen)
  }

  private mutating func say(_ error: KillLogError) {
    switch error {
    case .foreign: trouble(.off, 0, "the file kills.log there is none; move it away")
    case .version: trouble(.off, 0, "the file kills.log there is of another version of Scythe; move it away")
    case .damaged: trouble(.off, 0, "the first block of the file kills.log there is damaged; move it away")
    case .owned: trouble(.off, 0, "another daemon writes it")
    case .kernel where folder == nil:
      trouble(.off, 0, "neither XDG_STATE_HOME nor HOME is set; give --state-directory")
    case .kernel(let error): trouble(.failing, error.rawValue, error.explanation ?? "unknown error")
    }
  }

  /// Stores what a daemon that is gone has left on the page: its disk may have hung.
  private func storeInherited(in log: inout KillLog) {
    let end = firstOwn.load(ordering: .acquiring)
    for back in (1...16 as ClosedRange<UInt64>).reversed() where end > back {
      guard let record = unsafe page.pointee.record(end - back), record.sequence > log.lastSequence else { continue }
      do throws(Errno) { try log.append(record) } catch { return }
    }
    lastInLog.store(log.lastSequence, ordering: .relaxed)
  }

  private mutating func storeRecords(upTo last: UInt64, in log: inout KillLog) {
    while next <= last {
      if var record = unsafe page.pointee.record(next) {
        // It was put on the page before the log was open, which goes on with numbers of its own.
        if record.sequence <= log.lastSequence { record.seal(sequence: log.lastSequence + 1) }
        do throws(Errno) {
          try log.append(record)
        } catch {
          trouble(.failing, error.rawValue, error.explanation ?? "unknown error")
          return
        }
        _ = stored.wrappingAdd(1, ordering: .relaxed)
      } else {
        _ = lost.wrappingAdd(1, ordering: .relaxed)
      }
      lastInLog.store(log.lastSequence, ordering: .relaxed)
      settled.store(next, ordering: .relaxed)
      state.store(KillLogState.open.rawValue, ordering: .relaxed)
      errorNumber.store(0, ordering: .releasing)
      isTroubleSaid = false
      next += 1
      if let ends = unsafe ends { unsafe ends.events.pointee.signal() }
    }
  }

  /// Puts down that records are not stored, and says so once.
  private mutating func trouble(_ state: KillLogState, _ number: CInt, _ reason: StaticString) {
    errorNumber.store(UInt64(number), ordering: .relaxed)
    self.state.store(state.rawValue, ordering: .releasing)
    guard !isTroubleSaid, let ends = unsafe ends else { return }
    isTroubleSaid = true
    var line = PathBuffer("cannot keep a kill log")
    if let folder {
      line.append(" in ")
      line.append(folder)
    }
    line.append(": ")
    line.append(reason)
    line.append("; goes on without: kills are told here, and the last sixteen are on the status page")
    unsafe ends.scribe.pointee.say(.warning, line)
  }
}
