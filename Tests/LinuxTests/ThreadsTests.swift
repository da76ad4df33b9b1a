import ScytheLinux
import Synchronization
import Testing

@Suite struct `A thread` {
  @Test func `gets its context and wakes who waits for it`() throws {
    let word = unsafe try MappedMemory.allocate(Atomic<UInt32>.self, count: 1)
    unsafe word.initialize(to: Atomic(0))
    try unsafe Threads.start(stackBytes: 64 << 10, context: word) { context in
      let word = unsafe context!.assumingMemoryBound(to: Atomic<UInt32>.self)
      unsafe word.pointee.store(1, ordering: .releasing)
      unsafe Threads.wake(word)
      return nil
    }
    let deadline = MonotonicClock.nowNanoseconds + 5_000_000_000
    while unsafe word.pointee.load(ordering: .acquiring) == 0, MonotonicClock.nowNanoseconds < deadline {
      unsafe Threads.wait(on: word, while: 0, timeoutNanoseconds: 1_000_000_000)
    }
    #expect(unsafe word.pointee.load(ordering: .acquiring) == 1)
    // The word is never unmapped: the thread may still be on its way from it.
  }

  @Test func `does not wait for a word that has changed already, nor longer than it is told`() throws {
    let word = unsafe try MappedMemory.allocate(Atomic<UInt32>.self, count: 1)
    unsafe word.initialize(to: Atomic(5))
    defer { unsafe MappedMemory.free(word, count: 1) }
    var start = MonotonicClock.nowNanoseconds
    unsafe Threads.wait(on: word, while: 4, timeoutNanoseconds: -1)
    #expect(MonotonicClock.nowNanoseconds - start < 5_000_000_000)
    start = MonotonicClock.nowNanoseconds
    unsafe Threads.wait(on: word, while: 5, timeoutNanoseconds: 20_000_000)
    // A futex may wake for no reason, but not here, where nobody knows of the word.
    #expect(MonotonicClock.nowNanoseconds - start >= 15_000_000)
  }
}

@Suite struct `A lock` {
  @Test func `that is held is not waited for by whoever would take it if it is free`() throws {
    let lock = try PriorityLock()
    #expect(lock.withLockIfFree { 1 } == 1)
    lock.withLock { #expect(lock.withLockIfFree { 2 } == nil) }
    #expect(lock.withLockIfFree { 3 } == 3)
  }
}
