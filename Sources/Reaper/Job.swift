public import ScytheLinux
import ScytheReclaim
import Synchronization

/// What came of moving a frozen victim into a thawed group.
@frozen public enum RescueResult: Equatable, Sendable, BitwiseCopyable {
  /// It was not frozen.
  case notNeeded
  /// It was moved; its former group stays frozen.
  case moved
  /// It could not be moved, and keeps what only an exit returns.
  case failed(Errno)
}

/// What an executor is asked to do.
struct Job {
  enum Kind: BitwiseCopyable {
    /// Signal every victim in order, then release the first.
    case signalAllAndRelease
    /// Release one.
    case release
    /// Release one that another executor is releasing: the two leapfrog.
    case help
    /// The same by the extension, on parts that the other one leaves.
    case helpSplitting
  }

  var kind = Kind.release
  var row = 0
  var victims = VictimRows()
  /// Groups that may be killed as a whole.
  var groups = GroupRows()
  /// Where the victims of this kill begin, in the table and in the order.
  var firstRow = 0
  var ignoresRobustLists = false
  /// Whether the executor is in the idle class until it begins.
  var isHumble = false
  /// As in ``KillOptions``.
  var realTimeNanoseconds: Int64 = 0
  /// The means of the release; `nil` only to compare with the signal alone.
  var carrier: Carrier? = .release
  /// Scythe's kernel extension, if the release is to be tried by it first.
  var madviseExtension: MadviseExtension?
  /// How much is released by one call of the extension, so that others can take a part; 0 if all at once.
  var partBytes: UInt64 = 0

  /// Whether another executor has the memory already.
  var isHelp: Bool { kind == .help || kind == .helpSplitting }
}

/// What an executor found and did.
struct JobResult: BitwiseCopyable {
  enum Release: BitwiseCopyable {
    case notTried
    case outcome(Outcome)
    case failed(ReclaimError)
  }

  var robust = RobustState.unchecked
  var release = Release.notTried
  var rescue = RescueResult.notNeeded
  /// The means that released it, or was tried last.
  var carrier: Carrier?
  /// How often the kernel was asked to release it.
  var calls = 0
  /// What was left right after the release; `nil` if it could not be read any more.
  var after: ProcessStatus?
  var begunNanoseconds: Int64 = 0
  var checkedNanoseconds: Int64 = 0
  /// When the last look at the victim's memory ended, which holds that meanwhile; 0 if there was none.
  var lookedNanoseconds: Int64 = 0
  var releasedNanoseconds: Int64 = 0

  /// Whether the kernel took the release, whatever came of it.
  var hasReleased: Bool { if case .outcome = release { true } else { false } }

  /// Whether a release was tried at all.
  var hasTried: Bool { if case .notTried = release { false } else { true } }
}

extension Executor {
  /// Does the job: signal, rescue, robust check and release in consecutive statements of one thread. A thread that is
  /// woken only after the signal loses the race with the exit of a running victim every time.
  mutating func perform() {
    result = JobResult()
    if job.kind == .signalAllAndRelease { signalAll() }
    result.begunNanoseconds = kernel.nowNanoseconds
    guard let carrier = job.carrier else { return }
    switch job.kind {
    case .help: return release(by: carrier)
    case .helpSplitting:
      if let found = job.madviseExtension { helpByExtension(found) }
      return
    case .signalAllAndRelease, .release: break
    }
    rescueFrozen()
    if let found = job.madviseExtension {
      result.checkedNanoseconds = kernel.nowNanoseconds
      if releaseByExtension(found) { return hurryExit() }
    } else if carrier == .extension {
      result.release = .failed(.unsupported)
      return hurryExit()
    }
    result.robust = job.ignoresRobustLists ? .unchecked : robustState()
    result.checkedNanoseconds = kernel.nowNanoseconds
    result.lookedNanoseconds = result.checkedNanoseconds
    if job.ignoresRobustLists || result.robust == .clear {
      processor.store(Scheduling.currentProcessor, ordering: .relaxed)
      phase.store(.releasing, ordering: .releasing)
      unsafe events.pointee.signal()
      release(by: carrier)
    }
    hurryExit()
  }

