import ScytheLinux
import ScythePolicy
import ScytheReaper
import ScytheTelemetry
import Synchronization

// One turn of the loop.
extension Watch {
  /// Samples, decides, and gives out what is to be done.
  ///
  /// - Parameter readsCloser: whether the decision before asked for a closer look.
  /// - Returns: when to look again; `nil` for at once, and closer.
  mutating func lookOnce(readsCloser: Bool) -> UInt64? {
    takeOutcomes()
    guard let sample = takeSample(readsCloser: readsCloser) else {
      if !isBlind { unsafe threads.scribe.pointee.say(.error, "cannot read /proc/meminfo; tries again every second") }
      isBlind = true
      return UInt64(clamping: MonotonicClock.nowNanoseconds + WatchTimes.blind)
    }
    isBlind = false
    if sample.paging.kernelKills > kernelKills {
      // Whom the kernel has killed is to be found while it still has its memory.
      unsafe threads.observations.pointee.askForLook(within: WatchTimes.closerLook)
    }
    kernelKills = sample.paging.kernelKills
    lookForNewcomers()
    let decision = decide(sample)
    if decision.rule == .emergency, decision.restraint == .occupied { hurryLanes() }
    if let event = decision.event {
      recorder.countEvent()
      unsafe threads.scribe.pointee.say(.warning, PathBuffer(event, of: decision.victim))
    }
    switch decision.action {
    case .nothing: break
    case .lookCloser:
      lookAtProcesses(for: decision)
      return nil
    case .polite(let grace): give(.ask(graceNanoseconds: Int64(clamping: grace)), decision, sample)
    case .kill: give(.kill, decision, sample)
    case .releaseKernelVictim: give(.release, decision, sample)
    }
    let pace = setPace(decision)
    // What nobody tells of is measured on, and a kill is waited for.
    let isCalm =
      pace == .calm && decision.creditBytes == 0
      && decision.pressure.fullBasisPoints < PolicyConstants.pressedFullBasisPoints
    rest.take(sample, isCalm: isCalm && hearsPressure)
    setGroupPace(decision)
    show(decision, sample)
    return decision.lookAgainAtNanoseconds
  }

  /// Puts what is so now on the status page.
  private mutating func show(_ decision: Decision, _ sample: SystemSample) {
    let board = unsafe threads.observations
    unsafe board.pointee.lock.withLock {
      let looked = unsafe board.pointee.lookedNanoseconds
      guard recorder.wantsCandidates(decision, lookedNanoseconds: looked) else { return }
      unsafe board.pointee.table.withRows { rows in
        unsafe recorder.choose(rows, policy, sample, lookedNanoseconds: looked)
      }
    }
    if recorder.countUnknownCalls() {
      unsafe threads.scribe.pointee.say(
        .warning, cannot: "make a system call that it needs", .noFunction,
        "a filter (seccomp) refuses it, or the kernel lacks it; see 'scythe doctor', and 'scythe top' for how many")
    }
    unsafe recorder.publish(decision, sample, policy.pointee.settings)
  }

  private func takeSample(readsCloser: Bool) -> SystemSample? {
    let board = unsafe threads.observations
    if !readsCloser, !isAlarmed, rest.isValid(at: UInt64(clamping: MonotonicClock.nowNanoseconds)) {
      let (slow, totals) = unsafe board.pointee.lock.withLock {
        unsafe (board.pointee.slow, board.pointee.table.totals)
      }
      if let sample = try? sampler.calmSample(rest, slow, processes: totals) { return sample }
    }
    let isCalm = unsafe board.pointee.pace.load(ordering: .relaxed) == SamplerPace.calm.rawValue
    // While calm nobody else reads it, and nothing can hold it up.
    let read = isCalm ? sampler.readSlowly() : nil
    let (slow, totals) = unsafe board.pointee.lock.withLock {
      if let read { unsafe board.pointee.slow = read }
      return unsafe (board.pointee.slow, board.pointee.table.totals)
    }
    return try? sampler.sample(readsPerCPULists: readsCloser, slow, processes: totals)
  }

