// SPDX-License-Identifier: GPL-2.0

import CScythePolicy
import ExtensionPolicy

let page: UInt = 4096
let megabyte: UInt = 1 << 20

func bits(_ flags: Int32...) -> UInt32 { flags.reduce(0) { $0 | UInt32($1) } }

/// A target in an array, with the rules that the shim has to be called by: a breach is written down.
@safe final class FakeKernel: Kernel {
  struct Area {
    var start: UInt
    var end: UInt
    var facts: UInt32 = SCYTHE_AREA_ANONYMOUS
    /// Whether the kernel's own advice fits it, though its facts do not tell.
    var isWilling = true
  }

  struct Thread {
    var native: UInt = 0
    var compat: UInt = 0
  }

  // The caller and its vector.
  var vector: [scythe_range] = []
  var importAnswer: Int32 = 0
  var unreadableElement: Int?
  /// After so many looks the caller has a fatal signal.
  var killedAfter = Int.max

  // The target.
  var areas: [Area] = []
  var threads: [Thread] = [Thread()]
  var bytes: [UInt: UInt8] = [:]
  var unreadableAnswer: Int32 = -SCYTHE_EFAULT
  var openAnswer: Int32 = 0
  var checkAnswer = 0
  var isTargetDying = true
  var facts: UInt32 = 0
  var hasUsers = true
  /// From the so many-th hold of the lock on, exit is through with the memory.
  var reapedAtLock = Int.max
  /// After so many looks everybody else has left.
  var abandonedAfter = Int.max
  var adviceErrors: [Int32] = []
  var hasRoom = true

  // What was done.
  private(set) var breaches: [String] = []
  private(set) var released: [Range<UInt>] = []
  private(set) var advised: [Range<UInt>] = []
  private(set) var adviceCalls: [Range<UInt>] = []
  private(set) var originalCalls = 0
  private(set) var settled = 0
  private(set) var marked = 0
  private(set) var locks = 0
  private(set) var threadWalks = 0
  /// The most bytes that were released in one hold of the lock.
  private(set) var longestHold: UInt = 0
  private var holdBytes: UInt = 0
  private var isLocked = false
  private var isHeld = false
  private var area: Area?
  private var nextIndex = 0
  private var killLooks = 0
  private var abandonLooks = 0
  private let heads = UnsafeMutablePointer<UInt>.allocate(capacity: Int(SCYTHE_HEADS))
  private let sparedRoom = UnsafeMutablePointer<UInt>.allocate(capacity: Int(SCYTHE_PMADV_ROBUST_PAGES))

  deinit {
    unsafe heads.deallocate()
    unsafe sparedRoom.deallocate()
  }

  private func require(_ condition: Bool, _ breach: @autoclosure () -> String) {
    if !condition { breaches.append(breach()) }
  }

  /// What is left behind by a call that has returned.
  var isClean: Bool { !isLocked && !isHeld && breaches.isEmpty }

  func original() -> Int {
    require(!isLocked, "original under the lock")
    originalCalls += 1
    return -22
  }
  func check(advice: Int32) -> Int { checkAnswer }
  func importVector() -> Int32 { importAnswer }
  func nextElement(_ element: inout scythe_range) -> Int32 {
    guard nextIndex < vector.count else { return 0 }
    element = vector[nextIndex]
    nextIndex += 1
    return 1
  }
  func copyElement(_ index: UInt, _ element: inout scythe_range) -> Int32 {
    if Int(index) == unreadableElement { return -SCYTHE_EFAULT }
    element = vector[Int(index)]
    return 0
  }

  func openForAdvice() -> Int32 { openAnswer }
  func openForRelease() -> Int32 { openAnswer }
  func memoryFacts() -> UInt32 { facts | (locks >= reapedAtLock ? SCYTHE_MEMORY_REAPED : 0) }
  func isDying() -> Int32 { isTargetDying ? 1 : 0 }
  func settle() {
    require(!isLocked && isTargetDying, "settled \(isLocked ? "under the lock" : "a live target")")
    settled += 1
  }
  func markUnstable() {
    require(isLocked && isTargetDying, "marked without the lock, or a live target")
    marked += 1
  }

