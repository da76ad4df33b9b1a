import ScytheLinux
import ScythePolicy
import ScytheReaper
import ScytheTelemetry
import Synchronization

/// Why a daemon does not begin to watch.
enum RecorderError: Error {
  /// Another one kills for the same users already.
  case owned(by: PID)
  /// The kernel refused memory.
  case kernel(Errno)
}

/// What the loop puts down of what it sees and does: on the status page, and by way of it in the kill log.
@safe struct Recorder: ~Copyable {
  private let page: UnsafeMutablePointer<StatusPage>
  private let keeper: UnsafeMutablePointer<LogKeeper>
  private let shown: UnsafeMutablePointer<StatusSnapshot>
  /// Why there is no page that others see; empty if there is one.
  private let trouble: UnsafeMutablePointer<PathBuffer>
  /// Of which look at the processes the candidates on the page are, and when they were chosen.
  private var lookedNanoseconds: Int64 = 0
  private var choseNanoseconds: Int64 = 0
  /// How many system calls nobody knew before the first look: what is tried once, to see what there is.
  private var triedCalls: UInt64 = 0

  /// To find the first few of 4,096 rows takes a millisecond.
  private static var chooseNanoseconds: Int64 { 1_000_000_000 }
  /// The disk has so long to say what is in the log, before the first decision; without an answer that is made all the same.
  private static var openNanoseconds: Int64 { 200_000_000 }
  private static var stackBytes: Int { 256 * 1024 }
  private static var memoryBytes: Int { 4096 }
  private static var wordOffset: Int { 256 }
  private static var keeperOffset: Int { 320 }
  private static var snapshotOffset: Int { 2048 }
  private static var troubleOffset: Int { 3072 }

  /// Makes the page, or takes over that of a daemon that is gone.
  ///
  /// - Throws: if another daemon kills already. One that only observes is no reason not to, and one that is to observe has
  ///   no reason to mind; but a page has one writer.
  @inline(never)
  init(_ options: WatchOptions) throws(RecorderError) {
    let folders = TelemetryFolders.own()
    // Without the number of the boot nobody can tell whether the page is of this one.
    let boot = (try? BootIdentity()) ?? BootIdentity.none
    let memory = unsafe try Recorder.memory()
    let shown = unsafe (memory + Recorder.snapshotOffset).bindMemory(to: StatusSnapshot.self, capacity: 1)
    unsafe shown.initialize(to: StatusSnapshot())
    let trouble = unsafe (memory + Recorder.troubleOffset).bindMemory(to: PathBuffer.self, capacity: 1)
    unsafe trouble.initialize(to: PathBuffer())
    let made = unsafe try Recorder.page(options.runDirectory ?? folders.run, boot, options, &trouble.pointee)
    let page = unsafe memory.bindMemory(to: StatusPage.self, capacity: 1)
    unsafe page.initialize(to: made)
    let word = unsafe (memory + Recorder.wordOffset).bindMemory(to: Atomic<UInt32>.self, capacity: 1)
    unsafe word.initialize(to: Atomic<UInt32>(0))
    let keeper = unsafe (memory + Recorder.keeperOffset).bindMemory(to: LogKeeper.self, capacity: 1)
    unsafe keeper.initialize(to: LogKeeper(page, word, folder: options.stateDirectory ?? folders.state))
    unsafe self.page = unsafe page
    unsafe self.keeper = unsafe keeper
    unsafe self.shown = unsafe shown
    unsafe self.trouble = unsafe trouble
  }

  /// What is to be shown next.
  private var snapshot: StatusSnapshot {
    _read { yield unsafe shown.pointee }
    nonmutating _modify { yield unsafe &shown.pointee }
  }

  /// One page for all that threads need at addresses that never change, and for what would be copied on the loop's stack.
  private static func memory() throws(RecorderError) -> UnsafeMutableRawPointer {
    precondition(
      MemoryLayout<StatusPage>.size <= wordOffset && MemoryLayout<LogKeeper>.size <= snapshotOffset - keeperOffset
        && MemoryLayout<StatusSnapshot>.size <= troubleOffset - snapshotOffset
        && MemoryLayout<PathBuffer>.size <= memoryBytes - troubleOffset)
    do throws(Errno) {
      return unsafe UnsafeMutableRawPointer(try MappedMemory.allocate(UInt8.self, count: memoryBytes))
    } catch {
      throw .kernel(error)
    }
  }

  @inline(never)
  private static func page(
    _ folder: PathBuffer?, _ boot: BootIdentity, _ options: WatchOptions, _ trouble: inout PathBuffer
  ) throws(RecorderError) -> StatusPage {
    if let folder {
      do throws(StatusPageError) {
        return try StatusPage(in: folder, boot: boot)
      } catch {
        if case .owned(let owner, let mode) = error, !options.isObserving, mode != .observes { throw .owned(by: owner) }
        trouble = PathBuffer(whyNoPage: error, in: folder)
      }
    } else {
      trouble = PathBuffer("cannot have a status page: XDG_RUNTIME_DIR is not set; give --run-directory")
    }
    do throws(Errno) { return try StatusPage(privateIn: boot) } catch { throw .kernel(error) }
  }