  private mutating func decide(_ sample: SystemSample) -> Decision {
    let board = unsafe threads.observations
    return unsafe board.pointee.lock.withLock {
      let hasDying = unsafe board.pointee.table.hasDying
      // Longer than that the loop does not wait for one.
      let look = unsafe min(board.pointee.quickLookNanoseconds, WatchTimes.closerLook)
      unsafe policy.pointee.settings.lookNanoseconds = UInt64(clamping: look)
      unsafe policy.pointee.settings.isOccupied = areLanesFull
      unsafe board.pointee.groups.readLatest(
        at: Int64(clamping: sample.monotonicNanoseconds), readsLimits: sample.perCPUListsAreRead)
      return unsafe board.pointee.table.withRows { rows in
        if hasDying { creditStrangers(rows, at: sample.monotonicNanoseconds) }
        return unsafe board.pointee.groups.withSamples { groups in
          unsafe policy.pointee.decide(sample, rows, groups)
        }
      }
    }
  }

  /// Waits for what others have killed, systemd-oomd or a person, as for a kill of its own.
  private func creditStrangers(_ rows: Span<Candidate>, at nanoseconds: UInt64) {
    for index in rows.indices {
      let classes = rows[index].classes
      guard classes.contains(.dying), !classes.contains(.kernelVictim) else { continue }
      unsafe policy.pointee.strangerKilled(rows[index], at: nanoseconds)
    }
  }

  /// Has the processes looked at that matter, and those found who share memory with the victim, unless that was just done.
  private func lookAtProcesses(for decision: Decision) {
    let board = unsafe threads.observations
    let victim = LikelyVictim(decision)
    let before = unsafe board.pointee.likelyVictim.exchange(victim.word, ordering: .acquiringAndReleasing)
    let now = MonotonicClock.nowNanoseconds
    let startTicks = decision.victim?.startTicks ?? 0
    let (looked, isAlone) = unsafe board.pointee.lock.withLock {
      unsafe (
        board.pointee.lookedNanoseconds, board.pointee.sharers.isAlone(victim.pid, startTicks: startTicks, at: now)
      )
    }
    if before == victim.word || isAlone, now - looked < WatchTimes.freshLook { return }
    unsafe board.pointee.askForLook(within: WatchTimes.closerLook)
  }

  /// Has the sampler look as often as may matter.
  ///
  /// - Returns: how often that is.
  private func setPace(_ decision: Decision) -> SamplerPace {
    let left = decision.headroom.totalBytes.minus(decision.line.totalBytes)
    let ceiling = unsafe policy.pointee.settings.fillCeilingBytesPerSecond
    let fill = decision.line.fillBytesPerSecond
    let isPressed = MonotonicClock.nowNanoseconds < pressedUntilNanoseconds || decision.rule != nil
    // A time of nothing that is filled has no end.
    let timeLeft = fill > 0 ? left.nanoseconds(atPerSecond: fill) : .max
    var pace = SamplerPace.calm
    if isPressed || timeLeft < WatchTimes.soon || left.nanoseconds(atPerSecond: ceiling) < WatchTimes.sudden {
      pace = .alert
    }
    if decision.rule != nil || timeLeft < WatchTimes.near { pace = .urgent }
    unsafe threads.observations.pointee.setPace(pace)
    unsafe threads.watchdog.pointee.setArmed(pace != .calm)
    return pace
  }

  /// Has new processes looked at, if there are any: one may be in a control group that nobody knew of. Where memory may be
  /// short soon, the sampler looks for them by itself.
  private mutating func lookForNewcomers() {
    let board = unsafe threads.observations
    let now = MonotonicClock.nowNanoseconds
    guard unsafe board.pointee.pace.load(ordering: .relaxed) == SamplerPace.calm.rawValue,
      now - newcomersNanoseconds >= WatchTimes.newcomers, let last = try? census.lastNumber(), last != lastProcess
    else { return }
    lastProcess = last
    newcomersNanoseconds = now
    unsafe board.pointee.askForNewcomers()
  }

