// SPDX-License-Identifier: GPL-2.0

internal import CScythePolicy

/// The words of a list, as a thread registered it: 64 or 32 bits wide. `struct robust_list_head` is a link, the
/// distance from an entry to its futex, and the entry that is being locked or unlocked; an entry begins with its link.
private struct ListLayout {
  let wordBytes: UInt32
  /// The head of a 32-bit list has an address of 32 bits, and so has whatever is computed from it.
  let addressMask: UInt

  static var native: ListLayout { ListLayout(wordBytes: 8, addressMask: .max) }
  static var compat: ListLayout { ListLayout(wordBytes: 4, addressMask: 0xffff_ffff) }

  /// Bit 0 of a link marks a futex with priority inheritance.
  func entry(_ word: UInt) -> UInt { word & ~1 & addressMask }
}

extension PageSet {
  /// Collects what exit will read for robust mutexes.
  ///
  /// Exit follows the list of every thread through the victim's own memory (`exit_robust_list`). A mutex that another
  /// process waits for may come behind any number of private ones, so each page on the way counts, in any mapping.
  ///
  /// What cannot be read because somebody has released it, exit cannot read either.
  ///
  /// - Returns: 0 or a negated errno.
  mutating func gather<K: Kernel>(_ kernel: K) -> Int {
    // Without users there is no thread left that has not walked its list.
    if kernel.hold() == 0 { return 0 }
    var result = gather(kernel, .native)
    if result == 0 { result = gather(kernel, .compat) }
    kernel.letGo()
    return result
  }

  private mutating func gather<K: Kernel>(_ kernel: K, _ form: ListHeads.Form) -> Int {
    let layout = form == .native ? ListLayout.native : ListLayout.compat
    var above: UInt = 0
    while true {
      var heads = unsafe ListHeads(room: kernel.headsRoom(), form: form, above: above)
      kernel.forEachThread(&heads)
      var next = 0
      while next < heads.count {
        if kernel.callerIsKilled() != 0 { return failure(SCYTHE_EINTR) }
        let followed = follow(kernel, heads[next], layout)
        if followed != 0 { return followed }
        next = next &+ 1
      }
      if !heads.isFull { return 0 }
      above = heads[heads.count &- 1]
    }
  }

  /// One list, in the steps of exit.
  private mutating func follow<K: Kernel>(_ kernel: K, _ head: UInt, _ layout: ListLayout) -> Int {
    let word = UInt(truncatingIfNeeded: layout.wordBytes)
    var link: UInt = 0
    var futexOffset: UInt = 0
    var pendingWord: UInt = 0
    var error = kernel.readWord(head, layout, &link)
    if error == 0 { error = kernel.readWord(head &+ word, layout, &futexOffset) }
    if error == 0 { error = kernel.readWord(head &+ 2 &* word, layout, &pendingWord) }
    if error != 0 { return unreadable(kernel, error) }

    var entry = layout.entry(link)
    let pending = layout.entry(pendingWord)
    // Exit finds the same nothing in a page that is gone: most threads' heads are like this, and need no page spared.
    if entry == head && pending == 0 { return 0 }
    if !insert(kernel, address: head, bytes: 3 &* word) { return failure(SCYTHE_EAGAIN) }
    var left = SCYTHE_ROBUST_LIST_LIMIT
    while entry != head && entry != 0 && left != 0 {
      if !insert(kernel, address: entry, bytes: word) || !insertFutex(kernel, of: entry, futexOffset, layout) {
        return failure(SCYTHE_EAGAIN)
      }
      error = kernel.readWord(entry, layout, &link)
      if error != 0 { return unreadable(kernel, error) }
      entry = layout.entry(link)
      left = left &- 1
    }
    if pending != 0 && !insertFutex(kernel, of: pending, futexOffset, layout) { return failure(SCYTHE_EAGAIN) }
    return 0
  }

  private mutating func insertFutex<K: Kernel>(
    _ kernel: K, of entry: UInt, _ futexOffset: UInt, _ layout: ListLayout
  ) -> Bool {
    insert(kernel, address: (entry &+ futexOffset) & layout.addressMask, bytes: 4)
  }

  /// A list whose end is not known may go anywhere, unless it was released: perhaps only just now, by another caller.
  private func unreadable<K: Kernel>(_ kernel: K, _ error: Int32) -> Int {
    if error == 0 &- SCYTHE_EINTR { return Int(error) }
    let isReleased = kernel.memoryFacts() & SCYTHE_MEMORY_UNSTABLE != 0
    return isReleased && error == 0 &- SCYTHE_EFAULT ? 0 : failure(SCYTHE_EAGAIN)
  }
}

extension Kernel {
  fileprivate func readWord(_ address: UInt, _ layout: ListLayout, _ word: inout UInt) -> Int32 {
    word = 0
    return unsafe withUnsafeMutablePointer(to: &word) { unsafe read(address, into: $0, count: layout.wordBytes) }
  }
}
