// SPDX-License-Identifier: GPL-2.0

internal import CScythePolicy

/// Gives the kernel's own advice to all mappings of a stretch that it fits.
func adviseRange<K: Kernel>(_ kernel: K, _ stretch: Stretch, _ advice: Int32) -> Int {
  // The running kernel says whether it has this advice for another process, and who may give it.
  let checked = kernel.check(advice: advice)
  if checked != 0 { return checked }
  let opened = kernel.openForAdvice()
  if opened != 0 { return Int(opened) }
  return AdviceWalk(kernel: kernel, advice: advice).run(stretch).answer
}

private struct AdviceWalk<K: Kernel> {
  let kernel: K
  let advice: Int32

  func run(_ stretch: Stretch) -> WalkEnd {
    var at = stretch.start
    var budget = stretch.budgetBytes
    // Below this address mappings are taken one by one.
    var singlyUntil: UInt = 0
    while at < stretch.end {
      if kernel.callerIsKilled() != 0 { return .failure(failure(SCYTHE_EINTR)) }
      // Advice to what nobody uses any more would only keep it from being freed.
      if kernel.isAbandoned() != 0 { return .failure(failure(SCYTHE_ESRCH)) }
      let locked = kernel.lock()
      if locked != 0 { return .failure(Int(locked)) }
      let run = nextRun(from: at, to: stretch.end, limit: min(budget, holdBytes), single: at < singlyUntil)
      kernel.unlock()
      if run.start == run.end {
        at = run.end
        continue
      }
      let error = kernel.advise(run.start, run.end &- run.start, advice)
      if !isPassedOver(error) { return .failure(Int(error)) }
      if error != 0 && run.isJoined {
        // One of them was not fit, or has gone; the others get their advice.
        at = run.start
        singlyUntil = run.end
        continue
      }
      at = run.end
      budget = budget &- (run.end &- run.start)
      if budget == 0 && at < stretch.end { return .budget(at: at) }
    }
    return .end
  }

  private struct Run {
    var start: UInt
    var end: UInt
    var isJoined = false
  }

  /// The next mappings that take the advice, as far as they lie side by side; under the lock.
  ///
  /// - Returns: an empty run if there was none on the way; it says how far the way went.
  private func nextRun(from start: UInt, to end: UInt, limit: UInt, single: Bool) -> Run {
    var area = scythe_area()
    var at = start
    var looked: UInt = 0
    while true {
      if kernel.nextArea(at, &area) == 0 || area.start >= end { return Run(start: end, end: end) }
      if area.isAdvised { break }
      at = min(area.end, end)
      looked = looked &+ areaPriceBytes
      if at == end || looked >= holdBytes { return Run(start: at, end: at) }
    }
    var run = Run(start: max(area.start, at), end: min(area.end, end))
    while !single && run.end < end && run.end &- run.start < limit {
      if kernel.nextArea(run.end, &area) == 0 || area.start != run.end || !area.isAdvised { break }
      run.end = min(area.end, end)
      run.isJoined = true
    }
    if run.end &- run.start > limit {
      // As for a release, only the budget cuts a huge page.
      let edge = stepEnd(from: run.start, to: run.end, limit: limit)
      run.end = limit < holdBytes || edge == run.start ? run.start &+ limit : edge
    }
    return run
  }

  /// Not fit for it, gone since the lock was free, or not possible at this moment: advice is only advice.
  private func isPassedOver(_ error: Int32) -> Bool {
    switch 0 &- error {
    case 0, SCYTHE_EINVAL, SCYTHE_ENOMEM, SCYTHE_EBADF, SCYTHE_EBUSY, SCYTHE_EAGAIN: true
    default: false
    }
  }
}
