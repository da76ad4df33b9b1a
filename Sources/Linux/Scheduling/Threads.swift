internal import CScytheLinux
public import Synchronization

/// What a thread of Scythe runs. It gets the context that it was started with.
public typealias ThreadBody = @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?

/// Threads with a stack of a fixed size, and waiting for a word of memory to change.
public enum Threads {
  /// Starts a detached thread that takes no signals.
  ///
  /// - Parameters:
  ///   - stackBytes: at least 16 KiB; locked memory counts it whole.
  ///   - realTimePriority: above 0 the thread is in the round-robin class from its first instruction on, where that is
  ///     allowed: on a machine with a thousand runnable threads it would wait for minutes to get there by itself.
  ///   - context: handed to the body; must stay valid until that returns.
  ///   - body: what the thread runs.
  /// - Throws: `Errno.resourceTemporarilyUnavailable` if no more threads are allowed.
  public static func start(
    stackBytes: Int, realTimePriority: Int32 = 0, context: UnsafeMutableRawPointer?, _ body: ThreadBody
  ) throws(Errno) {
    _ = try valueOrErrno(unsafe clinux_thread_start(body, context, stackBytes, realTimePriority))
  }

  /// Sleeps while a word has a value; may wake for no reason.
  ///
  /// - Parameters:
  ///   - word: the word.
  ///   - value: what it has for as long as there is something to wait for.
  ///   - timeoutNanoseconds: negative waits for ever.
  public static func wait(on word: UnsafePointer<Atomic<UInt32>>, while value: UInt32, timeoutNanoseconds: Int64) {
    _ = unsafe clinux_futex_wait(word, value, timeoutNanoseconds)
  }

  /// Wakes those who wait on a word.
  public static func wake(_ word: UnsafePointer<Atomic<UInt32>>, most: Int32 = 1) {
    _ = unsafe clinux_futex_wake(word, most)
  }
}
