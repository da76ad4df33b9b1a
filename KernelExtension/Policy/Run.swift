// SPDX-License-Identifier: GPL-2.0

public import CScythePolicy

/// Answers a call that `isExtended`.
///
/// - Returns: what the system call returns.
public func answer<K: Kernel>(_ arguments: scythe_arguments, _ kernel: K) -> Int {
  switch arguments.request(kernel) {
  case .query: Int(interfaceAnswer)
  case .invalid(let error): error
  case .vector(let lockedToo): releaseVector(kernel, lockedToo: lockedToo)
  case .range(let stretch, .release(let lockedToo)): releaseRange(kernel, stretch, lockedToo: lockedToo)
  case .range(let stretch, .kernel(let advice)): adviseRange(kernel, stretch, advice)
  }
}

/// How a walk over mappings ended.
enum WalkEnd {
  /// At the end of its addresses.
  case end
  /// Before it, since the budget was used up: where to go on.
  case budget(at: UInt)
  case failure(Int)

  /// What a call for a range returns.
  var answer: Int {
    switch self {
    case .end: 0
    case .budget(let address): Int(bitPattern: address)
    case .failure(let error): error
    }
  }
}

/// How far from `start` a walk goes in one step: to `end`, or to the last edge of a huge page that is within `limit`
/// bytes. Such a page is released, or moved, as a whole only.
///
/// - Returns: `start` if there is no edge so near.
func stepEnd(from start: UInt, to end: UInt, limit: UInt) -> UInt {
  if end &- start <= limit { return end }
  return max(start, (start &+ limit) & ~(hugePageBytes &- 1))
}