  func hold() -> Int32 {
    require(settled > 0, "lists are read of threads that may still run")
    isHeld = hasUsers
    return hasUsers ? 1 : 0
  }
  func letGo() {
    require(isHeld, "let go without a hold")
    isHeld = false
  }
  func forEachThread(_ heads: inout ListHeads) {
    threadWalks += 1
    for thread in threads { heads.see(native: thread.native, compat: thread.compat) }
  }
  func read(_ address: UInt, into room: UnsafeMutableRawPointer, count: UInt32) -> Int32 {
    require(isHeld && !isLocked, "a read without a hold, or under the lock")
    for offset in 0..<UInt(count) {
      guard let byte = bytes[address &+ offset] else { return unreadableAnswer }
      unsafe room.storeBytes(of: byte, toByteOffset: Int(offset), as: UInt8.self)
    }
    return 0
  }
  func headsRoom() -> UnsafeMutablePointer<UInt> { unsafe heads }
  func pagesRoom() -> UnsafeMutablePointer<UInt>? { unsafe hasRoom ? sparedRoom : nil }

  func lock() -> Int32 {
    require(!isLocked && !isHeld, "locked twice, or while memory is held")
    isLocked = true
    locks += 1
    holdBytes = 0
    return 0
  }
  func unlock() {
    require(isLocked, "unlocked without a lock")
    isLocked = false
    area = nil
  }
  func nextArea(_ address: UInt, _ next: inout scythe_area) -> Int32 {
    require(isLocked, "mappings are looked at without the lock")
    var low = 0
    var high = areas.count
    while low < high {
      let middle = (low + high) / 2
      if areas[middle].end > address { high = middle } else { low = middle + 1 }
    }
    area = low < areas.count ? areas[low] : nil
    guard let area else { return 0 }
    next = scythe_area(start: area.start, end: area.end, facts: area.facts)
    return 1
  }
  func zap(_ start: UInt, _ length: UInt) {
    require(isLocked && marked > 0, "a release without the lock or the mark")
    require(length > 0 && start % page == 0 && length % page == 0, "released \(start), \(length)")
    if let area {
      require(start >= area.start && start + length <= area.end, "released \(start), \(length), not of one mapping")
    } else {
      require(false, "released without a mapping")
    }
    holdBytes += length
    longestHold = max(longestHold, holdBytes)
    released.append(start..<start + length)
  }
  func advise(_ start: UInt, _ length: UInt, _ advice: Int32) -> Int32 {
    require(!isLocked && length > 0, "advice under the lock, or for nothing")
    adviceCalls.append(start..<start + length)
    if !adviceErrors.isEmpty { return adviceErrors.removeFirst() }
    var at = start
    var sawHole = false
    for area in areas where area.end > start && area.start < start + length {
      sawHole = sawHole || area.start > at
      if !area.isWilling { return -SCYTHE_EINVAL }
      at = min(area.end, start + length)
      advised.append(max(area.start, start)..<at)
    }
    return sawHole || at < start + length ? -SCYTHE_ENOMEM : 0
  }
  func isAbandoned() -> Int32 {
    abandonLooks += 1
    return abandonLooks > abandonedAfter ? 1 : 0
  }
  func callerIsKilled() -> Int32 {
    killLooks += 1
    return killLooks > killedAfter ? 1 : 0
  }
}

extension FakeKernel {
  /// Makes a call, as the shim would.
  func call(
    pidfd: Int32 = 3, count: Int? = nil, advice: Int32 = SCYTHE_MADV_DONTNEED, flags: UInt32 = bits(PMADV_FLAG_RANGE)
  ) -> Int {
    nextIndex = 0
    let arguments = scythe_arguments(
      vector: vector.isEmpty ? 0 : 0x1000, count: UInt(count ?? vector.count), pidfd: pidfd, advice: advice,
      flags: flags)
    return answer(arguments, self)
  }

  /// Whether exactly these pages were; a failure does not print them all.
  func hasReleased(_ expected: Set<UInt>) -> Bool { pages(released) == expected }
  /// Whether exactly these pages were.
  func hasAdvised(_ expected: Set<UInt>) -> Bool { pages(advised) == expected }

  /// Writes a word of the target's memory.
  func put(_ word: UInt, at address: UInt, count: Int = 8) {
    for offset in 0..<count { bytes[address + UInt(offset)] = UInt8(truncatingIfNeeded: word >> (8 * UInt(offset))) }
  }
}

/// The pages of ranges, each once.
func pages(_ ranges: [Range<UInt>]) -> Set<UInt> {
  var all: Set<UInt> = []
  for range in ranges {
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Int(page)) { all.insert(start) }
  }
  return all
}
