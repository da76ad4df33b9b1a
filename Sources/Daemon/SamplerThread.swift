import ScytheLinux
import ScythePolicy
import Synchronization

/// The thread that reads what may wait for others: processes, pressure, swap.
@safe struct SamplerThread: ~Copyable {
  private let observations: UnsafeMutablePointer<Observations>
  /// Wakes the loop.
  private let events: UnsafeMutablePointer<EventCounter>
  private let sampler: SystemSampler
  private let procfs = Procfs()
  private let store: UnsafeMutablePointer<PolicyStore>
  private var classifier: ProcessClassifier
  private var sharers = SharerWatch()
  /// How many processes the kernel's own killer had taken at the last look; `nil` before the first.
  private var kernelKills: UInt64?
  private var wholeNanoseconds: Int64 = 0
  private var quickNanoseconds: Int64 = 0
  private var slowNanoseconds: Int64 = 0
  private var groupNanoseconds: Int64 = 0
  private var groups: GroupSearch
  private var preferences: PreferenceSearch
  private let census: ProcessCensus?
  /// Whether the thread is real-time.
  private var isHurried = false
  /// How long it keeps a CPU to itself for a look that nobody waits for.
  private static var busyNanoseconds: Int64 { 10_000_000 }

  init(
    _ observations: UnsafeMutablePointer<Observations>, _ store: UnsafeMutablePointer<PolicyStore>,
    _ events: UnsafeMutablePointer<EventCounter>
  ) throws(Errno) {
    let sampler = try SystemSampler()
    let groups = try GroupSearch(
      procfs, machineBytes: sampler.machineBytes, isInContainer: sampler.isInContainer)
    let preferences = try PreferenceSearch(procfs)
    // Nothing may be thrown once one of them has its place.
    self.groups = groups
    self.preferences = preferences
    self.sampler = sampler
    // Without it, whoever has no row is taken for new.
    census = try? ProcessCensus(procfs)
    classifier = ProcessClassifier(procfs, sessions: LoginSessions())
    unsafe self.observations = unsafe observations
    unsafe self.store = unsafe store
    unsafe self.events = unsafe events
  }

  /// Reads for ever.
  mutating func run() {
    while true {
      let asked = unsafe observations.pointee.asked.pointee.load(ordering: .acquiring)
      let pace = unsafe SamplerPace(rawValue: observations.pointee.pace.load(ordering: .acquiring)) ?? .urgent
      let answered = unsafe observations.pointee.answered.pointee.load(ordering: .relaxed)
      takeUpPolicy()
      setClass(pace, isAsked: asked != answered)
      let hasLooked = takeTurn(pace, isAsked: asked != answered)
      // Whoever asks is about to kill; the next one is found before that is over.
      if hasLooked, asked != answered { searchSharers(most: SharerWatch.next) }
      unsafe observations.pointee.answered.pointee.store(asked, ordering: .releasing)
      // The loop and the lanes may wait at the same time.
      unsafe Threads.wake(observations.pointee.answered, most: .max)
      if hasLooked { searchSharers() }
      let now = MonotonicClock.nowNanoseconds
      var wait = remaining(pace.wholeNanoseconds, since: wholeNanoseconds, now)
      wait = min(wait, remaining(pace.quickNanoseconds, since: quickNanoseconds, now))
      wait = min(wait, remaining(pace.slowNanoseconds, since: slowNanoseconds, now))
      wait = min(wait, remaining(groupPace.readingNanoseconds, since: groupNanoseconds, now))
      unsafe Threads.wait(on: observations.pointee.asked, while: asked, timeoutNanoseconds: wait)
    }
  }

  /// Makes the thread real-time while somebody waits for it, or seconds decide. The kernel lets such threads have some of the
  /// memory that it keeps back: another one, which opens a file, may have to look for pages that can be dropped, and was seen
  /// to do so for 8 s among the members of a fork bomb, each of which every page has to be asked for.
  private mutating func setClass(_ pace: SamplerPace, isAsked: Bool) {
    let isHurried = isAsked || pace == .urgent
    guard isHurried != self.isHurried else { return }
    self.isHurried = isHurried
    if isHurried { Scheduling.favourCurrentThread() } else { try? Scheduling.set(.other, of: PID(0)) }
  }

  /// Reads the policy again if that was asked for. Whom the rules are about is found out by the next look at everybody,
  /// which is then due.
  private mutating func takeUpPolicy() {
    guard unsafe store.pointee.reloadIfAsked() else { return }
    classifier = ProcessClassifier(procfs, sessions: LoginSessions(), unsafe store.pointee.rules)
    if wholeNanoseconds != 0 { wholeNanoseconds = 1 }
  }

