import ScytheLinux
import ScythePolicy
import ScytheReaper
import Synchronization

/// Watches the memory until a signal ends it.
///
/// - Parameter options: how.
/// - Returns: what to end with.
@export(interface) public func watch(_ options: WatchOptions) -> WatchExit {
  StandardStream.openMissing()
  let recorder: Recorder
  do throws(RecorderError) {
    recorder = try Recorder(options)
  } catch {
    StandardStream.error.write(refusal: PathBuffer(error))
    return .kernel
  }
  do throws(Errno) {
    var watch = try Watch(options, recorder)
    if let refusal = watch.refusal {
      StandardStream.error.write(refusal: refusal)
      return .configuration
    }
    return watch.run()
  } catch {
    var line = PathBuffer("scythed: cannot watch the memory: ")
    line.append(error.explanation ?? "unknown error")
    line.append("; is /proc mounted?\n")
    StandardStream.error.write(refusal: line)
    return .kernel
  }
}

/// The loop: sample, decide, have it done. It reads nothing that can wait for another process, and writes nothing.
@safe struct Watch: ~Copyable {
  let threads: WatchThreads
  let sampler: SystemSampler
  private let queue: EventQueue
  private let signals: InterruptionSignals
  /// One, or none.
  private var triggers: FixedTable<PressureTrigger>
  let census: ProcessCensus
  /// The number of the newest process when new ones were last looked for.
  var lastProcess: UInt64 = 0
  /// When that was, by the monotonic clock.
  var newcomersNanoseconds: Int64 = 0
  /// In memory of its own: 12 KiB, which are copied on a stack more than once where a value is passed on.
  let policy: UnsafeMutablePointer<Policy>
  var recorder: Recorder
  var notifier: Notifier
  /// An order that waits for a lane.
  var pending: KillOrder?
  /// Who was last said to be killed, if nobody is.
  var told: KillOrder?
  /// Until when pressure counts as high, since the kernel has said so.
  private(set) var pressedUntilNanoseconds: Int64 = 0
  private var hasEnded = false
  /// Until when groups count as near their limits, since the kernel has said so of one.
  private(set) var groupsAlarmedUntilNanoseconds: Int64 = 0
  /// From when on it is heard again; 0 while it is heard. A group full of page cache meets its limit all the time.
  private var hearsGroupsAtNanoseconds: Int64 = 0
  /// Of how many groups it was said that there is no room for them.
  var groupsLeftOut: UInt32 = 0
  /// Whether nobody is killed, whatever the policy says.
  private let isObserving: Bool
  /// What is said if the policy is not taken at the start, where nothing held before.
  fileprivate let refusal: PathBuffer?
  /// Up to which change the policy is known.
  private var seenChanges: UInt32 = 0
  /// How many processes the kernel's own killer had taken at the last sample.
  var kernelKills: UInt64
  /// What need not be read in every turn.
  var rest = CalmReadings()
  /// Whether the last sample failed.
  var isBlind = false

  /// What of the loop's own stack stays resident.
  private static var stackBytes: UInt64 { 64 * 1024 }
  /// What is in use when that is settled.
  private static var usedStackBytes: Int { 8 * 1024 }

  private enum Key {
    static var lanes: UInt64 { 1 }
    static var signals: UInt64 { 2 }
    static var pressure: UInt64 { 3 }
    static var groups: UInt64 { 4 }
  }

  init(_ options: WatchOptions, _ recorder: consuming Recorder) throws(Errno) {
    let signals = try InterruptionSignals()
    let policy = unsafe try MappedMemory.allocate(Policy.self, count: 1)
    unsafe policy.initialize(to: Policy(PolicySettings(measuring: WatchStart.measuredBytes)))
    // What is mapped by now is the program; of what follows only what is used is to be resident.
    var lockError: Errno?
    do throws(Errno) {
      try Residency.lockPresent()
      try Residency.lockLaterOnTouch()
    } catch {
      lockError = error
    }
    let threads = try unsafe WatchThreads(options.policy, measured: policy.pointee.settings)
    var refusal: PathBuffer?
    do throws(PolicyFileError) { try unsafe threads.store.pointee.load() } catch {
      refusal = PathBuffer("scythed: ")
      refusal?.append(unsafe threads.store.pointee.refusal(error))
      refusal?.append("\n")
    }
    let sampler = try SystemSampler()
    let notifier = Notifier()
    if let error = notifier.trouble {
      unsafe threads.scribe.pointee.say(
        .warning, cannot: "reach the service manager at NOTIFY_SOCKET", error,
        "that will take the daemon for one that never starts; look at the unit")
    }
    let queue = try EventQueue()
    try unsafe queue.add(threads.events.pointee.descriptor, key: Key.lanes)
    try queue.add(signals.descriptor, key: Key.signals)
    try unsafe queue.add(once: threads.observations.pointee.groups.events, key: Key.groups)
    threads.prepareProcess()
    if let lockError {
      unsafe threads.scribe.pointee.say(
        .warning, cannot: "lock its memory", lockError,
        "it may have to wait for its own pages; raise LimitMEMLOCK, or run it with CAP_IPC_LOCK")
    }
    threads.sayWhatIsUnknown()
    var triggers = try FixedTable<PressureTrigger>(capacity: 1)
    threads.armPressure(&triggers)
    if triggers.count > 0 { try queue.add(triggers[0], key: Key.pressure) }
    census = try ProcessCensus()
    self.refusal = refusal
    isObserving = options.isObserving
    unsafe threads.watchdog.pointee.isObserving = options.isObserving
    self.signals = signals
    self.sampler = sampler
    self.queue = queue
    unsafe self.policy = unsafe policy
    self.threads = threads
    self.triggers = triggers
    self.recorder = recorder
    self.notifier = notifier
    kernelKills = (try? Procfs().pagingCounters())?.kernelKills ?? 0
    takeUpPolicy()
  }

