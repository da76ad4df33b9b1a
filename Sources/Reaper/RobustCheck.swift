import ScytheLinux
import ScytheReclaim

/// Whether a release could lose a robust mutex.
///
/// The list of mutexes that a thread holds lies in its own memory. A release frees it, the exit then walks nothing,
/// EOWNERDEAD is never set, and whoever shares a mutex waits for ever: 10 of 10 were lost by releasing a victim held in
/// exit, none when the list is looked at first.
@frozen public enum RobustState: Equatable, Sendable, BitwiseCopyable {
  /// Nobody has looked.
  case unchecked
  /// No thread holds one.
  case clear
  /// A thread holds one, or is about to.
  case held
  /// A list could not be read, so it counts as held: no right to, or a 32-bit process, whose list the kernel shows only
  /// to 32-bit callers.
  case unreadable
}

/// Looks at the robust lists of every thread of a process whose SIGKILL is pending: earlier, a thread could lock one
/// behind the look.
struct RobustCheck<K: Kernel> {
  private let kernel: K
  private let isThirtyTwoBit: Bool?
  private var addresses: InlineArray<64, UInt64> = InlineArray(repeating: 0)
  private var threads: InlineArray<64, PID> = InlineArray(repeating: PID(0))
  private var count = 0
  private var seen: UInt64 = 0
  private var state = RobustState.clear

  static func state(of victim: borrowing Victim, _ kernel: K) -> RobustState {
    // The kernel ends a listing of threads early when the thread that it stands at dies: those behind it are not seen. So
    // a look counts only if no thread has left while it lasted, and as many were seen as there are; after SIGKILL none
    // comes. Seen without this: a mutex lost by a victim whose four threads were just exiting.
    for _ in 0..<ReaperLimits.mostRobustLooks {
      guard let threads = threadCount(of: victim) else { return .clear }
      var check = RobustCheck(kernel: kernel, isThirtyTwoBit: victim.stat.isThirtyTwoBit)
      do throws(Errno) {
        try kernel.procfs.forEachThread(of: victim.pid) { (thread) throws(Errno) in
          check.add(thread)
          return check.state == .clear
        }
      } catch {
        // A process that has been waited for has no list any more; anything else leaves threads unseen.
        if error != .noSuchProcess { return .unreadable }
      }
      check.readCollected()
      if check.state != .clear { return check.state }
      guard let threadsAfter = threadCount(of: victim) else { return .clear }
      if check.seen == threads, threads == threadsAfter { return .clear }
      MonotonicClock.sleep(nanoseconds: ReaperLimits.robustLookNanoseconds)
    }
    return .unreadable
  }

  /// Read through the descriptor that was opened before the signal; `nil` once the process has been waited for.
  private static func threadCount(of victim: borrowing Victim) -> UInt64? {
    guard let status = try? Procfs.status(from: victim.statusFile), status.threads > 0 else { return nil }
    return status.threads
  }

  private init(kernel: K, isThirtyTwoBit: Bool?) {
    self.kernel = kernel
    self.isThirtyTwoBit = isThirtyTwoBit
  }

  private mutating func add(_ thread: PID) {
    seen += 1
    do throws(Errno) {
      let head = try kernel.robustListHead(of: thread)
      guard head.address != 0 else {
        // Never registered, or walked by the exit already; but a 32-bit thread's list looks the same from here.
        if isThirtyTwoBit != false { state = .unreadable }
        return
      }
      addresses[count] = head.address
      threads[count] = thread
      count += 1
      if count == RobustList.mostHeads { readCollected() }
    } catch {
      if error != .noSuchProcess { state = .unreadable }
    }
  }

  private mutating func readCollected() {
    defer { count = 0 }
    guard count > 0, state == .clear else { return }
    var words: InlineArray<64, RobustListWords> = InlineArray(repeating: RobustListWords())
    var read = 0
    // Any thread that still has the memory will do to read it.
    for index in 0..<count {
      do throws(Errno) {
        var into = words.mutableSpan
        read = try kernel.readRobustLists(of: threads[index], at: addresses.span.extracting(first: count), into: &into)
        break
      } catch {
        if error != .noSuchProcess {
          state = .unreadable
          return
        }
        // A thread leaves its memory only after its exit has walked its list. When all have left, all is done.
        if index == count - 1 { return }
      }
    }
    for index in 0..<read where !words[index].isEmpty(headAddress: addresses[index]) { state = .held }
    if read < count, state == .clear { state = .unreadable }
  }
}