  /// Looks at whatever is due. Whoever has asked gets a quick look, never a whole one, which takes ten times as long.
  ///
  /// - Returns: whether processes were looked at.
  private mutating func takeTurn(_ pace: SamplerPace, isAsked: Bool) -> Bool {
    let now = MonotonicClock.nowNanoseconds
    let groupCount = unsafe observations.pointee.groups.count
    // Of a group that was found just now nobody has decided how often it has to be looked at.
    defer { if unsafe observations.pointee.groups.count > groupCount { unsafe events.pointee.signal() } }
    // Before a kill in a container, what it has and what can be dropped of that are to be of one moment.
    let isOld = slowNanoseconds == 0 || isAsked && sampler.isInContainer
    if isOld || remaining(pace.slowNanoseconds, since: slowNanoseconds, now) == 0 {
      let slow = sampler.readSlowly()
      unsafe observations.pointee.lock.withLock { unsafe observations.pointee.slow = slow }
      slowNanoseconds = now
    }
    if isAsked || remaining(groupPace.readingNanoseconds, since: groupNanoseconds, now) == 0 { readGroups() }
    if wholeNanoseconds == 0 || (!isAsked && remaining(pace.wholeNanoseconds, since: wholeNanoseconds, now) == 0) {
      classifier = ProcessClassifier(procfs, sessions: LoginSessions(), unsafe store.pointee.rules)
      groups.beginRound()
      if look(.whole) { wholeNanoseconds = now }
      readGroups(all: true)
      quickNanoseconds = MonotonicClock.nowNanoseconds
    } else if isAsked || remaining(pace.quickNanoseconds, since: quickNanoseconds, now) == 0 {
      look(.quick)
      quickNanoseconds = MonotonicClock.nowNanoseconds
    } else if unsafe observations.pointee.wantsNewcomers.exchange(false, ordering: .acquiringAndReleasing) {
      look(.newcomers)
    } else {
      return false
    }
    return true
  }

  /// Finds out who shares memory with the likeliest victims.
  ///
  /// - Parameter most: with so many of them.
  private mutating func searchSharers(most: Int = SharerWatch.capacity) {
    let now = MonotonicClock.nowNanoseconds
    var found = sharers
    let victim = LikelyVictim(word: unsafe observations.pointee.likelyVictim.load(ordering: .acquiring))
    // Nobody else changes the table, nor which groups there are, so both are read without the lock.
    unsafe observations.pointee.table.withRows { rows in
      unsafe observations.pointee.groups.withSamples { groups in
        found.choose(from: rows, victim, groups)
      }
      found.search(rows, procfs, most: most, at: now)
    }
    sharers = found
    unsafe observations.pointee.lock.withLock {
      unsafe observations.pointee.sharers = found
      unsafe observations.pointee.table.take(found)
    }
  }

  private var groupPace: GroupUrgency {
    unsafe GroupUrgency(rawValue: observations.pointee.groupPace.load(ordering: .acquiring)) ?? .urgent
  }

  /// Reads the limited groups that may be full before long.
  private mutating func readGroups(all: Bool = false) {
    groupNanoseconds = MonotonicClock.nowNanoseconds
    let board = unsafe observations
    // Read once, and only if a group is.
    var swapFreeBytes: UInt64?
    var index = 0
    // Nobody else puts groups in or takes them out, so their files are read without the lock.
    while unsafe index < board.pointee.groups.count {
      guard unsafe all || board.pointee.groups.wantsReading(at: index) else {
        index += 1
        continue
      }
      let free = swapFreeBytes ?? procfs.swapFreeBytes
      swapFreeBytes = free
      if let sample = unsafe board.pointee.groups.reading(at: index, swapFreeBytes: free) {
        unsafe board.pointee.lock.withLock { unsafe board.pointee.groups.take(sample, at: index) }
        index += 1
      } else {
        groups.forget(unsafe board.pointee.groups.number(at: index))
        unsafe board.pointee.lock.withLock { unsafe board.pointee.groups.remove(at: index) }
      }
    }
    unsafe board.pointee.lock.withLock {
      unsafe board.pointee.groupsReadNanoseconds = groupNanoseconds
      unsafe board.pointee.groupsLeftOut = groups.leftOut
    }
  }

