import ScytheLinux
import ScytheReclaim
import Synchronization

// More than one worker on a memory.
extension Reaper {
  /// Has memories that are being released helped by executors that have nothing else to do.
  mutating func dispatchHelpers() {
    while let executor = idleExecutor, let (row, kind) = spaceToHelp(), mayHelp(executor) {
      assign(kind, row, to: executor, isHumble: takesMoreThanHalf && isFavoured(executor))
    }
  }

  /// Takes down what a helper has done.
  func takeHelp(_ result: JobResult, of job: Job) {
    let victim = unsafe shop.pointee.victims.pointer(at: job.row)
    unsafe victim.pointee.course.helperLookedNanoseconds = max(
      victim.pointee.course.helperLookedNanoseconds, result.lookedNanoseconds)
    unsafe victim.pointee.course.helperCalls += result.calls
    guard result.calls > 0 else {
      // No part was left.
      unsafe victim.pointee.course.workers -= 1
      return
    }
    // The memory is back when the last of those who walked it has returned: pages wait in batches.
    unsafe victim.pointee.course.helpedNanoseconds = result.releasedNanoseconds
  }

  /// Lets a job be done by the extension, if that is there and may be used, and in parts, if that is worth it.
  func give(_ kind: Job.Kind, _ row: Int, the job: inout Job) {
    let isWanted = run.options.carrier == .extension || run.options.carrier == .release && run.options.prefersExtension
    // One whose grace is over has been tried by it before.
    let hasFailed = unsafe shop.pointee.victims[row].course.ignoresRobustLists
    let found = unsafe shop.pointee.madviseExtension
    guard isWanted, !hasFailed, kind != .help, let found, unsafe found.canRelease(shop.pointee.victims[row].before)
    else { return }
    job.madviseExtension = found
    let releasable = unsafe shop.pointee.victims[row].before.releasableBytes
    guard unsafe shop.pointee.workers > 1, releasable >= ReaperLimits.splitBytes else { return }
    let share = unsafe shop.pointee.victims[row].stat.virtualBytes / ReaperLimits.mostParts
    let rounded = share - share % ReaperLimits.pageTableBytes
    job.partBytes = min(ReaperLimits.largestPartBytes, max(ReaperLimits.partBytes, rounded))
  }

  /// Takes back from helpers what they have not begun, now that the memory is released, and hurries those who have: what
  /// they hold is little, but it is not back before they return, and as ordinary threads they may wait for their turn.
  mutating func endHelp(of row: Int) {
    for index in 0..<(unsafe shop.pointee.executors.count) {
      let job = unsafe shop.pointee.executors[index].job
      guard job.isHelp, job.row == row, isOfThisKill(job) else { continue }
      let isTakenBack = unsafe shop.pointee.states[index].compareExchange(
        expected: ExecutorState.assigned, desired: ExecutorState.idle, ordering: .acquiringAndReleasing
      ).exchanged
      if isTakenBack {
        unsafe shop.pointee.victims[row].course.workers -= 1
        unsafe shop.pointee.victims[row].course.executorsAtWork -= 1
      }
      unsafe shop.pointee.executors.pointer(at: index).pointee.favourAgainIfHumbled()
    }
  }

  /// A memory that is being released, is large enough for another executor, and has not enough of them.
  func spaceToHelp() -> (row: Int, kind: Job.Kind)? {
    guard run.options.carrier == .release || run.options.carrier == .extension else { return nil }
    for index in 0..<(unsafe shop.pointee.executors.count) {
      let executor = unsafe shop.pointee.executors.pointer(at: index)
      let phase = unsafe executor.pointee.phase.load(ordering: .acquiring)
      guard !isIdle(index), phase == .releasing || phase == .splitting,
        unsafe !executor.pointee.job.isHelp, unsafe !executor.pointee.isLost,
        unsafe isOfThisKill(executor.pointee.job)
      else { continue }
      let row = unsafe executor.pointee.job.row
      let course = unsafe shop.pointee.victims[row].course
      guard course.stage == .working, course.workers < (unsafe shop.pointee.workers),
        unsafe shop.pointee.victims[row].before.releasableBytes >= ReaperLimits.leapfrogBytes
      else { continue }
      return (row, phase == .splitting ? .helpSplitting : .help)
    }
    return nil
  }

  /// Whether an executor may help. Executors are favoured by the scheduler, and never on more than half of the CPUs. One
  /// more begins in the idle class, so that it finds by itself a CPU with nothing to do, and goes on there as an ordinary
  /// thread; what it has not begun by the end is taken back. The count of runnable threads is no substitute: it holds those
  /// who wait behind the first worker (idle CPUs were missed in 8 of 12 releases of 1 GiB), so it decides only where the
  /// right to leave the idle class is lacking.
  private func mayHelp(_ executor: Int) -> Bool {
    guard busyExecutors < mostExecutors else { return false }
    if !takesMoreThanHalf || isFavoured(executor) { return true }
    return unsafe shop.pointee.kernel.procfs.idleProcessors() > 0
  }

  private func isFavoured(_ executor: Int) -> Bool {
    unsafe shop.pointee.executors[executor].isFavoured.load(ordering: .acquiring)
  }

  /// Puts an executor where, and into the class in which, it shall begin its next job.
  ///
  /// One that helps is kept off the CPUs of those who release already. Left to itself the kernel chooses between that of
  /// the coordinator, who wakes it, and that of the one whom it shall help, and there it waits until that one is done:
  /// 1 GiB took two workers on two CPUs 76 ms, as long as one, instead of 34 ms.
  func place(_ index: Int, isHelper: Bool, isHumble: Bool) {
    let executor = unsafe shop.pointee.executors.pointer(at: index)
    let thread = unsafe PID(executor.pointee.threadID.load(ordering: .acquiring))
    // One that has not come to its first instruction yet has no number, and 0 would be the coordinator.
    guard thread.rawValue > 0 else { return }
    var processors: InlineArray<8, Int32> = InlineArray(repeating: -1)
    var count = 0
    for other in 0..<(unsafe shop.pointee.executors.count)
    where isHelper && count < processors.count && !isIdle(other) {
      processors[count] = unsafe shop.pointee.executors[other].processor.load(ordering: .relaxed)
      count += 1
    }
    if unsafe count > 0 || executor.pointee.isKeptOff {
      let isPlaced = (try? Scheduling.keep(thread, off: processors.span.extracting(first: count))) != nil
      unsafe executor.pointee.isKeptOff = isPlaced && count > 0
    }
    if isHumble {
      unsafe executor.pointee.isHumbled = (try? Scheduling.set(.idle, of: thread)) != nil
    } else {
      unsafe executor.pointee.favourAgainIfHumbled()
    }
  }
}