  func isMember(_ row: Int) -> Bool { job.victims[row].space == job.row }

  /// Whether SIGKILL is on its way to it: a module of security may refuse that signal and allow others, and whoever lives is
  /// left as it is.
  private func isKilled(_ row: Int) -> Bool { job.victims[row].signalResult.load(ordering: .acquiring) == 0 }

  private func signalAll() {
    // A kernel before 5.14, and v1, have no such file; the signals to the members do the same but for what is being
    // forked at this moment, and that is looked for afterwards.
    for index in 0..<job.groups.count { try? job.groups[index].group.killAll() }
    for place in job.firstRow..<job.victims.count {
      let row = job.victims.row(inOrder: place)
      job.victims[row].kill(kernel)
    }
    phase.store(.signalled, ordering: .releasing)
    unsafe events.pointee.signal()
  }

  private mutating func rescueFrozen() {
    // A group on its way to frozen counts too: by the time it matters the victim may not run any more.
    for row in job.firstRow..<job.victims.count where isMember(row) && job.victims[row].freezer != .thawed {
      guard isKilled(row) else { continue }
      do throws(Errno) {
        try Freezer.rescue(job.victims[row].pid, kernel.procfs)
        result.rescue = .moved
      } catch {
        // Gone already is what the move was for.
        if error != .noSuchProcess { result.rescue = .failed(error) }
      }
    }
  }

  func robustState() -> RobustState {
    for row in job.firstRow..<job.victims.count where isMember(row) {
      // It may have been freed when another of its group was to be; then its lists are gone with it.
      if job.carrier == .limit, isEmpty(row) { continue }
      let state = RobustCheck.state(of: job.victims[row], kernel)
      if state != .clear { return state }
    }
    return .clear
  }

  private mutating func release(by carrier: Carrier) {
    result.carrier = carrier == .extension ? .release : carrier
    // The first of several that share the memory may have left it already, while another still has it.
    for row in job.firstRow..<job.victims.count where isMember(row) {
      switch carrier {
      // What the extension does not do is done as without it.
      case .release, .extension: result.release = released(through: row)
      case .limit: result.release = limited(through: row)
      }
      if case .outcome(.goneAlready) = result.release { continue }
      if case .outcome(.exitUnderWay) = result.release { continue }
      result.after = remains(of: row)
      break
    }
    result.releasedNanoseconds = kernel.nowNanoseconds
  }

  private mutating func released(through row: Int) -> JobResult.Release {
    // A driver that refused for a part (EAGAIN) is asked again, since nothing else will ask it; ten times in 10 ms.
    for attempt in 1...10 {
      result.calls += 1
      do throws(ReclaimError) {
        let outcome = try Reclaim(kernel: kernel).release(
          job.victims[row].process, pid: job.victims[row].pid, isKillPending: true)
        if outcome != .partly || attempt == 10 { return .outcome(outcome) }
      } catch {
        return .failed(error)
      }
      MonotonicClock.sleep(nanoseconds: 1_000_000)
    }
    return .outcome(.partly)
  }

  private func limited(through row: Int) -> JobResult.Release {
    do throws(ReclaimError) {
      guard let group = ownGroup(of: job.victims[row].pid) else { throw .unsupported }
      // The kernel chooses whom it marks; with several memories in the group this one may come last.
      for _ in 0..<ReaperLimits.mostLimitRounds {
        // It may have been the one that the kernel chose when another was to be freed.
        if isEmpty(row) { return .outcome(.released) }
        let emptyBefore = emptyVictims
        try LimitCarrier.apply(to: group) { mayBeFreed($0) }
        waitUntilOneMoreIsEmpty(than: emptyBefore)
      }
      return isEmpty(row) ? .outcome(.released) : .failed(.notCharged)
    } catch {
      return .failed(error)
    }
  }

  /// Whether a member of the victim's group may lose its memory as well: the kernel frees whom it likes there.
  private func mayBeFreed(_ pid: PID) -> Bool {
    for row in job.firstRow..<job.victims.count where job.victims[row].pid == pid {
      guard isKilled(row) else { return false }
      // Of one that has been freed already, nothing can be read any more, nor lost.
      return isMember(row) || isEmpty(row) || RobustCheck.state(of: job.victims[row], kernel) == .clear
    }
    return false
  }

