// SPDX-License-Identifier: GPL-2.0

internal import CScythePolicy

/// One hold of the lock covers this much, so that other callers, and the victim's own exit, need not wait for all.
let holdBytes: UInt = 64 << 20
/// What a mapping costs of that at the least: 1,024 of them make a hold.
let areaPriceBytes: UInt = 64 << 10

/// Which mappings a walk takes.
private enum Taking {
  /// Those that a range releases; all others are passed over.
  case fitting
  /// All; the first that cannot be released ends the walk.
  case all
}

/// Releases a stretch of a dying process.
func releaseRange<K: Kernel>(_ kernel: K, _ stretch: Stretch, lockedToo: Bool) -> Int {
  let opened = kernel.openForRelease()
  if opened != 0 { return Int(opened) }
  switch prepareRelease(kernel) {
  case .alive: return failure(SCYTHE_EINVAL)
  case .reaped: return 0
  case .failure(let error): return error
  case .ready(let spared):
    let walk = ReleaseWalk(kernel: kernel, spared: spared, lockedToo: lockedToo, taking: .fitting)
    return walk.run(stretch).end.answer
  }
}

/// Releases what the caller's vector says of a dying process. Of any other process it is the stock call, which takes
/// the advice for the caller's own memory since 6.13 and refuses all else.
func releaseVector<K: Kernel>(_ kernel: K, lockedToo: Bool) -> Int {
  if kernel.openForRelease() != 0 { return kernel.original() }
  let ready = prepareRelease(kernel)
  if case .alive = ready { return kernel.original() }
  let imported = kernel.importVector()
  if imported != 0 { return Int(imported) }
  switch ready {
  case .alive, .reaped: return 0
  case .failure(let error): return error
  case .ready(let spared):
    let walk = ReleaseWalk(kernel: kernel, spared: spared, lockedToo: lockedToo, taking: .all)
    return walk.runVector()
  }
}

private enum Readiness {
  case alive
  case reaped
  case failure(Int)
  case ready(PageSet)
}

private func prepareRelease<K: Kernel>(_ kernel: K) -> Readiness {
  let facts = kernel.memoryFacts()
  if facts & SCYTHE_MEMORY_REAPED != 0 { return .reaped }
  if kernel.isDying() == 0 { return .alive }
  // A thread that still runs could take a mutex behind our back.
  kernel.settle()
  var spared = PageSet()
  let gathered = spared.gather(kernel)
  return gathered == 0 ? .ready(spared) : .failure(gathered)
}

private struct ReleaseWalk<K: Kernel> {
  let kernel: K
  let spared: PageSet
  let lockedToo: Bool
  let taking: Taking

  /// The whole vector, or as far as it could be done; in bytes, unless not even the first element could.
  func runVector() -> Int {
    var doneBytes: UInt = 0
    var element = scythe_range()
    var error = 0
    while error == 0, kernel.nextElement(&element) != 0 {
      error = run(element)
      if error == 0 { doneBytes = doneBytes &+ element.length }
    }
    return doneBytes != 0 ? Int(bitPattern: doneBytes) : error
  }

  /// One element, by the rules of madvise(2): the base is page aligned, the length is rounded up, nothing wraps.
  private func run(_ element: scythe_range) -> Int {
    if !isPageAligned(element.start) { return failure(SCYTHE_EINVAL) }
    let rounded = (element.length &+ (pageBytes &- 1)) & ~(pageBytes &- 1)
    if rounded < element.length { return failure(SCYTHE_EINVAL) }
    let end = element.start &+ rounded
    if end < element.start { return failure(SCYTHE_EINVAL) }
    let result = run(Stretch(start: element.start, end: end))
    if case .failure(let error) = result.end { return error }
    return result.sawHole ? failure(SCYTHE_ENOMEM) : 0
  }

  func run(_ stretch: Stretch) -> (end: WalkEnd, sawHole: Bool) {
    var at = stretch.start
    var budget = stretch.budgetBytes
    var sawHole = false
    while at < stretch.end {
      if kernel.callerIsKilled() != 0 { return (.failure(failure(SCYTHE_EINTR)), sawHole) }
      let locked = kernel.lock()
      if locked != 0 { return (.failure(Int(locked)), sawHole) }
      // Since the lock was free, the victim's exit may have gone through: its page tables are freed next.
      if kernel.memoryFacts() & SCYTHE_MEMORY_REAPED != 0 {
        kernel.unlock()
        return (.end, false)
      }
      kernel.markUnstable()
      let refusal = runLocked(to: stretch.end, &at, &budget, &sawHole)
      kernel.unlock()
      if refusal != 0 { return (.failure(refusal), sawHole) }
      if budget == 0 && at < stretch.end { return (.budget(at: at), sawHole) }
    }
    return (.end, sawHole)
  }

  /// One hold of the lock.
  private func runLocked(to end: UInt, _ at: inout UInt, _ budget: inout UInt, _ sawHole: inout Bool) -> Int {
    var hold = holdBytes
    var area = scythe_area()
    while at < end && budget != 0 && hold != 0 {
      if kernel.nextArea(at, &area) == 0 || area.start >= end {
        sawHole = true
        at = end
        return 0
      }
      if area.start > at {
        sawHole = true
        at = area.start
      }
      let stop = min(area.end, end)
      if !isTaken(area) {
        if taking == .all { return failure(SCYTHE_EINVAL) }
        at = stop
        hold = hold &- min(hold, areaPriceBytes)
        continue
      }
      // The budget is the caller's word, to the page; but a hold that is nearly used up must not cut a huge page.
      let whole = at &+ min(stop &- at, budget)
      let piece = stepEnd(from: at, to: whole, limit: hold)
      if piece == at { return 0 }
      zap(at, piece)
      budget = budget &- (piece &- at)
      hold = hold &- min(hold, max(piece &- at, areaPriceBytes))
      at = piece
    }
    return 0
  }

  private func isTaken(_ area: scythe_area) -> Bool {
    switch taking {
    case .fitting: area.isReleased(lockedToo: lockedToo)
    case .all: area.isReleasable(lockedToo: lockedToo)
    }
  }

  /// All but the pages that exit needs.
  private func zap(_ start: UInt, _ end: UInt) {
    var at = start
    var next = spared.position(ofFirstFrom: start)
    while next < spared.count, spared[next] < end {
      if spared[next] > at { kernel.zap(at, spared[next] &- at) }
      at = spared[next] &+ pageBytes
      next = next &+ 1
    }
    if at < end { kernel.zap(at, end &- at) }
  }
}
