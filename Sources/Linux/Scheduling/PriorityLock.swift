internal import CScytheLinux
import Synchronization

/// A lock whose holder runs with the priority of whoever waits for it: a real-time thread may wait for an ordinary one
/// without waiting for all that the machine runs besides. Held for short times only; not reentrant.
@safe public struct PriorityLock: ~Copyable {
  // 0, or the thread number of the holder with two bits of the kernel's. In memory of its own, since threads sleep on its
  // address.
  private let word: UnsafeMutablePointer<Atomic<UInt32>>

  /// Makes a lock that nobody holds.
  ///
  /// - Throws: `Errno.noMemory`; `Errno.noFunction` in a kernel without such locks, or behind a filter that refuses
  ///   them.
  ///
  /// The corresponding system calls are `futex(2)` with `FUTEX_LOCK_PI` and `FUTEX_UNLOCK_PI`.
  public init() throws(Errno) {
    let word = unsafe try MappedMemory.allocate(Atomic<UInt32>.self, count: 1)
    unsafe word.initialize(to: Atomic<UInt32>(0))
    do throws(Errno) {
      _ = try valueOrErrno(unsafe clinux_futex_lock_pi(word))
      _ = try valueOrErrno(unsafe clinux_futex_unlock_pi(word))
    } catch {
      unsafe MappedMemory.free(word, count: 1)
      throw error
    }
    unsafe self.word = unsafe word
  }

  deinit { unsafe MappedMemory.free(word, count: 1) }

  /// Does something while no other thread does anything under this lock.
  public func withLock<E: Error, R: ~Copyable>(_ body: () throws(E) -> R) throws(E) -> R {
    // The call ends without the lock only when a signal comes, which the threads of Scythe block, or on a memory that is
    // short for the kernel itself.
    if !takeIfFree() { while unsafe clinux_futex_lock_pi(word) < 0 {} }
    defer { giveBack() }
    return try body()
  }

  /// The same if no other thread holds the lock now; it is not waited for.
  ///
  /// - Returns: `nil` if another one does.
  public func withLockIfFree<R>(_ body: () -> R) -> R? {
    guard takeIfFree() else { return nil }
    defer { giveBack() }
    return body()
  }

  private var thread: UInt32 { UInt32(bitPattern: PID.currentThread.rawValue) }

  private func takeIfFree() -> Bool {
    unsafe word.pointee.compareExchange(expected: 0, desired: thread, ordering: .acquiring).exchanged
  }

  private func giveBack() {
    let isUnwanted = unsafe word.pointee.compareExchange(expected: thread, desired: 0, ordering: .releasing).exchanged
    if !isUnwanted { _ = unsafe clinux_futex_unlock_pi(word) }
  }
}
