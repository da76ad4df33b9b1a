import ScytheLinux
import ScytheReclaim

// Still before any signal: who shares the memory of a victim, and in which order the victims die.
extension Reaper {
  /// Finds who else uses the memory of the victims, and settles the order. After the signal nobody can find a sharer any
  /// more, and while one lives nothing is released.
  ///
  /// - Parameter killsSharers: whether they become victims too.
  /// - Throws: `ReaperError.sharedMemory` if there are some and they may not die; `.sharerUntouchable`.
  public mutating func plan(killsSharers: Bool) throws(ReaperError) {
    if isPlanned { return }
    try linkSharers(killsSharers: killsSharers)
    sortOrder()
    isPlanned = true
  }

  /// Settles the order without looking for sharers, which takes 10 us for every process of the machine: for a caller who
  /// knows that there are none.
  public mutating func planAlone() {
    sortOrder()
    isPlanned = true
  }

  private mutating func linkSharers(killsSharers: Bool) throws(ReaperError) {
    let kernel = unsafe shop.pointee.kernel
    // A family of forks has sizes as equal as sharers have; thousands of them must not hold up the signal.
    var comparisonsLeft = 20_000
    var failure: ReaperError?
    do throws(Errno) {
      try kernel.procfs.forEachProcess { (pid) throws(Errno) in
        // Kernel threads have no memory, or borrow one for a moment.
        guard let other = try? kernel.procfs.stat(of: pid), other.virtualBytes > 0, !other.isKernelThread else {
          return true
        }
        for row in firstRow..<(unsafe shop.pointee.victims.count) {
          let victim = unsafe shop.pointee.victims[row].stat
          if victim.pid == pid { continue }
          // The size of one that runs may change between two reads; relatives are compared whatever it is.
          let areRelated = other.parent == victim.pid || victim.parent == pid
          guard areRelated || (other.virtualBytes == victim.virtualBytes && comparisonsLeft > 0) else { continue }
          comparisonsLeft -= 1
          guard isMemoryShared(between: row, and: pid) else { continue }
          do throws(ReaperError) {
            try link(pid, with: row, killsSharers: killsSharers)
          } catch {
            failure = error
          }
          return failure == nil
        }
        return true
      }
    } catch {
      throw .kernel(error)
    }
    if let failure { throw failure }
  }

  private func isMemoryShared(between row: Int, and pid: PID) -> Bool {
    do throws(Errno) {
      return try unsafe shop.pointee.kernel.isMemoryShared(between: shop.pointee.victims[row].pid, and: pid)
    } catch {
      // One that is gone shares nothing any more.
      if error != .noSuchProcess { unsafe shop.pointee.victims[row].isUnsureOfSharers = true }
      return false
    }
  }

  private mutating func link(_ pid: PID, with row: Int, killsSharers: Bool) throws(ReaperError) {
    let victim = unsafe shop.pointee.victims[row].pid
    var sharer = self.row(of: pid)
    if sharer == nil {
      guard killsSharers else {
        throw unsafe .sharedMemory(victim, with: Sharers(of: victim, shop.pointee.kernel))
      }
      do throws(ReaperError) {
        sharer = try add(pid, origin: .sharer, startTicks: nil)
      } catch {
        switch error {
        case .untouchable(_, let reason): throw .sharerUntouchable(victim, sharer: pid, reason)
        // Dead by now: nothing is shared any more.
        case .noSuchProcess, .alreadyDead: return
        default: throw error
        }
      }
    }
    guard let sharer else { return }
    unsafe shop.pointee.victims[row].sharesMemory = true
    unsafe shop.pointee.victims[sharer].sharesMemory = true
    // The lowest row stands for all: whichever way two groups meet, they become one.
    let first = unsafe min(shop.pointee.victims[row].space, shop.pointee.victims[sharer].space)
    let second = unsafe max(shop.pointee.victims[row].space, shop.pointee.victims[sharer].space)
    for index in firstRow..<(unsafe shop.pointee.victims.count)
    where unsafe shop.pointee.victims[index].space == second {
      unsafe shop.pointee.victims[index].space = first
    }
  }

  /// Sorts the victims of this kill by what their death returns: insertion, since most kills have one victim and the
  /// largest tables a few thousand.
  private func sortOrder() {
    let count = unsafe shop.pointee.order.count
    guard count - firstRow > 1 else { return }
    for place in (firstRow + 1)..<count {
      let row = unsafe shop.pointee.order[place]
      let bytes = unsafe shop.pointee.victims[row].before.releasableBytes
      var free = place
      while free > firstRow {
        let previous = unsafe shop.pointee.order[free - 1]
        guard unsafe shop.pointee.victims[previous].before.releasableBytes < bytes else { break }
        unsafe shop.pointee.order[free] = previous
        free -= 1
      }
      unsafe shop.pointee.order[free] = row
    }
  }
}