  /// Has the sampler read the limited groups as often as may matter, and says if there are too many.
  private mutating func setGroupPace(_ decision: Decision) {
    let board = unsafe threads.observations
    let isAlarmed = MonotonicClock.nowNanoseconds < groupsAlarmedUntilNanoseconds
    let (read, leftOut) = unsafe board.pointee.lock.withLock {
      unsafe (board.pointee.groupsReadNanoseconds, board.pointee.groupsLeftOut)
    }
    unsafe board.pointee.setGroupPace(
      max(decision.groupUrgency, isAlarmed ? .alert : .calm), readNanoseconds: read)
    if leftOut > groupsLeftOut {
      var line = PathBuffer()
      line.append(decimal: leftOut)
      line.append(" control groups with limits are not watched: ")
      line.append(decimal: GroupTable.capacity)
      line.append(" are; the kernel looks after the others")
      unsafe threads.scribe.pointee.say(.warning, line)
    }
    groupsLeftOut = max(groupsLeftOut, leftOut)
  }

  // MARK: Orders

  private mutating func give(_ kind: KillOrder.Kind, _ decision: Decision, _ sample: SystemSample) {
    guard let victim = decision.victim else { return }
    var order = KillOrder()
    order.kind = kind
    order.victim = victim
    order.facts = unsafe DecisionFacts(decision, sample, policy.pointee.settings)
    order.facts.scoreAdjustment = adjustment(of: victim)
    if unsafe policy.pointee.settings.isObserving {
      tell(order)
      return
    }
    // It was asked to end, and is waited for no longer, unless it does.
    for index in 0..<WatchThreads.laneCount where unsafe threads.lanes[index].asks(victim) {
      if unsafe threads.lanes[index].isEnding { return }
      unsafe threads.lanes[index].hurry.signal()
    }
    if give(order) { return }
    if pending != nil {
      unsafe policy.pointee.signalFailed(victim.pid, startTicks: victim.startTicks)
      return
    }
    // The policy chooses nobody while the lanes are full: this is whom it has asked to end, and who did not.
    order.hasWaited = true
    pending = order
  }

  /// Has the lanes end what they do: somebody who waits for a victim that takes its time is worth less than a kill that has
  /// not begun.
  private func hurryLanes() {
    for index in 0..<WatchThreads.laneCount { unsafe threads.lanes[index].hurry.signal() }
  }

  /// Says who would have been killed; of the same one not again and again while nothing is done about it.
  private mutating func tell(_ order: KillOrder) {
    let now = order.facts.decidedNanoseconds
    if let told, told.victim.isSame(as: order.victim), now - told.facts.decidedNanoseconds < WatchTimes.told { return }
    told = order
    recorder.enter(KillRecord(wouldCarryOut: order))
    unsafe threads.scribe.pointee.say(.notice, PathBuffer(wouldCarryOut: order))
  }

  /// Gives an order to a lane that has nothing to do.
  private mutating func give(_ order: KillOrder) -> Bool {
    for index in 0..<WatchThreads.laneCount where unsafe (threads.lanes + index).pointee.give(order) { return true }
    return false
  }

  private func isBusy(_ lane: Int) -> Bool {
    unsafe threads.lanes[lane].state.pointee.load(ordering: .acquiring) != LaneState.idle
  }

  /// Whether a kill would have to wait.
  private var areLanesFull: Bool {
    if pending != nil { return true }
    for index in 0..<WatchThreads.laneCount where !isBusy(index) { return false }
    return true
  }

  var areLanesBusy: Bool {
    for index in 0..<WatchThreads.laneCount where isBusy(index) { return true }
    return false
  }

  private func adjustment(of victim: Victim) -> Int16 {
    let board = unsafe threads.observations
    return unsafe board.pointee.lock.withLock {
      unsafe board.pointee.table.withRows { rows in
        victim.row < rows.count && rows[victim.row].pid == victim.pid ? rows[victim.row].scoreAdjustment : 0
      }
    }
  }

  // MARK: Outcomes

  /// Takes down what lanes have done, and gives them what waits.
  mutating func takeOutcomes() {
    for index in 0..<WatchThreads.laneCount {
      let lane = unsafe threads.lanes + index
      guard unsafe lane.pointee.state.pointee.load(ordering: .acquiring) == LaneState.done else { continue }
      unsafe take(lane.pointee.outcome, of: lane.pointee.order)
      unsafe lane.pointee.state.pointee.store(LaneState.idle, ordering: .releasing)
    }
    if let order = pending, give(order) { pending = nil }
  }

