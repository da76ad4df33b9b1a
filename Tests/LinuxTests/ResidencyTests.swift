import Foundation
import ScytheLinux
import Testing

@Suite struct `Memory that is kept resident` {
  @Test func `is measured as fast as this machine is, and given back`() throws {
    let speed = try Residency.measureSpeed(bytes: 8 << 20)
    // The slowest machine that was seen, an emulated one, fills 300 MB/s; no memory is faster than 1 TB/s.
    let possible: ClosedRange<UInt64> = 10 << 20...1 << 40
    #expect(possible.contains(speed.fillBytesPerSecond) && possible.contains(speed.freeBytesPerSecond))
  }

  @Test func `can be touched on a stack`() { Residency.touchStack(bytes: 64 << 10) }
}

@Suite struct `A lock that lends priority` {
  @Test func `keeps threads apart`() async throws {
    final class Shared: @unchecked Sendable {
      let lock: PriorityLock
      var count = 0
      init() throws { lock = try PriorityLock() }
    }
    let shared = try Shared()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<20_000 {
            shared.lock.withLock {
              let count = shared.count
              // Long enough that another thread comes in the middle.
              if count % 1000 == 0 { sched_yield() }
              shared.count = count + 1
            }
          }
        }
      }
    }
    #expect(shared.count == 80_000)
  }

  @Test func `is free again after an error`() throws {
    let lock = try PriorityLock()
    #expect(throws: Errno.badMessage) { try lock.withLock { () throws(Errno) in throw .badMessage } }
    #expect(lock.withLock { 7 } == 7)
  }
}
