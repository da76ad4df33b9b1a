import ScytheLinux
import ScytheReclaim
import Synchronization

// What the coordinator and its executors have to do with each other.
extension Reaper {
  // MARK: Handing out

  /// Hands out as much work as there are executors for.
  mutating func dispatch() {
    while hasQueue, let executor = idleExecutor, mayStartAnother, let row = nextSpace() {
      // Nobody else begins before all are signalled: a release before SIGKILL is pending is refused.
      let isFirst = !run.hasSignalledAll
      assign(isFirst ? .signalAllAndRelease : .release, row, to: executor)
      if isFirst { return }
    }
    if !run.hasSignalledAll, !isSignalling {
      // Nobody is left to signal, or every executor is stuck, or still at an earlier kill. A signal does not block, so the
      // caller's own thread can send it; the releases wait until an executor comes back.
      signalAll()
    }
    guard run.hasSignalledAll else { return }
    dispatchHelpers()
  }

  /// Whether an executor has the job to signal all victims of this kill, and is not stuck.
  private var isSignalling: Bool {
    for index in 0..<(unsafe shop.pointee.executors.count)
    where !isIdle(index) && (unsafe !shop.pointee.executors[index].isLost) {
      let job = unsafe shop.pointee.executors[index].job
      if job.kind == .signalAllAndRelease, isOfThisKill(job) { return true }
    }
    return false
  }

  /// Signals all victims from the caller's thread.
  mutating func signalAll() {
    let kernel = unsafe shop.pointee.kernel
    for row in firstRow..<(unsafe shop.pointee.victims.count) where !isDead(row) {
      unsafe shop.pointee.victims[row].kill(kernel)
    }
    run.hasSignalledAll = true
  }

  /// A limit is lowered by one at a time: victims may have the same group.
  var mostExecutors: Int { run.options.carrier == .limit ? 1 : unsafe shop.pointee.workers }

  /// Whether one more executor may work: they are favoured by the scheduler, so they take more than half of the CPUs only
  /// where the others have nothing to do.
  private var mayStartAnother: Bool {
    guard busyExecutors < mostExecutors else { return false }
    return unsafe !takesMoreThanHalf || shop.pointee.kernel.procfs.idleProcessors() > 0
  }

  /// Whether one more executor would be more than there are for half of the CPUs.
  var takesMoreThanHalf: Bool { busyExecutors >= max(1, Machine.usableProcessors / 2) }

  /// The executors that work, those left out that are stuck: a spare takes the place of each.
  var busyExecutors: Int {
    var count = 0
    for index in 0..<(unsafe shop.pointee.executors.count)
    where !isIdle(index) && (unsafe !shop.pointee.executors[index].isLost) {
      count += 1
    }
    return count
  }

  var idleExecutor: Int? {
    for index in 0..<(unsafe shop.pointee.executors.count) where isIdle(index) { return index }
    return nil
  }

  func isIdle(_ executor: Int) -> Bool {
    unsafe shop.pointee.states[executor].load(ordering: .acquiring) == ExecutorState.idle
  }

  func hasBegun(_ executor: Int) -> Bool {
    unsafe shop.pointee.states[executor].load(ordering: .acquiring) == ExecutorState.running
  }

  /// Whether victims are left that no executor has been given yet. The first job signals everybody, so there is one even
  /// if nothing shall be released.
  private var hasQueue: Bool {
    (run.options.carrier != nil || !run.hasSignalledAll) && run.nextPlace < (unsafe shop.pointee.order.count)
  }

  /// The largest memory of the queue.
  private mutating func nextSpace() -> Int? {
    while run.nextPlace < (unsafe shop.pointee.order.count) {
      let row = unsafe shop.pointee.order[run.nextPlace]
      run.nextPlace += 1
      let isOpen = unsafe shop.pointee.victims[row].space == row && shop.pointee.victims[row].course.stage == .queued
      if isOpen, !isSpaceDead(row) { return row }
    }
    return nil
  }

