import ScytheLinux
import Synchronization

/// A cgroup that is to die.
struct GroupTarget: ~Copyable {
  let group: ControlGroup
  /// What it was charged before; `nil` where no memory controller counts.
  let beforeBytes: UInt64?
  /// Whether it has members that the caller cannot see, or may have.
  let holdsHidden: Bool
}

/// Groups as an executor sees them.
@safe struct GroupRows: @unchecked Sendable {
  // A group is never written to once it is in the table, and stays there until the kill is over.
  private let base: UnsafeMutablePointer<GroupTarget>?
  let count: Int

  init() {
    unsafe base = nil
    count = 0
  }

  init(_ groups: borrowing FixedTable<GroupTarget>, from first: Int) {
    count = groups.count - first
    unsafe base = count > 0 ? groups.pointer(at: first) : nil
  }

  subscript(index: Int) -> GroupTarget {
    _read {
      precondition(index >= 0 && index < count)
      yield unsafe base![index]
    }
  }
}

/// Everything that a reaper shares with its executors, at one fixed address: an executor that is stuck in the kernel
/// keeps using it after the reaper is gone.
struct Workshop<K: ReaperKernel>: ~Copyable {
  let kernel: K
  let protection: Protection
  let queue: EventQueue
  var events: FixedTable<EventCounter>
  var victims: FixedTable<Victim>
  /// Rows of `victims`, the largest first.
  var order: FixedTable<Int>
  var groups: FixedTable<GroupTarget>
  var spared: FixedTable<SparedProcess>
  var states: FixedTable<Atomic<UInt32>>
  var executors: FixedTable<Executor<K>>
  /// How many executors work at the same time; the others are spares for those that get stuck.
  let workers: Int
  /// Scythe's kernel extension, if it is loaded and can release.
  let madviseExtension: MadviseExtension?

  init(kernel: K, _ configuration: ReaperConfiguration) throws(Errno) {
    let found = try? kernel.queryExtension()
    let madviseExtension = found?.canRelease ?? false ? found : nil
    let workers = Workshop.workers(configuration, canSplit: madviseExtension != nil)
    let spares = configuration.spares
    // All that can fail comes first: a noncopyable value cannot be half made on 6.3.
    let queue = try EventQueue()
    var events = try FixedTable<EventCounter>(capacity: 1)
    events.append(try EventCounter())
    try queue.add(events[0].descriptor, key: EventKey.executor)
    let victims = try FixedTable<Victim>(capacity: configuration.capacity)
    let order = try FixedTable<Int>(capacity: configuration.capacity)
    let groups = try FixedTable<GroupTarget>(capacity: 64)
    let spared = try FixedTable<SparedProcess>(capacity: configuration.capacity)
    let states = try FixedTable<Atomic<UInt32>>(capacity: workers + spares)
    let executors = try FixedTable<Executor<K>>(capacity: workers + spares)
    self.kernel = kernel
    self.workers = workers
    self.madviseExtension = madviseExtension
    self.queue = queue
    self.events = events
    self.victims = victims
    self.order = order
    self.groups = groups
    self.spared = spared
    self.states = states
    self.executors = executors
    protection = Protection(kernel.procfs)
  }

  /// How many executors shall work at the same time: two that leapfrog, or, on parts of their own, half of the CPUs.
  private static func workers(_ configuration: ReaperConfiguration, canSplit: Bool) -> Int {
    let processors = Machine.usableProcessors
    if configuration.workers > 0 { return min(configuration.workers, 6) }
    let most = canSplit ? min(6, max(2, processors / 2)) : 2
    return min(most, processors)
  }

  /// Starts the threads; only once the workshop is where it will stay.
  mutating func startExecutors() throws(Errno) {
    let processors = Machine.usableProcessors
    for index in 0..<executors.capacity {
      states.append(Atomic<UInt32>(ExecutorState.idle))
      let mayUseRealTime = index < processors / 2
      // Real-time threads on more than half of the CPUs would shut out what keeps the machine answering.
      executors.append(
        unsafe Executor(
          kernel: kernel, state: states.pointer(at: index), events: events.pointer(at: 0),
          mayUseRealTime: mayUseRealTime))
      do throws(Errno) {
        try unsafe Threads.start(
          stackBytes: ExecutorLimits.stackBytes, realTimePriority: mayUseRealTime ? 1 : 0,
          context: UnsafeMutableRawPointer(executors.pointer(at: index)), K.executorBody)
      } catch {
        executors.removeLast(from: index)
        states.removeLast(from: index)
        throw error
      }
    }
  }

  /// Asks all threads to end.
  ///
  /// - Returns: whether all have; otherwise their memory must stay mapped.
  func stopExecutors() -> Bool {
    var areAllStopped = true
    for index in 0..<executors.count {
      let state = unsafe states.pointer(at: index)
      // A job that has not begun never will.
      _ = states[index].compareExchange(
        expected: ExecutorState.assigned, desired: ExecutorState.idle, ordering: .acquiringAndReleasing)
      unsafe executors.pointer(at: index).pointee.favourAgainIfHumbled()
      // Only a waiting executor is asked: a job that runs ends when the kernel lets it.
      let waiting = states[index].load(ordering: .acquiring)
      guard waiting == ExecutorState.idle || waiting == ExecutorState.finished else { continue }
      // Nobody but the coordinator, which this is, changes a waiting executor's state.
      states[index].store(ExecutorState.stopping, ordering: .releasing)
      unsafe Threads.wake(state)
    }
    for index in 0..<executors.count {
      // Milliseconds at the most: the thread only has to wake up.
      for _ in 0..<1000 where states[index].load(ordering: .acquiring) == ExecutorState.stopping {
        MonotonicClock.sleep(nanoseconds: 1_000_000)
      }
      if states[index].load(ordering: .acquiring) != ExecutorState.stopped { areAllStopped = false }
    }
    return areAllStopped
  }
}

/// What the coordinator waits for: rows of the victims' table, and these.
enum EventKey {
  static var executor: UInt64 { .max }
  static var cancellation: UInt64 { .max - 1 }
}
