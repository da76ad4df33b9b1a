import ScytheLinux
import ScythePolicy
import Synchronization

/// What the sampler's thread has found out, for the loop and for those who kill.
///
/// The sampler alone changes the table, and reads files without the lock: it holds the lock only while it puts in what it
/// read. The loop holds it while it decides, and then finds whole rows and sums of one time.
@safe struct Observations: ~Copyable {
  let lock: PriorityLock
  var table: CandidateTable
  var slow = SlowReadings()
  /// The limited control groups.
  var groups: GroupTable
  /// When they were last read, by the monotonic clock.
  var groupsReadNanoseconds: Int64 = 0
  /// How many groups there was no room for in the last look at everybody.
  var groupsLeftOut: UInt32 = 0
  /// When the last look ended, by the monotonic clock; 0 before the first.
  var lookedNanoseconds: Int64 = 0
  /// How long the last quick look took.
  var quickLookNanoseconds: Int64 = 0
  /// Who shares memory with the likeliest victims.
  var sharers = SharerWatch()
  /// Victims of kills under way: their files are left alone, since reading them holds their memory.
  var victims = InlineArray<16, PID>(repeating: PID(0))

  /// How many quick looks were asked for, and how many of those have been answered; both go round. In memory of their
  /// own, since threads sleep on their addresses.
  let asked: UnsafeMutablePointer<Atomic<UInt32>>
  let answered: UnsafeMutablePointer<Atomic<UInt32>>
  /// How often the sampler looks by itself, as a `SamplerPace`.
  let pace = Atomic<UInt8>(SamplerPace.calm.rawValue)
  /// Whether a look at new processes is asked for.
  let wantsNewcomers = Atomic<Bool>(false)
  /// Whom the loop is about to kill, as the word of a `LikelyVictim`.
  let likelyVictim = Atomic<UInt64>(LikelyVictim().word)
  /// How often it reads the limited groups by itself, as a `GroupUrgency`.
  let groupPace = Atomic<UInt8>(GroupUrgency.calm.rawValue)

  init() throws(Errno) {
    let lock = try PriorityLock()
    let table = try CandidateTable()
    table.makeResident()
    let groups = try GroupTable()
    let words = unsafe try MappedMemory.allocate(Atomic<UInt32>.self, count: 2)
    for index in 0..<2 { unsafe (words + index).initialize(to: Atomic<UInt32>(0)) }
    unsafe asked = unsafe words
    unsafe answered = unsafe words + 1
    self.lock = lock
    self.table = table
    self.groups = groups
  }

  /// Puts down that a process is being killed, or is no longer.
  mutating func setVictim(_ pid: PID, isBeingKilled: Bool) {
    lock.withLock {
      for index in victims.indices where victims[index] == (isBeingKilled ? PID(0) : pid) {
        victims[index] = isBeingKilled ? pid : PID(0)
        return
      }
    }
  }

  /// Whether a process is being killed. For the sampler, under the lock.
  func isVictim(_ pid: PID) -> Bool {
    for index in victims.indices where victims[index] == pid { return true }
    return false
  }

  /// Sets how often the sampler looks by itself, and wakes it if that is more often than before.
  func setPace(_ pace: SamplerPace) {
    let before = self.pace.exchange(pace.rawValue, ordering: .acquiringAndReleasing)
    if pace.rawValue > before { askAgain() }
  }

  /// Sets how often the sampler reads the limited groups by itself.
  ///
  /// - Parameter readNanoseconds: when it last did.
  func setGroupPace(_ pace: GroupUrgency, readNanoseconds: Int64) {
    groupPace.store(pace.rawValue, ordering: .releasing)
    // It may sleep by a slower pace; and a wake-up just before it falls asleep is lost, so there is another one.
    if MonotonicClock.nowNanoseconds - readNanoseconds > pace.readingNanoseconds { unsafe Threads.wake(asked) }
  }

  /// Asks for a quick look and waits for it.
  ///
  /// - Parameter nanoseconds: for so long at the most: the sampler may be stuck with a process.
  func askForLook(within nanoseconds: Int64) {
    let ticket = askAgain()
    let end = MonotonicClock.nowNanoseconds + nanoseconds
    while true {
      let done = unsafe answered.pointee.load(ordering: .acquiring)
      let left = end - MonotonicClock.nowNanoseconds
      // The numbers go round: what is answered is never half the circle away from what is asked.
      if Int32(bitPattern: done &- ticket) >= 0 || left <= 0 { return }
      unsafe Threads.wait(on: answered, while: done, timeoutNanoseconds: left)
    }
  }

  /// Asks for a look at processes that are new, and does not wait for it.
  func askForNewcomers() {
    wantsNewcomers.store(true, ordering: .releasing)
    // Just before the sampler falls asleep the wake-up is lost, and the look has to wait for the next one.
    unsafe Threads.wake(asked)
  }

  @discardableResult
  private func askAgain() -> UInt32 {
    let ticket = unsafe asked.pointee.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue
    unsafe Threads.wake(asked)
    return ticket
  }
}

/// How often the sampler looks by itself.
enum SamplerPace: UInt8 {
  /// Memory is not being filled, or lasts.
  case calm
  /// It may be short within seconds.
  case alert
  /// It is being filled, and the line is near.
  case urgent

  /// How long to wait between two quick looks, in nanoseconds. One of 1,000 processes takes 8 ms: a hundredth of a CPU
  /// while alert, which may be for hours, and a sixth where seconds decide.
  var quickNanoseconds: Int64 {
    switch self {
    case .calm: .max
    case .alert: 1_000_000_000
    case .urgent: 50_000_000
    }
  }

  /// How long between two looks at everybody; less than the 262 s in which a row's stamp goes round.
  var wholeNanoseconds: Int64 { self == .calm ? 120_000_000_000 : 5_000_000_000 }

  /// How long between two readings of pressure and swap; while calm the loop does it, with each sample.
  var slowNanoseconds: Int64 { self == .calm ? .max : 100_000_000 }
}

extension GroupUrgency {
  /// How long between two readings of the groups that are half used, in nanoseconds. The kernel takes 35 us for one.
  var readingNanoseconds: Int64 {
    switch self {
    case .calm: .max
    case .alert: 100_000_000
    case .urgent: Int64(PolicyConstants.groupIntervalNanoseconds)
    }
  }
}
