import Glibc
import ScytheLinux
import ScytheReaper
import Synchronization
import TestSupport
import Testing

/// Who reads a process's memory holds on to it. If the process dies meanwhile, the reader frees the memory when it is
/// done, and until then nothing is back, dead or not.
@Suite struct `A death during the look at the robust lists` {
  @Test func `brings the memory back only with the end of the look`() throws {
    let victim = try VictimProcess("--areas", "a\(SlowLookKernel.bytes / 4096)", "--held-for", "50")
    let kernel = SlowLookKernel(address: try #require(victim.address("areas")))
    let report = try kill(victim.pid, kernel)
    #expect(report.fate == .exited)
    let moments = kernel.moments
    #expect(moments.looks.load(ordering: .acquiring) > 0)
    // What is reported is counted from the signal, which is before the moment that is known here.
    let back = moments.signal.load(ordering: .acquiring) + (try #require(report.backNanoseconds))
    #expect(back >= moments.lookEnd.load(ordering: .acquiring))
  }
}

/// The live kernel, with a look that lasts: it reads all of the victim's memory again and again until there is none, as if
/// what it looks at had to come from a slow disk. Each reading holds the memory, so that the death falls into one.
private struct SlowLookKernel: ReaperKernel, ForwardingKernel {
  final class Moments: Sendable {
    let signal = Atomic<Int64>(0)
    let lookEnd = Atomic<Int64>(0)
    let looks = Atomic<Int>(0)
  }

  static let bytes = 64 << 20

  let live = LiveKernel()
  let moments = Moments()
  let address: UInt64

  static var executorBody: ThreadBody { { unsafe runExecutor(SlowLookKernel.self, $0) } }

  func send(_ signal: Signal, to process: borrowing ProcessDescriptor) throws(Errno) {
    try live.send(signal, to: process)
    if signal == .kill { moments.signal.store(MonotonicClock.nowNanoseconds, ordering: .releasing) }
  }

  func readRobustLists(
    of thread: PID, at addresses: Span<UInt64>, into words: inout MutableSpan<RobustListWords>
  ) throws(Errno) -> Int {
    let memory = unsafe open("/proc/\(thread.rawValue)/mem", O_RDONLY | O_CLOEXEC)
    defer { close(memory) }
    let place = UnsafeMutableRawPointer.allocate(byteCount: Self.bytes, alignment: 4096)
    defer { unsafe place.deallocate() }
    while unsafe pread(memory, place, Self.bytes, off_t(address)) == Self.bytes {
      moments.looks.add(1, ordering: .acquiringAndReleasing)
    }
    moments.lookEnd.store(MonotonicClock.nowNanoseconds, ordering: .releasing)
    return try live.readRobustLists(of: thread, at: addresses, into: &words)
  }
}