  mutating func assign(_ kind: Job.Kind, _ row: Int, to index: Int, isHumble: Bool = false) {
    var job = Job()
    job.kind = kind
    job.row = row
    job.victims = unsafe VictimRows(shop.pointee.victims, shop.pointee.order)
    job.firstRow = firstRow
    job.carrier = run.options.carrier
    job.realTimeNanoseconds = run.options.realTimeNanoseconds
    give(kind, row, the: &job)
    // A member that must not die would not be spared by cgroup.kill, and one that is not seen may be such a one.
    if kind == .signalAllAndRelease, sparedCount == 0, !groupsHoldHidden {
      job.groups = unsafe GroupRows(shop.pointee.groups, from: firstGroup)
    }
    job.ignoresRobustLists = unsafe shop.pointee.victims[row].course.ignoresRobustLists
    unsafe shop.pointee.victims[row].course.stage = .working
    unsafe shop.pointee.victims[row].course.workers += 1
    unsafe shop.pointee.victims[row].course.executorsAtWork += 1
    job.isHumble = isHumble
    let executor = unsafe shop.pointee.executors.pointer(at: index)
    unsafe executor.pointee.job = job
    place(index, isHelper: job.isHelp, isHumble: isHumble)
    unsafe executor.pointee.processor.store(-1, ordering: .relaxed)
    unsafe executor.pointee.assignedNanoseconds = shop.pointee.kernel.nowNanoseconds
    unsafe executor.pointee.phase.store(.started, ordering: .relaxed)
    let state = unsafe shop.pointee.states.pointer(at: index)
    unsafe state.pointee.store(ExecutorState.assigned, ordering: .releasing)
    unsafe Threads.wake(state)
  }

  /// Whether groups of this kill have members that the caller cannot see.
  private var groupsHoldHidden: Bool {
    for index in firstGroup..<(unsafe shop.pointee.groups.count) where unsafe shop.pointee.groups[index].holdsHidden {
      return true
    }
    return false
  }

  // MARK: Hearing back

  /// Waits for deaths and for executors, and takes down what happened.
  mutating func collectEvents(timeoutNanoseconds: Int64) {
    var keys: InlineArray<64, UInt64> = InlineArray(repeating: 0)
    var span = keys.mutableSpan
    let count = unsafe shop.pointee.queue.wait(into: &span, timeoutNanoseconds: timeoutNanoseconds)
    let now = unsafe shop.pointee.kernel.nowNanoseconds
    for index in 0..<count {
      switch keys[index] {
      case EventKey.executor: unsafe shop.pointee.events[0].drain()
      case EventKey.cancellation: run.isCancelled = true
      default:
        let row = Int(keys[index])
        unsafe shop.pointee.victims[row].course.exitedNanoseconds = now
        unsafe shop.pointee.queue.remove(shop.pointee.victims[row].process)
      }
    }
    for index in 0..<(unsafe shop.pointee.executors.count) { hear(from: index) }
  }

  func isOfThisKill(_ job: Job) -> Bool { job.firstRow == firstRow }

  mutating func hear(from index: Int) {
    let executor = unsafe shop.pointee.executors.pointer(at: index)
    let state = unsafe shop.pointee.states[index].load(ordering: .acquiring)
    guard state == ExecutorState.running || state == ExecutorState.finished else { return }
    let job = unsafe executor.pointee.job
    // One that was stuck in an earlier kill says nothing about this one.
    if job.kind == .signalAllAndRelease, isOfThisKill(job),
      unsafe state == ExecutorState.finished || executor.pointee.phase.load(ordering: .acquiring) != .started
    {
      run.hasSignalledAll = true
    }
    guard state == ExecutorState.finished else { return }
    let result = unsafe executor.pointee.result
    unsafe executor.pointee.isLost = false
    unsafe executor.pointee.isHumbled = false
    unsafe shop.pointee.states[index].store(ExecutorState.idle, ordering: .releasing)
    let victim = unsafe shop.pointee.victims.pointer(at: job.row)
    unsafe victim.pointee.course.executorsAtWork -= 1
    if job.isHelp {
      takeHelp(result, of: job)
      return
    }
    take(result, of: job)
    endHelp(of: job.row)
  }

  private func take(_ result: JobResult, of job: Job) {
    let victim = unsafe shop.pointee.victims.pointer(at: job.row)
    let mayLose = job.ignoresRobustLists || result.robust == .clear || job.carrier == nil || result.hasTried
    // The second try of one that was withheld still tells what the first one saw.
    let seen = unsafe victim.pointee.course.result.robust
    unsafe victim.pointee.course.result = result
    unsafe victim.pointee.course.stage = mayLose ? .done : .withheld
    if job.ignoresRobustLists { unsafe victim.pointee.course.result.robust = seen }
    if !mayLose, unsafe victim.pointee.before.hasMemory && victim.pointee.before.releasableBytes == 0 {
      // Nothing is there to be released: somebody did it before, and took the robust lists along.
      unsafe victim.pointee.course.stage = .done
      unsafe victim.pointee.course.result.release = .outcome(.released)
      unsafe victim.pointee.course.result.releasedNanoseconds = result.checkedNanoseconds
      unsafe victim.pointee.course.result.after = victim.pointee.before
    }
  }

