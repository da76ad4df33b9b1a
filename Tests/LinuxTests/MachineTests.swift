import Foundation
import ScytheLinux
import Testing

@Suite struct `This machine` {
  @Test func `has pages, ticks and CPUs`() {
    #expect(Machine.pageBytes >= 4096 && Machine.pageBytes & (Machine.pageBytes - 1) == 0)
    #expect(Machine.clockTicksPerSecond > 0)
    #expect((1...ProcessInfo.processInfo.processorCount).contains(Machine.usableProcessors))
  }

  @Test func `gives as many descriptors as its hard limit allows`() async {
    // In a process of its own: the limit is the whole program's.
    await #expect(processExitsWith: .success) {
      let first = try Machine.raiseDescriptorLimit(to: 0)
      #expect(first > 0)
      #expect(try Machine.raiseDescriptorLimit(to: first + 1) >= first)
      let hard = try Machine.raiseDescriptorLimit(to: Int(Int32.max))
      #expect(hard >= first)
      #expect(try Machine.raiseDescriptorLimit(to: Int(Int32.max)) == hard)
    }
  }

  @Test func `has a clock that does not go back`() {
    let first = MonotonicClock.nowNanoseconds
    MonotonicClock.sleep(nanoseconds: 2_000_000)
    #expect(MonotonicClock.nowNanoseconds - first >= 2_000_000)
  }

  @Test func `knows the caller`() {
    #expect(PID.current.rawValue == ProcessInfo.processInfo.processIdentifier)
    #expect(PID.currentThread.rawValue > 0)
  }
}
