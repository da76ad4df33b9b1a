// SPDX-License-Identifier: GPL-2.0

internal import CScythePolicy

/// Which calls are the extension's, and what each asks for.
enum Request {
  /// The interface's version and abilities.
  case query
  /// Release of what a vector says, as any other advice takes it.
  case vector(lockedToo: Bool)
  /// All mappings of a stretch of addresses that take the advice.
  case range(Stretch, RangeAdvice)
  case invalid(Int)
}

/// What a range is to be told.
enum RangeAdvice {
  /// Release, of locked memory too or not.
  case release(lockedToo: Bool)
  /// The kernel's own advice.
  case kernel(Int32)
}

/// Addresses from `start` to `end`, exclusive, and how many bytes of mappings one call may walk.
struct Stretch {
  var start: UInt = 0
  var end: UInt = userEnd
  var budgetBytes: UInt = .max
}

private let range = UInt32(truncatingIfNeeded: PMADV_FLAG_RANGE)
private let bounds = UInt32(truncatingIfNeeded: SCYTHE_PMADV_BOUNDS)
private let budget = UInt32(truncatingIfNeeded: SCYTHE_PMADV_BUDGET)
private let query = UInt32(truncatingIfNeeded: SCYTHE_PMADV_QUERY)

/// Whether a call is the extension's; any other runs the stock code, which refuses what it does not know.
public func isExtended(advice: Int32, flags: UInt32) -> Bool {
  if flags == 0 { return isRelease(advice) }
  if flags == query { return true }
  return flags & range != 0 && flags & ~(range | bounds | budget) == 0
}

/// The answer to a query.
let interfaceAnswer =
  SCYTHE_PMADV_VERSION | SCYTHE_PMADV_CAN_RANGE | SCYTHE_PMADV_CAN_BOUNDS | SCYTHE_PMADV_CAN_BUDGET
  | SCYTHE_PMADV_SPARES_ROBUST | SCYTHE_PMADV_CAN_LOCKED

private func isRelease(_ advice: Int32) -> Bool {
  advice == SCYTHE_MADV_DONTNEED || advice == SCYTHE_MADV_DONTNEED_LOCKED
}

extension scythe_arguments {
  /// Reads a call that `isExtended`: what can be told without looking at the target.
  func request<K: Kernel>(_ kernel: K) -> Request {
    if flags == query {
      let isAlone = pidfd == -1 && vector == 0 && count == 0 && advice == 0
      return isAlone ? .query : .invalid(failure(SCYTHE_EINVAL))
    }
    if flags == 0 { return .vector(lockedToo: advice == SCYTHE_MADV_DONTNEED_LOCKED) }
    guard let advice = rangeAdvice else { return .invalid(failure(SCYTHE_EINVAL)) }

    var stretch = Stretch()
    if flags == range {
      let imported = kernel.importVector()
      return imported == 0 ? .range(stretch, advice) : .invalid(Int(imported))
    }
    let wanted: UInt = flags & bounds != 0 ? 2 : 1
    if count != wanted { return .invalid(failure(SCYTHE_EINVAL)) }
    var element = scythe_range()
    var copied = kernel.copyElement(0, &element)
    if copied != 0 { return .invalid(Int(copied)) }
    stretch.start = element.start
    if flags & budget != 0 {
      stretch.budgetBytes = element.length
      if element.length == 0 || !isPageAligned(element.length) { return .invalid(failure(SCYTHE_EINVAL)) }
    }
    if flags & bounds != 0 {
      copied = kernel.copyElement(1, &element)
      if copied != 0 { return .invalid(Int(copied)) }
      if element.start <= stretch.start || !isPageAligned(element.start) { return .invalid(failure(SCYTHE_EINVAL)) }
      // Behind the end there is nothing; an end there is as good as any.
      stretch.end = min(element.start, userEnd)
    }
    return isPageAligned(stretch.start) ? .range(stretch, advice) : .invalid(failure(SCYTHE_EINVAL))
  }

  /// Named one by one: for the caller's own process a newer kernel would take any advice, MADV_FREE of everything too.
  private var rangeAdvice: RangeAdvice? {
    switch advice {
    case SCYTHE_MADV_DONTNEED: .release(lockedToo: false)
    case SCYTHE_MADV_DONTNEED_LOCKED: .release(lockedToo: true)
    case SCYTHE_MADV_COLD, SCYTHE_MADV_PAGEOUT, SCYTHE_MADV_WILLNEED, SCYTHE_MADV_COLLAPSE: .kernel(advice)
    default: nil
    }
  }
}