  // MARK: Looking after

  /// Takes the real-time class from jobs that last, gives up on executors that are stuck, and lets those victims be
  /// released whose grace for a robust mutex is over.
  mutating func attendExecutors() {
    let now = unsafe shop.pointee.kernel.nowNanoseconds
    for index in 0..<(unsafe shop.pointee.executors.count) where !isIdle(index) {
      let executor = unsafe shop.pointee.executors.pointer(at: index)
      // A helper that has found no idle CPU yet is neither late nor stuck.
      if unsafe executor.pointee.isHumbled && !hasBegun(index) { continue }
      let elapsed = unsafe now - executor.pointee.assignedNanoseconds
      let thread = unsafe PID(executor.pointee.threadID.load(ordering: .acquiring))
      if unsafe executor.pointee.mayUseRealTime, unsafe elapsed >= executor.pointee.job.realTimeNanoseconds,
        unsafe thread.rawValue > 0 && !executor.pointee.isDemoted.load(ordering: .relaxed)
      {
        try? Scheduling.set(.other, of: thread)
        // Only then: an executor that ends its job in between stays in the ordinary class for one more job.
        unsafe executor.pointee.isDemoted.store(true, ordering: .relaxed)
      }
      let row = unsafe executor.pointee.job.row
      if elapsed >= stuckNanoseconds(row) { unsafe executor.pointee.isLost = true }
    }
    guard let grace = run.options.robustGraceNanoseconds, now >= run.killNanoseconds + grace else { return }
    for row in firstRow..<(unsafe shop.pointee.victims.count)
    where unsafe shop.pointee.victims[row].course.stage == .withheld {
      unsafe shop.pointee.victims[row].course.ignoresRobustLists = true
      unsafe shop.pointee.victims[row].course.stage = .queued
      run.nextPlace = firstRow
    }
  }

  private func stuckNanoseconds(_ row: Int) -> Int64 {
    let bytes = unsafe shop.pointee.victims[row].before.releasableBytes
    let carrierNanoseconds = run.options.carrier == .limit ? ReaperLimits.limitNanoseconds : 0
    return ReaperLimits.stuckNanoseconds + carrierNanoseconds
      + Int64(clamping: bytes / ReaperLimits.stuckBytesPerNanosecond)
  }

  /// The next moment at which something is due even if nothing happens.
  func nextMoment(_ now: Int64) -> Int64 {
    if run.hasSignalledAll, run.roundsLeft > 0, unsafe shop.pointee.groups.count > firstGroup { return now }
    var moment = run.deadlineNanoseconds
    // Whether a CPU is idle can only be looked at now and then: who was just woken counts as running.
    if run.hasSignalledAll, idleExecutor != nil, busyExecutors < mostExecutors,
      hasQueue || spaceToHelp() != nil
    {
      moment = min(moment, now + ReaperLimits.idleLookNanoseconds)
    }
    if let grace = run.options.robustGraceNanoseconds, now < run.killNanoseconds + grace {
      moment = min(moment, run.killNanoseconds + grace)
    }
    for index in 0..<(unsafe shop.pointee.executors.count) where !isIdle(index) {
      let assigned = unsafe shop.pointee.executors[index].assignedNanoseconds
      let demotion = unsafe assigned + shop.pointee.executors[index].job.realTimeNanoseconds
      if demotion > now { moment = min(moment, demotion) }
      let loss = assigned + stuckNanoseconds(unsafe shop.pointee.executors[index].job.row)
      if loss > now { moment = min(moment, loss) }
    }
    for row in firstRow..<(unsafe shop.pointee.victims.count) {
      if let settled = settledMoment(row), settled > now { moment = min(moment, settled) }
    }
    return moment
  }

  // MARK: Deaths

  func watch(from first: Int) {
    for row in first..<(unsafe shop.pointee.victims.count) {
      try? unsafe shop.pointee.queue.add(shop.pointee.victims[row].process, key: UInt64(row))
    }
  }

  func unwatch() {
    for row in firstRow..<(unsafe shop.pointee.victims.count) {
      unsafe shop.pointee.queue.remove(shop.pointee.victims[row].process)
    }
  }
}
