import Foundation
import ScytheLinux
import TestSupport
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

  @Test func `counts its processes on`() throws {
    let census = try ProcessCensus()
    // As it is: others make processes too.
    let before = try census.lastNumber()
    let victim = try VictimProcess()
    defer { victim.end() }
    let after = try census.lastNumber()
    #expect(after != before)
  }

  @Test(arguments: ["", "0.20 0.18 0.12 1/80", "0.20 0.18 0.12 1/80 x"])
  func `refuses what is no load average`(text: String) throws {
    let tree = try TemporaryTree()
    try tree.write("loadavg", text)
    let census = try ProcessCensus(tree.procfs)
    #expect(throws: Errno.badMessage) { _ = try census.lastNumber() }
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
