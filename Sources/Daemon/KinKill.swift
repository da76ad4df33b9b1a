import ScytheLinux
import ScythePolicy
import ScytheReaper

// How a fork bomb dies. While one member is examined and released as another victim would be, its siblings fork more than
// that brings back; so SIGKILL goes to everybody first, and again to whoever is new, until nobody is.
extension KillLane {
  /// For how long members may be found that are new, and those that are dead may take to leave.
  private static var mostNanoseconds: Int64 { Int64(PolicyConstants.kinCreditNanoseconds) }
  /// If nobody has left for so long, those that are there cannot run: they are released as other victims are.
  private static var stillNanoseconds: Int64 { 1_000_000_000 }
  /// Between two lists of the processes,
  private static var roundNanoseconds: Int64 { 10_000_000 }
  /// and this many times as long as one took: those that are to exit need the CPU.
  private static var restTimes: Int64 { 4 }

  /// Kills a fork bomb, member by member, until none is new and all have left.
  mutating func killKin() throws(ReaperError) {
    let begun = kernel.nowNanoseconds
    let heldBytes = self.heldBytes
    // Before it is dead, so that it can be said what it had.
    select(order.victim.pid, order.victim.startTicks)
    var killed = killMembersAtOnce()
    let delivered = kernel.nowNanoseconds
    var round = try killFoundMembers()
    // Who has the signal forks no more; a release, which may have to wait, comes after the last of them.
    while round.killed > 0, kernel.nowNanoseconds < begun + KillLane.mostNanoseconds {
      killed += round.killed
      round = try killFoundMembers()
    }
    if reaper.victimCount > 0 {
      // Those that were forked last have most, and share least of it; where all exit at the same time, memory comes back
      // with the last of them. With this and a real-time sampler the worst stall of an emulated guest with zram was 4 to
      // 13 s in four runs, with neither 10 to 21 s in three; this alone did not end the long ones.
      try? selectMembers()
      // Relatives by fork have equal sizes, and thousands of pairs to compare.
      reaper.planAlone()
      try strike()
    }
    let (late, areGone) = try waitForMembers(since: begun)
    killed += late
    if killed == 0, outcome.report == nil { throw .noSuchProcess(order.victim.pid) }
    outcome.result = .killed
    outcome.deliveredNanoseconds = delivered
    outcome.summary.victims = max(killed, outcome.summary.victims)
    // Members count what they share since they were forked, each of them: what came back is what nobody holds any more.
    let expected = order.victim.expectedBytes
    outcome.summary.bytesBack = min(expected, heldBytes.minus(self.heldBytes))
    outcome.summary.left = LeftBytes()
    if !areGone { outcome.summary.left.privateBytes = expected.minus(outcome.summary.bytesBack) }
  }

  /// All the anonymous memory that there is.
  private var heldBytes: UInt64 {
    guard let file = try? kernel.procfs.openMemoryInformation(),
      let (information, kinds) = try? Procfs.memoryInformationAndKinds(from: file)
    else { return 0 }
    return kinds.anonymousBytes.plus(information.swapTotalBytes.minus(information.swapFreeBytes))
  }

  /// Waits until all members have left, and kills who was overlooked.
  ///
  /// - Returns: how many got a signal, and whether nobody is left.
  private mutating func waitForMembers(since begun: Int64) throws(ReaperError) -> (killed: Int, areGone: Bool) {
    var killed = 0
    var least = Int.max
    var progressed = kernel.nowNanoseconds
    while kernel.nowNanoseconds < begun + KillLane.mostNanoseconds {
      let listed = kernel.nowNanoseconds
      let round = try killFoundMembers()
      killed += round.killed
      let isHurried = FileDescriptor.isReadable(hurry.descriptor.number)
      if round.killed == 0, round.leaving == 0 || isHurried { return (killed, round.leaving == 0) }
      let now = kernel.nowNanoseconds
      if round.killed > 0 || round.leaving < least { progressed = now }
      least = round.leaving
      if now - progressed >= KillLane.stillNanoseconds {
        // They may leave all the same: somebody else dies for nothing if they are waited for no longer.
        try releaseMembers()
        progressed = kernel.nowNanoseconds
      }
      let rest = max(KillLane.roundNanoseconds, (now - listed) * KillLane.restTimes)
      MonotonicClock.sleep(nanoseconds: min(rest, KillLane.stillNanoseconds))
    }
    return (killed, false)
  }