  /// Goes on by what the policy says by now.
  private mutating func takeUpPolicy() {
    let isReloading = unsafe threads.store.pointee.isReloading
    defer { if !isReloading, notifier.finishReload() { sayStatus() } }
    if let settings = unsafe threads.store.pointee.settings(after: &seenChanges) {
      unsafe policy.pointee.settings.configure(as: settings)
    }
    if isObserving { unsafe policy.pointee.settings.isObserving = true }
  }

  /// Watches.
  mutating func run() -> WatchExit {
    do throws(Errno) {
      try threads.start()
      try unsafe recorder.start(threads.scribe, threads.events)
    } catch {
      unsafe threads.scribe.pointee.say(.error, cannot: "start", error, "more threads must be allowed")
      unsafe threads.scribe.pointee.flush(within: WatchTimes.flush)
      return .kernel
    }
    Scheduling.favourCurrentThread()
    unsafe threads.observations.pointee.askForLook(within: WatchTimes.firstLook)
    sayStart()
    sayOtherKillers()
    // What the start has used of the stack is used no more.
    try? Residency.releaseUnusedStack(keeping: Watch.stackBytes)
    Residency.touchStack(bytes: Int(Watch.stackBytes) - Watch.usedStackBytes)
    notifier.sayReady()
    sayStatus()
    var readsCloser = false
    while !hasEnded {
      beginTurn(at: MonotonicClock.nowNanoseconds)
      let next = lookOnce(readsCloser: readsCloser)
      notifier.takeTurn(at: MonotonicClock.nowNanoseconds)
      readsCloser = next == nil
      if let next { wait(until: min(min(next, UInt64(notifier.dueNanoseconds)), measuredNanoseconds)) }
      takeUpPolicy()
    }
    end()
    return .ended
  }

  /// Whether the kernel tells of pressure: else it has to be looked for.
  var hearsPressure: Bool { triggers.count > 0 }

  /// Whether the kernel has told of something lately.
  var isAlarmed: Bool {
    let now = MonotonicClock.nowNanoseconds
    return now < pressedUntilNanoseconds || now < groupsAlarmedUntilNanoseconds
  }

  /// When to look at the latest to measure a pressure that the kernel has told of: what was counted before it began is old.
  private var measuredNanoseconds: UInt64 {
    let now = MonotonicClock.nowNanoseconds
    return now < pressedUntilNanoseconds ? UInt64(now) + PolicyConstants.meterNanoseconds : .max
  }

  /// Puts down for the watchdog when a turn begins, or has to begin at the latest.
  private func beginTurn(at nanoseconds: Int64) {
    unsafe threads.watchdog.pointee.dueNanoseconds.store(nanoseconds, ordering: .releasing)
  }