  private mutating func take(_ outcome: KillOutcome, of order: KillOrder) {
    let victim = order.victim
    unsafe threads.observations.pointee.setVictim(victim.pid, isBeingKilled: false)
    switch outcome.result {
    case .killed where outcome.summary.isCancelled:
      unsafe policy.pointee.killGivenUp(
        victim.pid, startTicks: victim.startTicks, bytesBack: outcome.summary.bytesBack)
    case .killed:
      unsafe policy.pointee.killEnded(victim.pid, startTicks: victim.startTicks, bytesBack: outcome.summary.bytesBack)
      unsafe policy.pointee.settings.learn(outcome, of: order)
    case .ended:
      // Of one that was not released nothing is known but that it is dead.
      let bytes = outcome.hasSummary ? outcome.summary.bytesBack : victim.expectedBytes
      unsafe policy.pointee.killEnded(victim.pid, startTicks: victim.startTicks, bytesBack: bytes)
    case .stayed: break
    case .refused(let error):
      unsafe policy.pointee.signalFailed(victim.pid, startTicks: victim.startTicks)
      // Whom the kernel has killed may have left before anybody could help; there is nothing to tell.
      if order.kind.isRelease, error.isGone { return }
    }
    recorder.enter(KillRecord(outcome, of: order))
    var priority = MessagePriority.warning
    if case .refused = outcome.result { priority = .error }
    unsafe threads.scribe.pointee.say(priority, PathBuffer(outcome, of: order))
    if outcome.hasSummary, !order.kind.isRelease { sayStatus(lastKill: outcome, of: order) }
  }

  private func sayStatus(lastKill outcome: borrowing KillOutcome, of order: KillOrder) {
    var status = unsafe PathBuffer(statusOf: policy.pointee.settings)
    status.append(lastKillOf: order.victim, bytesBack: outcome.summary.bytesBack)
    notifier.say(status: status)
  }
}

extension DecisionFacts {
  /// A release that shares its CPU has half of it, or less: filling at a quarter of the speed of one that does not share,
  /// others have to wait.
  private static var pressingShare: UInt64 { 4 }

  init(_ decision: Decision, _ sample: SystemSample, _ settings: PolicySettings) {
    rule = decision.rule ?? .floor
    sampledNanoseconds = Int64(clamping: sample.monotonicNanoseconds)
    decidedNanoseconds = MonotonicClock.nowNanoseconds
    headroomBytes = decision.group?.headroomBytes ?? decision.headroom.totalBytes
    lineBytes = decision.group?.lineBytes ?? decision.line.totalBytes
    groupLimitBytes = decision.group?.limitBytes ?? 0
    fillBytesPerSecond = decision.group?.fillBytesPerSecond ?? decision.line.fillBytesPerSecond
    fullBasisPoints = decision.pressure.fullBasisPoints
    // Where only a control group is out of memory, its own members wait for the release.
    isPressing =
      rule == .emergency
      || rule != .group && fillBytesPerSecond >= settings.releaseBytesPerSecond / DecisionFacts.pressingShare
  }
}

extension PolicySettings {
  /// What a release must free for its speed to say something, in bytes.
  private static var leastMeasured: UInt64 { 64 << 20 }

  /// Learns from a kill how long a signal takes and how fast memory comes back.
  fileprivate mutating func learn(_ outcome: KillOutcome, of order: KillOrder) {
    // One that waited for a lane, and a release of whom the kernel has killed, say nothing of it.
    if !order.hasWaited, !order.kind.isRelease, outcome.deliveredNanoseconds > order.facts.sampledNanoseconds {
      let latency = UInt64(outcome.deliveredNanoseconds - order.facts.sampledNanoseconds)
      // Quick to grow, slow to shrink: one kill on an idle machine says little about a busy one.
      latencyNanoseconds = max(
        max(latency, latencyNanoseconds / 4 * 3), PolicyConstants.unmeasuredLatencyNanoseconds)
    }
    if let report = outcome.report, report.releaseNanoseconds > 0, report.bytesBack >= Self.leastMeasured {
      let speed = report.bytesBack.perSecond(within: UInt64(report.releaseNanoseconds))
      releaseBytesPerSecond = max(WatchStart.leastRelease, releaseBytesPerSecond / 2 + speed / 2)
    }
  }
}
