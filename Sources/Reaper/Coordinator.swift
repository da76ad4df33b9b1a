import ScytheLinux
import ScytheReclaim
import Synchronization

/// The course of one kill; moments are nanoseconds of the monotonic clock.
struct KillRun {
  var options = KillOptions()
  var startNanoseconds: Int64 = 0
  /// When SIGKILL went out; 0 before.
  var killNanoseconds: Int64 = 0
  /// When the first signal went out, whichever it was: times are counted from here.
  var signalNanoseconds: Int64 = 0
  var deadlineNanoseconds: Int64 = 0
  /// The next place of the order to be handed to an executor.
  var nextPlace = 0
  var hasSignalledAll = false
  var roundsLeft = ReaperLimits.mostRounds
  var isCancelled = false
}

extension Reaper {
  /// Kills the selected processes and releases their memory.
  ///
  /// Steps: a polite signal, if asked for; SIGKILL to all, the largest first; for each memory the robust check and the
  /// release, the largest first; the rescue of those that are frozen; then the wait until all is back, or the deadline.
  /// Never blocks for longer than the grace and the deadline together, whatever the victims are stuck in.
  ///
  /// - Parameters:
  ///   - options: how.
  ///   - killsSharers: whether processes that share a victim's memory die with it.
  /// - Returns: the sum; ``report(at:)`` tells about each victim.
  /// - Throws: as ``plan(killsSharers:)``; nothing has been signalled then.
  public mutating func kill(
    _ options: KillOptions = KillOptions(), killsSharers: Bool = false
  ) throws(ReaperError) -> KillSummary {
    try plan(killsSharers: killsSharers)
    let kernel = unsafe shop.pointee.kernel
    run = KillRun()
    run.options = options.bounded
    run.startNanoseconds = kernel.nowNanoseconds
    run.nextPlace = firstRow
    if let cancellation = options.cancellation {
      try? unsafe shop.pointee.queue.add(borrowed: cancellation, key: EventKey.cancellation)
    }
    watch(from: firstRow)
    let known = unsafe shop.pointee.victims.count
    if run.options.signal != .kill { askPolitely() }
    if !run.isCancelled {
      stopTrees()
      addLateMembers()
      watch(from: known)
      run.killNanoseconds = kernel.nowNanoseconds
      if run.signalNanoseconds == 0 { run.signalNanoseconds = run.killNanoseconds }
      run.deadlineNanoseconds = run.killNanoseconds + run.options.deadlineNanoseconds
      dispatch()
      while !isOver { takeStep() }
      // However short the deadline was, nobody is spared by it.
      if !run.hasSignalledAll { signalAll() }
    }
    unwatch()
    if let cancellation = options.cancellation { unsafe shop.pointee.queue.remove(borrowed: cancellation) }
    Freezer.removeRescueGroup(kernel.procfs)
    return summary()
  }

  /// Waits for something to happen, and acts on it.
  private mutating func takeStep() {
    let now = unsafe shop.pointee.kernel.nowNanoseconds
    collectEvents(timeoutNanoseconds: max(0, nextMoment(now) - now))
    if run.hasSignalledAll { signalNewMembers() }
    attendExecutors()
    dispatch()
  }

  // MARK: The polite signal

  /// Sends the polite signal and waits until all are dead, the grace is over, or memory falls: SIGKILL must not come
  /// too late because somebody is polite.
  private mutating func askPolitely() {
    let kernel = unsafe shop.pointee.kernel
    let availableBefore = (try? kernel.procfs.memoryInformation())?.availableBytes ?? 0
    run.signalNanoseconds = kernel.nowNanoseconds
    for place in firstRow..<(unsafe shop.pointee.order.count) {
      let row = unsafe shop.pointee.order[place]
      try? kernel.send(run.options.signal, to: unsafe shop.pointee.victims[row].process)
    }
    let end = run.signalNanoseconds + run.options.graceNanoseconds
    let floor = availableBefore / ReaperLimits.fallDenominator * ReaperLimits.fallNumerator
    while !areAllDead, !run.isCancelled {
      let now = kernel.nowNanoseconds
      if now >= end { return }
      let available = (try? kernel.procfs.memoryInformation())?.availableBytes ?? .max
      if available < floor { return }
      collectEvents(timeoutNanoseconds: min(end - now, ReaperLimits.politePollNanoseconds))
    }
  }

  // MARK: Trees

  /// Stops every process of a tree, and what it has forked until its stop took effect, so that the tree is whole when it
  /// is killed: a child whose parent has died already belongs to no tree.
  private mutating func stopTrees() {
    let kernel = unsafe shop.pointee.kernel
    var hasTree = false
    for row in firstRow..<(unsafe shop.pointee.victims.count) where unsafe shop.pointee.victims[row].origin == .tree {
      hasTree = true
      try? kernel.send(.stop, to: unsafe shop.pointee.victims[row].process)
    }
    guard hasTree else { return }
    for _ in 0..<ReaperLimits.mostRounds {
      // A full table is no reason to let the others live.
      guard let added = try? addDescendants(stopping: true), added > 0 else { break }
    }
  }

  // MARK: Members that appear late

  /// Signals who has joined a dying cgroup since it was looked at, until none is new: what was being forked when the
  /// signal came is found here.
  private mutating func signalNewMembers() {
    guard run.roundsLeft > 0 else { return }
    let before = unsafe shop.pointee.victims.count
    addLateMembers()
    let after = unsafe shop.pointee.victims.count
    run.roundsLeft = after > before ? run.roundsLeft - 1 : 0
    let kernel = unsafe shop.pointee.kernel
    for row in before..<after { unsafe shop.pointee.victims[row].kill(kernel) }
    watch(from: before)
  }

  /// Adds who has joined a selected cgroup since.
  private mutating func addLateMembers() {
    let shop = unsafe shop
    for index in firstGroup..<(unsafe shop.pointee.groups.count) {
      // A full table is no reason to let the others live.
      _ = try? addMembers(of: unsafe shop.pointee.groups[index].group)
    }
  }
}
