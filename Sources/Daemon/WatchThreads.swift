import ScytheLinux
import ScythePolicy
import ScytheReaper
import Synchronization

/// The threads of a daemon that watches, and what each of them works on, at addresses that never change. They live as long
/// as the program.
@safe struct WatchThreads: ~Copyable {
  let scribe: UnsafeMutablePointer<Scribe>
  let observations: UnsafeMutablePointer<Observations>
  /// Counts what lanes have done and the sampler has found.
  let events: UnsafeMutablePointer<EventCounter>
  let lanes: UnsafeMutablePointer<KillLane>
  let store: UnsafeMutablePointer<PolicyStore>
  let watchdog: UnsafeMutablePointer<LoopWatchdog>
  private let sampler: UnsafeMutablePointer<SamplerThread>

  /// Two: while one waits for a victim that cannot die, or asks one politely, the other can kill.
  static var laneCount: Int { 2 }
  /// Address space; only what is touched is resident. 64 KiB were not enough for the selection of a fork bomb's members
  /// where the compiler does not optimize.
  private static var stackBytes: Int { 256 * 1024 }
  /// What of it is made resident at once.
  private static var residentStackBytes: Int { 24 * 1024 }

  /// Makes what the threads work on.
  ///
  /// - Parameters:
  ///   - policy: the file of the policy; `nil` for the usual one.
  ///   - settings: what was measured on this machine.
  init(_ policy: PathBuffer?, measured settings: PolicySettings) throws(Errno) {
    let scribe = unsafe try WatchThreads.place(Scribe())
    let observations = unsafe try WatchThreads.place(Observations())
    let events = unsafe try WatchThreads.place(EventCounter())
    let store = unsafe try WatchThreads.place(PolicyStore(policy, scribe, events))
    let lanes = unsafe try MappedMemory.allocate(KillLane.self, count: WatchThreads.laneCount)
    for index in 0..<WatchThreads.laneCount {
      unsafe (lanes + index).initialize(to: try KillLane(observations, store, events))
    }
    let sampler = unsafe try WatchThreads.place(SamplerThread(observations, store, events))
    let watchdog = unsafe try WatchThreads.place(LoopWatchdog(lanes, observations, store, scribe, settings))
    unsafe self.sampler = unsafe sampler
    unsafe self.watchdog = unsafe watchdog
    unsafe self.store = unsafe store
    unsafe self.scribe = unsafe scribe
    unsafe self.observations = unsafe observations
    unsafe self.events = unsafe events
    unsafe self.lanes = unsafe lanes
  }

  private static func place<Value: ~Copyable>(
    _ value: consuming Value
  ) throws(Errno) -> UnsafeMutablePointer<Value> {
    let place = unsafe try MappedMemory.allocate(Value.self, count: 1)
    unsafe place.initialize(to: value)
    return unsafe place
  }

  /// Starts them.
  ///
  /// - Throws: `Errno.resourceTemporarilyUnavailable` if no more threads are allowed.
  func start() throws(Errno) {
    try unsafe Threads.start(stackBytes: WatchThreads.stackBytes, context: scribe) { context in
      WatchThreads.settle(isRealTime: false)
      unsafe context?.assumingMemoryBound(to: Scribe.self).pointee.run()
      return nil
    }
    try unsafe Threads.start(stackBytes: WatchThreads.stackBytes, context: sampler) { context in
      WatchThreads.settle(isRealTime: false)
      unsafe context?.assumingMemoryBound(to: SamplerThread.self).pointee.run()
      return nil
    }
    try unsafe Threads.start(stackBytes: WatchThreads.stackBytes, realTimePriority: 1, context: watchdog) { context in
      WatchThreads.settle(isRealTime: true)
      unsafe context?.assumingMemoryBound(to: LoopWatchdog.self).pointee.run()
      return nil
    }
    for index in 0..<WatchThreads.laneCount {
      try unsafe Threads.start(stackBytes: WatchThreads.stackBytes, realTimePriority: 1, context: lanes + index) {
        context in
        WatchThreads.settle(isRealTime: true)
        unsafe context?.assumingMemoryBound(to: KillLane.self).pointee.run()
        return nil
      }
    }
  }

  /// Makes a thread ready for bad times.
  private static func settle(isRealTime: Bool) {
    Residency.touchStack(bytes: residentStackBytes)
    try? Scheduling.setNice(-20, of: PID(0))
    if isRealTime { Scheduling.favourCurrentThread() }
  }
}
