import ScytheLinux
import ScythePolicy
import ScytheReaper
import ScytheReclaim
import Synchronization

/// Where a lane is.
enum LaneState {
  static var idle: UInt32 { 0 }
  /// The order belongs to the lane until it says `done`.
  static var ordered: UInt32 { 1 }
  /// The outcome belongs to the loop until it says `idle`.
  static var done: UInt32 { 2 }
  /// Somebody writes the order: the loop, or its watchdog.
  static var claimed: UInt32 { 3 }
  /// As `ordered`, and the victim that was asked to end is dying and being released.
  static var releasing: UInt32 { 4 }
}

/// A thread that carries out one order at a time with a reaper of its own, and may have to wait for its victim: meanwhile
/// the loop samples on, and gives the next order to another lane.
@safe struct KillLane: ~Copyable {
  let kernel = LiveKernel()
  let observations: UnsafeMutablePointer<Observations>
  let store: UnsafeMutablePointer<PolicyStore>
  private let events: UnsafeMutablePointer<EventCounter>
  var reaper: Reaper<LiveKernel>
  /// Ends the wait for a victim that takes its time, because another one has to die.
  let hurry: EventCounter
  /// A `LaneState`; in memory of its own, since the thread sleeps on its address.
  let state: UnsafeMutablePointer<Atomic<UInt32>>
  var order = KillOrder()
  var outcome = KillOutcome()

  /// Rounds in which members of a group are looked for; each takes all that one kill can have.
  private static var mostRounds: Int { 8 }
  /// A quick look at a machine full of them takes 40 us for each.
  private static var lookNanoseconds: Int64 { 200_000_000 }
  /// How many rows are copied under one hold of the lock.
  private static var batch: Int { 32 }
  /// Longer than a holder of a robust mutex is waited for; by then the credit of the kill has expired.
  private static var deadlineNanoseconds: Int64 { 2_500_000_000 }
  /// As long as the kernel's own reaper waits for a holder of a robust mutex; below the emergency line, where the next one
  /// dies after 100 ms, as long as five of those take.
  private static var robustGraceNanoseconds: (calm: Int64, emergency: Int64) { (2_000_000_000, 500_000_000) }
  /// For so long a release that does not press keeps others from a CPU.
  private static var realTimeNanoseconds: Int64 { 10_000_000 }
  /// Victims of one kill. A row takes memory when it is first used, and a large group dies in rounds.
  private static var capacity: Int { 1024 }

  init(
    _ observations: UnsafeMutablePointer<Observations>, _ store: UnsafeMutablePointer<PolicyStore>,
    _ events: UnsafeMutablePointer<EventCounter>
  ) throws(Errno) {
    var configuration = ReaperConfiguration()
    configuration.capacity = KillLane.capacity
    configuration.spares = 1
    let reaper = try Reaper(kernel: kernel, configuration)
    let hurry = try EventCounter()
    unsafe state = try MappedMemory.allocate(Atomic<UInt32>.self, count: 1)
    unsafe state.initialize(to: Atomic<UInt32>(LaneState.idle))
    unsafe self.observations = unsafe observations
    unsafe self.store = unsafe store
    unsafe self.events = unsafe events
    self.reaper = reaper
    self.hurry = hurry
  }

  /// Gives it an order if it has nothing to do. For the loop, and for its watchdog.
  ///
  /// - Returns: whether it takes it.
  mutating func give(_ order: KillOrder) -> Bool {
    let claim = unsafe state.pointee.compareExchange(
      expected: LaneState.idle, desired: LaneState.claimed, ordering: .acquiringAndReleasing)
    guard claim.exchanged else { return false }
    unsafe observations.pointee.setVictim(order.victim.pid, isBeingKilled: true)
    self.order = order
    unsafe state.pointee.store(LaneState.ordered, ordering: .releasing)
    unsafe Threads.wake(state)
    return true
  }

  /// Whether it has been ordered to ask this victim to end, and the loop has not heard yet what came of it.
  func asks(_ victim: Victim) -> Bool {
    let now = unsafe state.pointee.load(ordering: .acquiring)
    return now != LaneState.idle && now != LaneState.claimed && order.asks(victim)
  }

  /// Whether the victim that it asks to end does so: no order about it is needed any more.
  var isEnding: Bool {
    let now = unsafe state.pointee.load(ordering: .acquiring)
    if now == LaneState.releasing { return true }
    if now == LaneState.done, case .ended = outcome.result { return true }
    return false
  }

  /// Carries out orders for ever.
  mutating func run() {
    while true {
      let now = unsafe state.pointee.load(ordering: .acquiring)
      guard now == LaneState.ordered else {
        unsafe Threads.wait(on: state, while: now, timeoutNanoseconds: -1)
        continue
      }
      outcome = KillOutcome()
      do throws(ReaperError) {
        switch order.kind {
        case .kill: try kill()
        case .ask(let grace): try ask(grace)
        case .release: try release()
        }
      } catch {
        outcome.result = .refused(error)
      }
      unsafe state.pointee.store(LaneState.done, ordering: .releasing)
      unsafe events.pointee.signal()
    }
  }

  // MARK: One order

  private mutating func kill() throws(ReaperError) {
    let victim = order.victim
    prepare()
    switch victim.scope {
    case .process:
      try reaper.select(victim.pid, startTicks: victim.startTicks)
      if isAlone(victim) { reaper.planAlone() } else { try reaper.plan(killsSharers: true) }
      try strike()
    case .group: try killGroup()
    case .kin: try killKin()
    }
  }

  /// Kills all members of a control group, until none is new.
  private mutating func killGroup() throws(ReaperError) {
    try selectMembers()
    try reaper.plan(killsSharers: true)
    try strike()
    try killNewMembers()
  }