  /// Waits for the kernel's reaper, which lets two seconds go by first.
  private func waitUntilOneMoreIsEmpty(than count: Int) {
    for _ in 0..<300 {
      if emptyVictims > count { return }
      MonotonicClock.sleep(nanoseconds: 10_000_000)
    }
  }

  private var emptyVictims: Int {
    var count = 0
    for row in job.firstRow..<job.victims.count where isEmpty(row) { count += 1 }
    return count
  }

  private func isEmpty(_ row: Int) -> Bool {
    guard let status = remains(of: row) else { return true }
    return status.releasableBytes == 0
  }

  /// What a victim still has, read through the descriptor that was opened before the signal.
  func remains(of row: Int) -> ProcessStatus? {
    guard var status = try? Procfs.status(from: job.victims[row].statusFile) else { return nil }
    // Before Linux 6.2 each thread keeps up to 64 pages of the counts to itself. What is left of so few pages is counted
    // page by page, which is quick now that there are none.
    let drift = (status.threads + 1) * 64 * Machine.pageBytes
    if status.releasableBytes > 0, status.releasableBytes <= drift,
      let exact = try? kernel.procfs.countedMemory(of: job.victims[row].pid)
    {
      status.anonymousBytes = exact.anonymousBytes
      status.swapBytes = exact.swapBytes
    }
    return status
  }

  private func ownGroup(of pid: PID) -> ControlGroup? {
    guard let path = try? kernel.procfs.controlGroupPath(of: pid, in: .unified) else { return nil }
    return try? ControlGroup(path: path)
  }

  /// Raises the priority of what is left of the victim, so that it can finish dying on a busy machine: only an exit
  /// returns shared memory, page tables and huge pages.
  private func hurryExit() {
    for row in job.firstRow..<job.victims.count where isMember(row) {
      let isDead = try? kernel.waitForExit(of: job.victims[row].process, timeoutMilliseconds: 0)
      if isDead ?? true || !isKilled(row) { continue }
      var isRealTime = false
      try? kernel.procfs.forEachThread(of: job.victims[row].pid) { (thread) throws(Errno) in
        if (try? Scheduling.schedulingClass(of: thread)) == .idle {
          if becomesRealTime(thread) { isRealTime = true } else { try? Scheduling.set(.other, of: thread) }
        }
        try? Scheduling.setNice(-20, of: thread)
        return true
      }
      if isRealTime { waitForStarvedExit(row) }
    }
  }

  /// Whether a thread of the idle class can be made real-time, if nothing but its exit returns the memory. The ordinary
  /// class alone was not enough on 6.1, where exits took 230 to 430 ms, and one more than two seconds; not seen on 6.12 and
  /// later.
  private func becomesRealTime(_ thread: PID) -> Bool {
    switch result.release {
    case .outcome(.released), .outcome(.partly): return false
    default: return mayUseRealTime && (try? Scheduling.set(.roundRobin, of: thread, priority: 1)) != nil
    }
  }

  /// Waits, as long as a thread may be real-time, and then takes the class away again.
  private func waitForStarvedExit(_ row: Int) {
    let isDead = try? kernel.waitForExit(
      of: job.victims[row].process, timeoutMilliseconds: ExecutorLimits.exitMilliseconds)
    if isDead ?? true { return }
    try? kernel.procfs.forEachThread(of: job.victims[row].pid) { (thread) throws(Errno) in
      try? Scheduling.set(.other, of: thread)
      return true
    }
  }
}

extension Victim {
  /// Sends SIGKILL and remembers what came of it, and when.
  borrowing func kill<K: Kernel>(_ kernel: K) {
    do throws(Errno) {
      try kernel.send(.kill, to: process)
      deliveredNanoseconds.store(kernel.nowNanoseconds, ordering: .relaxed)
      signalResult.store(0, ordering: .releasing)
    } catch {
      signalResult.store(-error.rawValue, ordering: .releasing)
    }
  }
}