  /// Starts the thread that stores records, and says what is missing. Before the first record is entered.
  ///
  /// - Throws: `Errno.resourceTemporarilyUnavailable` if no more threads are allowed.
  mutating func start(
    _ scribe: UnsafeMutablePointer<Scribe>, _ events: UnsafeMutablePointer<EventCounter>
  ) throws(Errno) {
    if unsafe trouble.pointee.count > 0 { unsafe scribe.pointee.say(.warning, trouble.pointee) }
    unsafe keeper.pointee.connect(scribe, events)
    try unsafe Threads.start(stackBytes: Recorder.stackBytes, context: keeper) { context in
      unsafe context?.assumingMemoryBound(to: LogKeeper.self).pointee.run()
      return nil
    }
    let end = MonotonicClock.nowNanoseconds + Recorder.openNanoseconds
    while unsafe keeper.pointee.state.load(ordering: .acquiring) == KillLogState.opening.rawValue,
      MonotonicClock.nowNanoseconds < end
    {
      MonotonicClock.sleep(nanoseconds: 1_000_000)
    }
    let last = unsafe keeper.pointee.lastInLog.load(ordering: .acquiring)
    unsafe page.pointee.continueSequence(after: last)
    unsafe keeper.pointee.begin(at: page.pointee.lastSequence + 1)
    triedCalls = Machine.unknownCalls
  }

  /// Takes a record in, and has it stored.
  mutating func enter(_ record: KillRecord) {
    count(record)
    snapshot.entered = snapshot.entered.plus(1)
    let sequence = unsafe page.pointee.enter(record)
    unsafe keeper.pointee.store(upTo: sequence)
  }

  private mutating func count(_ record: KillRecord) {
    switch record.outcome {
    case .killed: snapshot.kills = snapshot.kills.plus(1)
    case .ended, .stayed: snapshot.asked = snapshot.asked.plus(1)
    case .released: snapshot.released = snapshot.released.plus(1)
    case .refused: snapshot.refused = snapshot.refused.plus(1)
    case .told: snapshot.told = snapshot.told.plus(1)
    case nil: break
    }
    snapshot.bytesBack = snapshot.bytesBack.plus(record.bytesBack)
  }

  /// Counts an event that a person was told of.
  mutating func countEvent() { snapshot.events = snapshot.events.plus(1) }

  /// Whether the candidates on the page are older than the last look at the processes, and there is time to choose again.
  func wantsCandidates(_ decision: Decision, lookedNanoseconds: Int64) -> Bool {
    decision.rule == nil && lookedNanoseconds != self.lookedNanoseconds
      && MonotonicClock.nowNanoseconds - choseNanoseconds >= Recorder.chooseNanoseconds
  }

  /// Chooses who is shown as the next to die.
  mutating func choose(
    _ rows: Span<Candidate>, _ policy: UnsafePointer<Policy>, _ sample: SystemSample, lookedNanoseconds: Int64
  ) {
    self.lookedNanoseconds = lookedNanoseconds
    choseNanoseconds = MonotonicClock.nowNanoseconds
    snapshot.candidateCount = 0
    for index in rows.indices {
      let score = unsafe policy.pointee.score(of: rows[index], in: sample)
      guard score.standing == .candidate else { continue }
      insert(StatusCandidate(rows[index], points: score.totalPoints))
    }
  }

  private mutating func insert(_ candidate: StatusCandidate) {
    var place = snapshot.candidateCount
    while place > 0, snapshot.candidate(at: place - 1).points < candidate.points { place -= 1 }
    guard place < StatusSnapshot.mostCandidates else { return }
    let count = min(snapshot.candidateCount + 1, StatusSnapshot.mostCandidates)
    for index in (place + 1..<max(count, place + 1)).reversed() {
      snapshot.setCandidate(snapshot.candidate(at: index - 1), at: index)
    }
    snapshot.setCandidate(candidate, at: place)
    snapshot.candidateCount = count
  }

  /// Counts the system calls that were answered as unknown.
  ///
  /// - Returns: whether these are the first.
  mutating func countUnknownCalls() -> Bool {
    let before = snapshot.unknownCalls
    snapshot.unknownCalls = Machine.unknownCalls.minus(triedCalls)
    return before == 0 && snapshot.unknownCalls > 0
  }

  /// Shows what is so now; no system call.
  mutating func publish(_ decision: Decision, _ sample: SystemSample, _ settings: PolicySettings) {
    snapshot.take(decision, sample, settings)
    snapshot.wakeUps = snapshot.wakeUps.plus(1)
    publishLog()
  }

  /// Shows how far the log has come.
  private mutating func publishLog() {
    unsafe snapshot.setLogState(KillLogState(rawValue: keeper.pointee.state.load(ordering: .acquiring)))
    unsafe snapshot.logErrorNumber = keeper.pointee.errorNumber.load(ordering: .relaxed)
    unsafe snapshot.stored = keeper.pointee.stored.load(ordering: .relaxed)
    unsafe snapshot.lost = keeper.pointee.lost.load(ordering: .relaxed)
    let isSettled = unsafe keeper.pointee.settled.load(ordering: .relaxed) >= page.pointee.lastSequence
    let since = snapshot.logWaitingNanoseconds ?? UInt64(clamping: MonotonicClock.nowNanoseconds)
    snapshot.logWaitingNanoseconds = isSettled ? nil : since
    unsafe page.pointee.publish(snapshot)
  }

  /// Waits until all is stored, and shows that.
  ///
  /// - Parameter nanoseconds: for so long at the most: the disk may hang.
  mutating func finish(within nanoseconds: Int64) {
    let end = MonotonicClock.nowNanoseconds + nanoseconds
    while unsafe keeper.pointee.state.load(ordering: .acquiring) == KillLogState.open.rawValue,
      unsafe keeper.pointee.settled.load(ordering: .acquiring) < page.pointee.lastSequence,
      MonotonicClock.nowNanoseconds < end
    {
      MonotonicClock.sleep(nanoseconds: 1_000_000)
    }
    publishLog()
  }
}