  private func remaining(_ interval: Int64, since last: Int64, _ now: Int64) -> Int64 {
    let elapsed = now - last
    return elapsed >= interval ? 0 : interval - elapsed
  }

  /// One look.
  ///
  /// - Returns: whether it saw everybody: a whole one ends early when somebody asks for a quick one.
  @discardableResult
  private mutating func look(_ kind: TableLook.Kind) -> Bool {
    let board = unsafe observations
    let classifier = classifier
    let counters = (try? procfs.pagingCounters()) ?? PagingCounters()
    // Who is found dying now was killed by the kernel, or somebody was by whom else: the release is right for both.
    let hasKernelKilled = kernelKills.map { counters.kernelKills > $0 } ?? false
    // A look at newcomers finds none of them.
    if kind != .newcomers { kernelKills = counters.kernelKills }
    let asked = unsafe board.pointee.asked.pointee.load(ordering: .acquiring)
    let isFirst = wholeNanoseconds == 0
    let begun = MonotonicClock.nowNanoseconds
    // A service that was started again may be marked otherwise.
    preferences.beginRound()
    let newest = try? census?.lastNumber()
    var look = unsafe board.pointee.lock.withLock {
      unsafe board.pointee.table.begin(kind, swapOutBytes: counters.swapOutBytes, newestNumber: newest)
    }
    var isComplete = true
    var rested = begun
    do throws(Errno) {
      if look.isListed {
        try procfs.forEachProcess { (pid) throws(Errno) in
          visit(pid, in: &look, classifier, hasKernelKilled: hasKernelKilled)
          let isWanted = kind == .whole && !isFirst
          if isWanted { rest(asked: asked, since: &rested) }
          isComplete = unsafe !isWanted || board.pointee.asked.pointee.load(ordering: .acquiring) == asked
          return isComplete
        }
      } else {
        while let pid = unsafe board.pointee.table.next(in: &look) {
          visit(pid, in: &look, classifier, hasKernelKilled: hasKernelKilled)
        }
      }
    } catch {
      // Without a list nobody is known to be gone.
      isComplete = false
    }
    let ended = MonotonicClock.nowNanoseconds
    unsafe board.pointee.lock.withLock {
      unsafe board.pointee.table.finish(look, isComplete: isComplete)
      if kind != .newcomers { unsafe board.pointee.lookedNanoseconds = ended }
      if kind == .quick { unsafe board.pointee.quickLookNanoseconds = ended - begun }
    }
    return isComplete
  }

  /// Leaves the CPU to others for as long as it was kept from them, as a real-time thread does that nobody waits for: a look
  /// at everybody takes 40 us for each process. Ends early when somebody asks.
  ///
  /// - Parameter rested: when that was last done, or the look began.
  private func rest(asked: UInt32, since rested: inout Int64) {
    guard isHurried, MonotonicClock.nowNanoseconds - rested >= SamplerThread.busyNanoseconds else { return }
    unsafe Threads.wait(
      on: observations.pointee.asked, while: asked, timeoutNanoseconds: SamplerThread.busyNanoseconds)
    rested = MonotonicClock.nowNanoseconds
  }

  /// Reads a process, if that is due. Nobody else changes the table, so it is read without the lock.
  private mutating func visit(
    _ pid: PID, in look: inout TableLook, _ classifier: ProcessClassifier, hasKernelKilled: Bool
  ) {
    let board = unsafe observations
    guard unsafe board.pointee.table.isDue(pid, in: &look) else { return }
    if unsafe board.pointee.lock.withLock({ unsafe board.pointee.isVictim(pid) }) {
      return unsafe board.pointee.table.keep(pid, in: &look)
    }
    var row = unsafe board.pointee.table.known(pid, in: look).flatMap { Candidate(again: $0, procfs) }
    if row == nil {
      let names = ControlGroupNames.known(of: pid, procfs)
      row = Candidate(of: pid, in: names, procfs, classifier)
      if row != nil {
        row?.take(preferences.preference(of: names))
        let group = unsafe groups.group(of: names, into: &board.pointee.groups, under: board.pointee.lock)
        if let group { row?.take(group) }
      }
    }
    if hasKernelKilled, row?.classes.contains(.dying) == true { row?.classes.insert(.kernelVictim) }
    unsafe board.pointee.lock.withLock {
      if let row {
        unsafe board.pointee.table.take(row, in: &look)
      } else {
        unsafe board.pointee.table.takeRowless(pid, in: &look)
      }
    }
  }
}
