import ScytheLinux
import ScytheReclaim
import Synchronization

// When a kill is over.
extension Reaper {
  /// Whether everything that can be waited for has come, or the time is up.
  var isOver: Bool {
    if run.isCancelled { return true }
    let now = unsafe shop.pointee.kernel.nowNanoseconds
    if now >= run.deadlineNanoseconds { return true }
    guard run.hasSignalledAll else { return false }
    // New members are looked for at least once after the signal.
    if run.roundsLeft > 0, unsafe shop.pointee.groups.count > firstGroup { return false }
    for row in firstRow..<(unsafe shop.pointee.victims.count) where !isSettled(row, now) { return false }
    return true
  }

  /// Whether nothing further is to be expected of a victim.
  private func isSettled(_ row: Int, _ now: Int64) -> Bool {
    // One that may not be signalled any more, since it runs another user's program by now, lives on.
    if unsafe shop.pointee.victims[row].signalResult.load(ordering: .acquiring) < 0, !isDead(row) { return true }
    let space = unsafe shop.pointee.victims[row].space
    if unsafe shop.pointee.victims[space].course.executorsAtWork > 0 { return false }
    if isSpaceDead(space) { return true }
    guard let moment = settledMoment(space) else { return false }
    return now >= moment
  }

  /// The moment from which on a victim that is not dead, but whose memory is back, is waited for no longer.
  func settledMoment(_ space: Int) -> Int64? {
    let victim = unsafe shop.pointee.victims.pointer(at: space)
    guard unsafe victim.pointee.course.stage == .done,
      case .outcome(.released) = unsafe victim.pointee.course.result.release,
      unsafe left(space).totalBytes <= victim.pointee.before.releasableBytes / ReaperLimits.negligibleShare
    else { return nil }
    return releasedNanoseconds(space) + ReaperLimits.settleNanoseconds
  }

  /// When the last executor returned from releasing a memory.
  func releasedNanoseconds(_ space: Int) -> Int64 {
    let course = unsafe shop.pointee.victims[space].course
    return max(course.result.releasedNanoseconds, course.helpedNanoseconds)
  }

  /// Whether a process is dead, or was before it could be signalled.
  func isDead(_ row: Int) -> Bool {
    unsafe shop.pointee.victims[row].course.exitedNanoseconds > 0
      || shop.pointee.victims[row].signalResult.load(ordering: .acquiring) == -Errno.noSuchProcess.rawValue
  }

  /// Whether all processes that use a memory are dead.
  func isSpaceDead(_ space: Int) -> Bool {
    // Nearly always; and a fork bomb has thousands of rows.
    if unsafe !shop.pointee.victims[space].sharesMemory { return isDead(space) }
    for row in firstRow..<(unsafe shop.pointee.victims.count)
    where unsafe shop.pointee.victims[row].space == space && !isDead(row) {
      return false
    }
    return true
  }

  /// Whether all victims are dead.
  var areAllDead: Bool {
    for row in firstRow..<(unsafe shop.pointee.victims.count) where !isDead(row) { return false }
    return true
  }

  /// What of a memory is not back.
  func left(_ space: Int) -> LeftBytes {
    if run.killNanoseconds > 0, isSpaceDead(space) { return LeftBytes() }
    let victim = unsafe shop.pointee.victims.pointer(at: space)
    var status = unsafe victim.pointee.before
    switch unsafe victim.pointee.course.result.release {
    case .outcome(.released), .outcome(.partly):
      // One that has left its memory since the release shows none: then nothing is left.
      status = unsafe victim.pointee.course.result.after ?? ProcessStatus()
    default: break
    }
    var left = LeftBytes()
    left.privateBytes = status.releasableBytes
    left.sharedBytes = status.sharedBytes
    left.hugetlbBytes = status.hugetlbBytes
    left.pinnedBytes = status.pinnedBytes
    left.pageTableBytes = status.pageTableBytes
    return left
  }
}
