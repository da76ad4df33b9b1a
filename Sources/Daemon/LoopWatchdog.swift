import ScytheLinux
import ScythePolicy
import Synchronization

/// The thread that covers for a loop that is blocked while memory may be short: below the emergency line it has the largest
/// candidate killed, and otherwise says once that the loop is blocked. It sleeps while memory is not being filled, or lasts.
///
/// A process that is stopped as a whole has no such thread either: that is the service manager's affair.
@safe struct LoopWatchdog: ~Copyable {
  /// When the loop's turn began, or has to begin at the latest, by the monotonic clock. The largest number before the first
  /// turn and after the last.
  let dueNanoseconds = Atomic<Int64>(.max)
  /// Whether nobody is killed, whatever the policy says. Set before the thread starts.
  var isObserving = false
  /// 1 while it is armed. In memory of its own, since the thread sleeps on its address.
  private let armed: UnsafeMutablePointer<Atomic<UInt32>>
  private let observations: UnsafeMutablePointer<Observations>
  private let store: UnsafeMutablePointer<PolicyStore>
  private let scribe: UnsafeMutablePointer<Scribe>
  private let lanes: UnsafeMutablePointer<KillLane>
  /// Its own: a loop that is blocked in a reading holds the descriptor that it reads.
  private let sampler: SystemSampler
  private var settings: PolicySettings
  private var seenChanges: UInt32 = 0
  private var loop = BlockedLoop()
  private var lastResort = LastResort()

  /// For how often a lock is tried that others hold for microseconds.
  private static var tries: Int { 20 }

  init(
    _ lanes: UnsafeMutablePointer<KillLane>, _ observations: UnsafeMutablePointer<Observations>,
    _ store: UnsafeMutablePointer<PolicyStore>, _ scribe: UnsafeMutablePointer<Scribe>, _ settings: PolicySettings
  ) throws(Errno) {
    let sampler = try SystemSampler()
    unsafe armed = try MappedMemory.allocate(Atomic<UInt32>.self, count: 1)
    unsafe armed.initialize(to: Atomic<UInt32>(0))
    self.settings = settings
    self.sampler = sampler
    unsafe self.lanes = unsafe lanes
    unsafe self.observations = unsafe observations
    unsafe self.store = unsafe store
    unsafe self.scribe = unsafe scribe
  }

  /// Has it look at the loop, or lets it sleep.
  func setArmed(_ isArmed: Bool) {
    let value: UInt32 = isArmed ? 1 : 0
    guard unsafe armed.pointee.exchange(value, ordering: .acquiringAndReleasing) != value, isArmed else { return }
    unsafe Threads.wake(armed)
  }

  /// Looks for ever.
  mutating func run() {
    while true {
      guard unsafe armed.pointee.load(ordering: .acquiring) == 1 else {
        unsafe Threads.wait(on: armed, while: 0, timeoutNanoseconds: -1)
        continue
      }
      let planned = MonotonicClock.nowNanoseconds + BlockedLoop.interval
      unsafe Threads.wait(on: armed, while: 1, timeoutNanoseconds: BlockedLoop.interval)
      look(planned: planned)
    }
  }

  private var due: Int64 { dueNanoseconds.load(ordering: .acquiring) }

  private mutating func verdict(planned: Int64, _ due: Int64) -> BlockedLoop.Verdict {
    loop.verdict(
      plannedNanoseconds: planned, nowNanoseconds: MonotonicClock.nowNanoseconds, dueNanoseconds: due)
  }

  private mutating func look(planned: Int64) {
    let begun = due
    guard case .blocked = verdict(planned: planned, begun) else { return }
    takeUpPolicy()
    let order = decide()
    // The look has taken time, in which the loop may have gone on.
    guard begun == due, case .blocked(let nanoseconds) = verdict(planned: planned, begun) else { return }
    switch loop.step(canKill: order != nil) {
    case .nothing: break
    case .tell: say(nanoseconds, "memory is not so short that somebody else has to act, or nobody can be killed")
    case .kill:
      guard let order else { return }
      guard !settings.isObserving else { return say(nanoseconds, "memory is below the emergency line") }
      guard give(order) else { return }
      lastResort.remember(order.victim)
      say(nanoseconds, "memory is below the emergency line: the largest candidate is killed")
    }
  }

  private mutating func takeUpPolicy() {
    if let other = unsafe store.pointee.settings(after: &seenChanges) { settings.configure(as: other) }
    if isObserving { settings.isObserving = true }
  }

  /// Looks at the memory itself.
  ///
  /// - Returns: `nil` if nobody is to be killed, or that cannot be found out since somebody holds what is needed.
  private func decide() -> KillOrder? {
    let board = unsafe observations
    guard let slow = tried({ unsafe board.pointee.slow }),
      let sample = try? sampler.sample(readsPerCPULists: true, slow, processes: nil)
    else { return nil }
    let resort = lastResort
    let settings = settings
    let decision = tried {
      unsafe board.pointee.table.withRows { rows in resort.decide(sample, rows, settings) }
    }
    guard let decision, let victim = decision.victim else { return nil }
    var order = KillOrder()
    order.victim = victim
    order.facts = DecisionFacts(decision, sample, settings)
    return order
  }

  private func give(_ order: KillOrder) -> Bool {
    for index in 0..<WatchThreads.laneCount where unsafe (lanes + index).pointee.give(order) { return true }
    return false
  }

  /// Reads under the lock of the observations. Whoever is blocked may hold it, so nobody waits for it here.
  private func tried<R>(_ body: () -> R) -> R? {
    for _ in 0..<LoopWatchdog.tries {
      if let result = unsafe observations.pointee.lock.withLockIfFree(body) { return result }
      MonotonicClock.sleep(nanoseconds: 1_000_000)
    }
    return nil
  }

  private func say(_ nanoseconds: Int64, _ words: StaticString) {
    var line = PathBuffer("the loop has not finished a turn for ")
    line.append(milliseconds: nanoseconds)
    line.append("; ")
    line.append(words)
    unsafe scribe.pointee.say(.error, line)
  }
}
