import ScytheLinux
import ScytheReclaim
import Synchronization

// What is said of a kill: nothing that was not seen.
extension Reaper {
  /// The report on a victim: before a kill what is planned, after it what happened.
  ///
  /// - Parameter index: below `victimCount`, in the order of selection.
  public func report(at index: Int) -> VictimReport {
    let row = firstRow + index
    let victim = unsafe shop.pointee.victims.pointer(at: row)
    let space = unsafe victim.pointee.space
    let course = unsafe shop.pointee.victims[space].course
    let fate = fate(of: row)
    let claim = claim(of: row, fate)
    let exited = unsafe victim.pointee.course.exitedNanoseconds
    let delivered = unsafe victim.pointee.deliveredNanoseconds.load(ordering: .relaxed)
    let hasReleased = course.result.hasReleased
    return unsafe VictimReport(
      pid: victim.pointee.pid, name: victim.pointee.stat.name, startTicks: victim.pointee.stat.startTicks,
      before: victim.pointee.before, fate: fate, carrier: hasReleased ? course.result.carrier : nil,
      workers: hasReleased ? course.workers : 0,
      releaseCalls: hasReleased ? course.result.calls + course.helperCalls : 0, robust: course.result.robust,
      rescue: course.result.rescue,
      bytesBack: claim.bytes, evidence: claim.evidence, left: row == space ? left(space) : LeftBytes(),
      signalNanoseconds: max(0, run.signalNanoseconds - run.startNanoseconds),
      deliveredNanoseconds: delivered > 0 ? max(0, delivered - run.startNanoseconds) : nil,
      checkNanoseconds: max(0, course.result.checkedNanoseconds - course.result.begunNanoseconds),
      releaseNanoseconds: hasReleased ? releasedNanoseconds(space) - course.result.checkedNanoseconds : 0,
      exitNanoseconds: exited > 0 ? max(0, exited - run.signalNanoseconds) : nil,
      backNanoseconds: backNanoseconds(space, fate))
  }

  private func fate(of row: Int) -> Fate {
    if run.startNanoseconds == 0 { return .planned }
    // Cancelled before SIGKILL: only the dead are accounted for.
    if run.killNanoseconds == 0 { return isDead(row) ? .exited : .planned }
    let space = unsafe shop.pointee.victims[row].space
    let signal = unsafe shop.pointee.victims[row].signalResult.load(ordering: .acquiring)
    if signal < 0, signal != -Errno.noSuchProcess.rawValue { return .notSignalled(Errno(rawValue: -signal)) }
    if row != space { return unsafe .sharesWith(shop.pointee.victims[space].pid) }
    let course = unsafe shop.pointee.victims[space].course
    // That it is dead says nothing of its memory then.
    if case .outcome(.shared(let sharers)) = course.result.release,
      unsafe shop.pointee.victims[space].isUnsureOfSharers
    {
      return .sharedMemory(sharers)
    }
    if isSpaceDead(space) { return .exited }
    if course.executorsAtWork > 0 { return .stuck }
    switch course.stage {
    case .queued, .working: return run.options.carrier == nil ? .notReleased : .stuck
    case .withheld: return .withheld(course.result.robust)
    case .done: return fate(after: course.result.release)
    }
  }

  private func fate(after release: JobResult.Release) -> Fate {
    switch release {
    case .notTried: return .notReleased
    case .outcome(.released), .outcome(.partly): return .released
    case .outcome(.exitUnderWay), .outcome(.goneAlready): return .exitUnderWay
    case .outcome(.shared(let sharers)): return .sharedMemory(sharers)
    case .outcome(.dumpingCore): return .dumpingCore
    case .failed(.unsupported): return .unsupported
    case .failed(.notAlone): return .notAlone
    case .failed(.notCharged): return .notCharged
    case .failed(.notPermitted(let error)): return .failed(error)
    case .failed(.notDying), .failed(.badRange): return .failed(.invalidArgument)
    case .failed(.kernel(let error)): return .failed(error)
    }
  }

  private func claim(of row: Int, _ fate: Fate) -> (bytes: UInt64, evidence: Evidence) {
    let before = unsafe shop.pointee.victims[row].before.releasableBytes
    switch fate {
    case .exited: return (before, .exit)
    case .released:
      let left = left(row).privateBytes
      return (before > left ? before - left : 0, .residentSetAfterRelease)
    default: return (0, .none)
    }
  }

  private func backNanoseconds(_ space: Int, _ fate: Fate) -> Int64? {
    let course = unsafe shop.pointee.victims[space].course
    var moment: Int64?
    if case .outcome(.released) = course.result.release, course.result.after?.releasableBytes ?? 0 == 0 {
      moment = releasedNanoseconds(space)
    }
    if isSpaceDead(space) {
      var last: Int64 = 0
      for row in firstRow..<(unsafe shop.pointee.victims.count)
      where unsafe shop.pointee.victims[row].space == space {
        last = unsafe max(last, shop.pointee.victims[row].course.exitedNanoseconds)
      }
      // Who looks at the robust lists, or at the areas, holds the memory meanwhile: if the victim dies first, the look
      // frees it in its end.
      if last >= course.result.begunNanoseconds {
        last = max(last, max(course.result.lookedNanoseconds, course.helperLookedNanoseconds))
      }
      if last > 0 { moment = min(moment ?? last, last) }
    }
    guard let moment, run.signalNanoseconds > 0 else { return nil }
    return max(0, moment - run.signalNanoseconds)
  }

  /// The sum over all victims.
  func summary() -> KillSummary {
    var summary = KillSummary()
    summary.victims = victimCount
    summary.spared = sparedCount
    summary.isCancelled = run.isCancelled
    for index in 0..<victimCount {
      let report = report(at: index)
      summary.bytesBack &+= report.bytesBack
      summary.left.add(report.left)
      if !report.isAllBack { summary.isAllBack = false }
      if case .notSignalled = report.fate { summary.notSignalled += 1 }
    }
    for index in firstGroup..<(unsafe shop.pointee.groups.count) {
      guard let before = unsafe shop.pointee.groups[index].beforeBytes else { continue }
      // A group that was removed by its manager has nothing left.
      let after = (try? unsafe shop.pointee.groups[index].group.memoryCurrentBytes()) ?? 0
      summary.groupBeforeBytes = (summary.groupBeforeBytes ?? 0) &+ before
      summary.groupAfterBytes = (summary.groupAfterBytes ?? 0) &+ after
    }
    summary.elapsedNanoseconds = unsafe shop.pointee.kernel.nowNanoseconds - run.startNanoseconds
    return summary
  }
}

extension KillSummary {
  /// Adds what another kill did.
  package mutating func add(_ other: KillSummary) {
    victims += other.victims
    bytesBack &+= other.bytesBack
    left.add(other.left)
    isAllBack = isAllBack && other.isAllBack
    notSignalled += other.notSignalled
    spared += other.spared
    elapsedNanoseconds += other.elapsedNanoseconds
    isCancelled = isCancelled || other.isCancelled
  }
}

extension LeftBytes {
  mutating func add(_ other: LeftBytes) {
    privateBytes &+= other.privateBytes
    sharedBytes &+= other.sharedBytes
    hugetlbBytes &+= other.hugetlbBytes
    pinnedBytes &+= other.pinnedBytes
    pageTableBytes &+= other.pageTableBytes
  }
}
