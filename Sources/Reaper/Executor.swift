public import ScytheLinux
import ScytheReclaim
import Synchronization

/// A kernel whose calls may be made by the threads of a reaper.
///
/// A C function pointer cannot be formed inside a generic type, so the kernel names its own:
///
///     static var executorBody: ThreadBody { { unsafe runExecutor(MyKernel.self, $0) } }
public protocol ReaperKernel: Kernel {
  /// Calls `runExecutor` for this type.
  static var executorBody: ThreadBody { get }
}

extension LiveKernel: ReaperKernel {
  /// Runs an executor on the live kernel.
  public static var executorBody: ThreadBody { { unsafe runExecutor(LiveKernel.self, $0) } }
}

/// Where an executor is, as a word that it and the coordinator wait on.
enum ExecutorState {
  static var idle: UInt32 { 0 }
  /// The job belongs to the coordinator, who may take it back, until the executor says `running`.
  static var assigned: UInt32 { 1 }
  /// The result belongs to the coordinator until it says `idle`.
  static var finished: UInt32 { 2 }
  static var stopping: UInt32 { 3 }
  static var stopped: UInt32 { 4 }
  /// The job belongs to the executor until it says `finished`.
  static var running: UInt32 { 5 }
}

/// How far the job has come; read by the coordinator while it runs.
enum ExecutorPhase: UInt32, AtomicRepresentable {
  case started
  case signalled
  /// By the extension, in parts: helpers take some.
  case splitting
  case releasing
}

/// A thread that may block in the kernel so that nobody else has to: a release cannot be cancelled, and waits for as
/// long as a thread of the victim is stuck with its mmap lock held for writing.
@safe struct Executor<K: ReaperKernel>: ~Copyable {
  let kernel: K
  let events: UnsafeMutablePointer<EventCounter>
  let mayUseRealTime: Bool

  /// Which end it is at: an `ExecutorState`. In memory of its own, since threads sleep on its address.
  let state: UnsafeMutablePointer<Atomic<UInt32>>
  let phase = Atomic<ExecutorPhase>(.started)
  let threadID = Atomic<Int32>(0)
  /// The CPU on which it began to release; -1 before.
  let processor = Atomic<Int32>(-1)
  /// Whether it could raise its priority, and can again.
  let isFavoured = Atomic<Bool>(false)
  /// Set by the coordinator when it takes the real-time class away from a job that lasts too long.
  let isDemoted = Atomic<Bool>(false)

  var job = Job()
  var result = JobResult()

  // Only for the coordinator.
  var assignedNanoseconds: Int64 = 0
  /// Whether it is kept off some CPUs.
  var isKeptOff = false
  /// Whether its thread was put into the idle class, and has not been favoured since.
  var isHumbled = false
  var isLost = false

  init(
    kernel: K, state: UnsafeMutablePointer<Atomic<UInt32>>, events: UnsafeMutablePointer<EventCounter>,
    mayUseRealTime: Bool
  ) {
    self.kernel = kernel
    unsafe self.state = unsafe state
    unsafe self.events = unsafe events
    self.mayUseRealTime = mayUseRealTime
  }

  /// Best effort: without the right to, the executor runs like any other thread.
  func raisePriority() {
    isFavoured.store((try? Scheduling.setNice(-20, of: PID(0))) != nil, ordering: .releasing)
    if mayUseRealTime { try? Scheduling.set(.roundRobin, of: PID(0), priority: 1) }
  }

  /// Favours its thread again, from the coordinator's, if that has put it into the idle class: left there it might never
  /// get to the end, nor to its stop, where others use all CPUs.
  mutating func favourAgainIfHumbled() {
    guard isHumbled else { return }
    favourAgain(PID(threadID.load(ordering: .acquiring)))
    isHumbled = false
  }

  private func favourAgain(_ thread: PID) {
    try? Scheduling.setNice(-20, of: thread)
    if mayUseRealTime {
      try? Scheduling.set(.roundRobin, of: thread, priority: 1)
    } else {
      try? Scheduling.set(.other, of: thread)
    }
  }

  /// Does the job, if it began in the idle class, like any other thread of the machine.
  mutating func performHumbly() {
    try? Scheduling.setNice(0, of: PID(0))
    try? Scheduling.set(.other, of: PID(0))
    perform()
    favourAgain(PID(0))
  }
}

enum ExecutorLimits {
  /// Two directory buffers, a line buffer and the robust lists of 64 threads are 15 KiB; the rest is room for the calls.
  static var stackBytes: Int { 64 * 1024 }
  /// How long the exit of a victim may be real-time that nothing else returns.
  static var exitMilliseconds: CInt { 100 }
}

/// The body of an executor's thread.
///
/// - Parameters:
///   - kernelType: the kernel of the reaper that started the thread.
///   - context: what the thread was started with.
public func runExecutor<K: ReaperKernel>(
  _ kernelType: K.Type, _ context: UnsafeMutableRawPointer?
) -> UnsafeMutableRawPointer? {
  guard let executor = unsafe context?.assumingMemoryBound(to: Executor<K>.self) else { return nil }
  let word = unsafe executor.pointee.state
  unsafe executor.pointee.threadID.store(PID.currentThread.rawValue, ordering: .releasing)
  unsafe executor.pointee.raisePriority()
  while true {
    let state = unsafe word.pointee.load(ordering: .acquiring)
    if state == ExecutorState.assigned {
      // The coordinator may just have taken it back.
      let isMine = unsafe word.pointee.compareExchange(
        expected: state, desired: ExecutorState.running, ordering: .acquiringAndReleasing
      ).exchanged
      guard isMine else { continue }
      if unsafe executor.pointee.job.isHumble {
        // It runs, so nobody else wanted this CPU; if somebody does from now on, the two share it.
        unsafe executor.pointee.performHumbly()
      } else {
        unsafe executor.pointee.perform()
      }
      if unsafe executor.pointee.isDemoted.exchange(false, ordering: .relaxed) {
        unsafe executor.pointee.raisePriority()
      }
      unsafe word.pointee.store(ExecutorState.finished, ordering: .releasing)
      unsafe executor.pointee.events.pointee.signal()
    } else if state == ExecutorState.stopping {
      // The last touch of shared memory: whoever sees it may unmap it.
      unsafe word.pointee.store(ExecutorState.stopped, ordering: .releasing)
      return nil
    } else {
      unsafe Threads.wait(on: word, while: state, timeoutNanoseconds: -1)
    }
  }
}