  /// Sends SIGKILL to all members that are found in the list of processes and have not got it yet.
  ///
  /// - Returns: how many those were, and how many have it already and still have memory.
  private func killFoundMembers() throws(ReaperError) -> (killed: Int, leaving: Int) {
    try unsafe store.pointee.lendRules { (rules) throws(ReaperError) in try killFoundMembers(rules) }
  }

  private func killFoundMembers(_ rules: PolicyRules) throws(ReaperError) -> (killed: Int, leaving: Int) {
    guard case .kin(let since) = order.victim.scope else { return (0, 0) }
    var killed = 0
    var leaving = 0
    do throws(Errno) {
      try kernel.procfs.forEachProcess { (pid) throws(Errno) in
        guard let stat = try? kernel.procfs.stat(of: pid), stat.startTicks >= since, isOfBomb(stat, since) else {
          return true
        }
        if stat.isExiting {
          // Its memory goes on being freed when it no longer has any by its own account.
          if !stat.isZombie { leaving += 1 }
          return true
        }
        guard let status = try? kernel.procfs.status(of: pid), status.userID == order.victim.userID else { return true }
        if status.isKillPending {
          leaving += 1
        } else if mayDie(stat, status.userID, rules),
          (try? reaper.killAtOnce(pid, startTicks: stat.startTicks)) != nil
        {
          killed += 1
        }
        return true
      }
    } catch {
      throw .kernel(error)
    }
    return (killed, leaving)
  }

  /// Whether it has the name of the bomb, or its parent has: a member may run another program.
  private func isOfBomb(_ stat: ProcessStat, _ since: UInt64) -> Bool {
    if stat.name == order.victim.name { return true }
    guard let parent = try? kernel.procfs.stat(of: stat.parent) else { return false }
    return parent.name == order.victim.name && parent.startTicks >= since
  }

  /// Whether it is in the unit of the bomb, and nothing is known of it that forbids its death. What the table does not know
  /// is some moments old: of that the rules are asked, but for its command line, for which it would have to be waited for.
  private func mayDie(_ stat: ProcessStat, _ userID: UInt32, _ rules: PolicyRules) -> Bool {
    let names = ControlGroupNames.known(of: stat.pid, kernel.procfs)
    guard names.telling.withBytes({ ControlGroupName(parsing: $0).unit }) == order.victim.unit else { return false }
    if let mayBeKilled = isKnownToBeKillable(stat) { return mayBeKilled }
    return !rules.verdict(
      of: stat.pid, name: stat.name, userID: userID, in: names, kernel.procfs, readsCommandLine: false
    ).isNever
  }

  /// What the table says; `nil` if it does not know the process.
  private func isKnownToBeKillable(_ stat: ProcessStat) -> Bool? {
    let board = unsafe observations
    return unsafe board.pointee.lock.withLock {
      unsafe board.pointee.table.withRows { rows in
        for index in rows.indices where rows[index].pid == stat.pid && rows[index].startTicks == stat.startTicks {
          return rows[index].mayBeKilled
        }
        return nil
      }
    }
  }

  /// Releases members that are dead and do not leave.
  private mutating func releaseMembers() throws(ReaperError) {
    prepare()
    do throws(ReaperError) { try selectMembers() } catch {
      // They have left just now.
      return
    }
    reaper.planAlone()
    try strike()
  }
}