  /// Kills who has joined the group since, until there is nobody.
  private mutating func killNewMembers() throws(ReaperError) {
    for _ in 1..<KillLane.mostRounds {
      unsafe observations.pointee.askForLook(within: KillLane.lookNanoseconds)
      prepare()
      do throws(ReaperError) { try selectMembers() } catch {
        // Nobody is left.
        return
      }
      reaper.planAlone()
      try strike()
    }
  }

  private func isAlone(_ victim: Victim) -> Bool {
    let board = unsafe observations
    return unsafe board.pointee.lock.withLock {
      unsafe board.pointee.sharers.isAlone(victim.pid, startTicks: victim.startTicks, at: kernel.nowNanoseconds)
    }
  }

  private mutating func release() throws(ReaperError) {
    prepare()
    try reaper.selectDying(order.victim.pid)
    try strike()
  }

  mutating func prepare() {
    if !reaper.removeAll() { reaper.beginNext() }
    hurry.drain()
  }

  mutating func strike() throws(ReaperError) {
    var options = KillOptions()
    options.deadlineNanoseconds = KillLane.deadlineNanoseconds
    let grace = KillLane.robustGraceNanoseconds
    options.robustGraceNanoseconds = order.facts.rule == .emergency ? grace.emergency : grace.calm
    if !order.facts.isPressing { options.realTimeNanoseconds = KillLane.realTimeNanoseconds }
    options.cancellation = hurry.descriptor.number
    let begun = kernel.nowNanoseconds
    let summary = try reaper.kill(options, killsSharers: true)
    outcome.result = .killed
    outcome.summary.add(summary)
    guard outcome.report == nil else { return }
    let report = reaper.report(at: 0)
    outcome.report = report
    if let delivered = report.deliveredNanoseconds { outcome.deliveredNanoseconds = begun + delivered }
  }

  /// Sends SIGKILL to the members that the table has.
  ///
  /// - Returns: to how many.
  mutating func killMembersAtOnce() -> Int {
    var killed = 0
    var next = 0
    while let members = members(from: &next) {
      // One that is gone, or must not die, is no reason to spare the others.
      for index in 0..<members.count
      where (try? reaper.killAtOnce(members.pids[index], startTicks: members.startTicks[index])) != nil {
        killed += 1
      }
    }
    return killed
  }

  /// Selects the members of a group or a fork bomb that the table has, the victim first since the report is about it.
  mutating func selectMembers() throws(ReaperError) {
    let victim = order.victim
    select(victim.pid, victim.startTicks)
    var next = 0
    while let members = members(from: &next) {
      for index in 0..<members.count { select(members.pids[index], members.startTicks[index]) }
    }
    if reaper.victimCount == 0 { throw .noSuchProcess(victim.pid) }
  }

  mutating func select(_ pid: PID, _ startTicks: UInt64) {
    // One that is gone, or must not die, or has no room in this round, is no reason to spare the others.
    try? reaper.select(pid, startTicks: startTicks)
  }

  private struct Members {
    var pids = InlineArray<32, PID>(repeating: PID(0))
    var startTicks = InlineArray<32, UInt64>(repeating: 0)
    var count = 0
  }

  /// The next members among the rows.
  ///
  /// - Parameter next: the row to go on at; moved on.
  /// - Returns: `nil` behind the last row.
  private func members(from next: inout Int) -> Members? {
    let victim = order.victim
    let board = unsafe observations
    return unsafe board.pointee.lock.withLock {
      unsafe board.pointee.table.withRows { rows in
        guard next < rows.count else { return nil }
        var members = Members()
        while next < rows.count, members.count < KillLane.batch {
          let row = rows[next]
          next += 1
          guard victim.includes(row) else { continue }
          members.pids[members.count] = row.pid
          members.startTicks[members.count] = row.startTicks
          members.count += 1
        }
        return members
      }
    }
  }

  /// Asks it to end by itself. If it does not, the loop orders its death. The memory of one that handles no SIGTERM can be
  /// released at once: the kernel has made SIGKILL of it.
  private mutating func ask(_ graceNanoseconds: Int64) throws(ReaperError) {
    let victim = order.victim
    prepare()
    // Whoever must not be killed is not asked either.
    try reaper.select(victim.pid, startTicks: victim.startTicks)
    outcome.report = reaper.report(at: 0)
    // Those that share its memory live on with it, since nobody asks them: then there is nothing to release.
    var mayRelease = true
    if isAlone(victim) { reaper.planAlone() } else { mayRelease = (try? reaper.plan(killsSharers: false)) != nil }
    var hasDied = false
    do throws(Errno) {
      let process = try kernel.openProcess(victim.pid)
      // The number may have been used again between the two.
      guard try kernel.procfs.stat(of: victim.pid).startTicks == victim.startTicks else { throw .noSuchProcess }
      try kernel.send(.terminate, to: process)
      let end = kernel.nowNanoseconds + graceNanoseconds
      while kernel.nowNanoseconds < end, !FileDescriptor.isReadable(hurry.descriptor.number) {
        if mayRelease, isDying(victim.pid) {
          hasDied = true
          break
        }
        if try kernel.waitForExit(of: process, timeoutMilliseconds: 10) {
          outcome.result = .ended
          return
        }
      }
    } catch {
      throw error == .noSuchProcess ? .noSuchProcess(victim.pid) : .kernel(error)
    }
    guard hasDied else { return }
    unsafe state.pointee.store(LaneState.releasing, ordering: .releasing)
    outcome.report = nil
    try strike()
    outcome.result = .ended
  }

  private func isDying(_ pid: PID) -> Bool {
    guard let stat = try? kernel.procfs.stat(of: pid), let status = try? kernel.procfs.status(of: pid) else {
      return false
    }
    return stat.isDying(status)
  }
}