  /// Waits for the next look, or for something that makes it due at once.
  private mutating func wait(until nanoseconds: UInt64) {
    var keys = InlineArray<8, UInt64>(repeating: 0)
    var span = keys.mutableSpan
    let now = MonotonicClock.nowNanoseconds
    if hearsGroupsAtNanoseconds != 0, now >= hearsGroupsAtNanoseconds {
      hearsGroupsAtNanoseconds = 0
      unsafe queue.listenAgain(to: threads.observations.pointee.groups.events, key: Key.groups)
    }
    let next = max(now, Int64(clamping: nanoseconds))
    beginTurn(at: next)
    let count = queue.wait(into: &span, timeoutNanoseconds: next - now)
    beginTurn(at: MonotonicClock.nowNanoseconds)
    for index in 0..<count {
      switch keys[index] {
      case Key.lanes: unsafe threads.events.pointee.drain()
      case Key.signals: takeSignals()
      case Key.groups:
        unsafe threads.observations.pointee.groups.drainEvents()
        groupsAlarmedUntilNanoseconds = MonotonicClock.nowNanoseconds + WatchTimes.groupAlarm
        hearsGroupsAtNanoseconds = MonotonicClock.nowNanoseconds + WatchTimes.groupsUnheard
      default: pressedUntilNanoseconds = MonotonicClock.nowNanoseconds + WatchTimes.pressed
      }
    }
  }

  private mutating func takeSignals() {
    while let signal = signals.next() {
      guard signal == .hangUp else {
        hasEnded = true
        continue
      }
      notifier.beginReload(at: MonotonicClock.nowNanoseconds)
      unsafe threads.store.pointee.askForReload()
      // Wakes the sampler's thread, and does not wait for it.
      unsafe threads.observations.pointee.askForLook(within: 0)
    }
  }

  /// Lets the lanes finish: what they have moved for a victim must be moved back.
  private mutating func end() {
    notifier.sayStopping()
    beginTurn(at: .max)
    for index in 0..<WatchThreads.laneCount { unsafe threads.lanes[index].hurry.signal() }
    let end = MonotonicClock.nowNanoseconds + WatchTimes.end
    while MonotonicClock.nowNanoseconds < end, areLanesBusy {
      takeOutcomes()
      MonotonicClock.sleep(nanoseconds: 1_000_000)
    }
    takeOutcomes()
    recorder.finish(within: WatchTimes.flush)
    unsafe threads.scribe.pointee.say(.info, "ends")
    unsafe threads.scribe.pointee.flush(within: WatchTimes.flush)
  }

  private func sayStatus() { notifier.say(status: unsafe PathBuffer(statusOf: policy.pointee.settings)) }

  private func sayStart() {
    var line = PathBuffer(unsafe policy.pointee.settings.isObserving ? "observes" : "watches")
    line.append(": ")
    line.append(decimal: unsafe threads.observations.pointee.table.count)
    line.append(" processes, ")
    line.append(mebibytes: sampler.machineBytes)
    line.append(sampler.isInContainer ? " on the machine, in a container with less" : "")
    line.append("; fills ")
    line.append(mebibytes: unsafe policy.pointee.settings.fillCeilingBytesPerSecond)
    line.append("/s at the most, frees ")
    line.append(mebibytes: unsafe policy.pointee.settings.releaseBytesPerSecond)
    line.append("/s; ")
    line.append(unsafe threads.store.pointee.description)
    unsafe threads.scribe.pointee.say(.info, line)
  }
}

/// The times of the loop, in nanoseconds.
enum WatchTimes {
  /// The first look at all processes; 10,000 take half a second.
  static var firstLook: Int64 { 2_000_000_000 }
  /// For how long an alarm of the kernel counts: as long as its longest window.
  static var pressed: Int64 { 10_000_000_000 }
  /// For how long the event of a group has all of them read often: a group that is out of memory has them all the time.
  static var groupAlarm: Int64 { 2_000_000_000 }
  /// For how long further events wake nobody.
  static var groupsUnheard: Int64 { 1_000_000_000 }
  /// New processes are looked for so often at the most: to list 10,000 takes 14 ms, and the loop may wake every 10 ms.
  static var newcomers: Int64 { 1_000_000_000 }
  /// How long a closer look may take: six times what one at 1,000 processes does, by 40 us for each of 200.
  static var closerLook: Int64 { 50_000_000 }
  /// A look that ended so recently need not be taken again.
  static var freshLook: Int64 { 10_000_000 }
  /// How long kills under way may hold up the end.
  static var end: Int64 { 1_000_000_000 }
  /// How long the last lines may.
  static var flush: Int64 { 500_000_000 }
  /// When nothing can be read, it is tried again.
  static var blind: Int64 { 1_000_000_000 }
  /// Of somebody who would have been killed it is said so often.
  static var told: Int64 { 60_000_000_000 }
  /// If memory lasts for less at the highest fill, nothing may be left to be found out: a look at 1,000 processes takes 40
  /// ms. The loop itself wakes when half of that way is gone, and then knows whether it is being filled.
  static var sudden: UInt64 { 200_000_000 }
  /// If it lasts for less at the fill that is measured, processes are watched.
  static var soon: UInt64 { 30_000_000_000 }
  /// If it lasts for less, the line is near.
  static var near: UInt64 { 2_000_000_000 }
}
