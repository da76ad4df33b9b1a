import Foundation
import ScytheLinux
import ScytheReaper
import Synchronization
import TestSupport
import Testing

/// A kernel whose releases wait until they are let go, as those of a victim do that is stuck with its mmap lock held.
private struct GatedKernel: ReaperKernel, ForwardingKernel {
  final class Gate: Sendable {
    let isOpen = Atomic<Bool>(false)
    let waiting = Atomic<Int>(0)
    /// The threads that have sent SIGKILL, in their order.
    let killers = Mutex<[PID]>([])

    func open() { isOpen.store(true, ordering: .releasing) }

    /// Waits until somebody waits, or nobody does.
    func wait(for count: Int) { while waiting.load(ordering: .acquiring) != count { usleep(1000) } }
  }

  let live = LiveKernel()
  let gate: Gate

  static var executorBody: ThreadBody { { unsafe runExecutor(GatedKernel.self, $0) } }

  func send(_ signal: Signal, to process: borrowing ProcessDescriptor) throws(Errno) {
    if signal == .kill { gate.killers.withLock { $0.append(.currentThread) } }
    try live.send(signal, to: process)
  }

  func releaseMemory(of process: borrowing ProcessDescriptor) throws(Errno) {
    gate.waiting.add(1, ordering: .acquiringAndReleasing)
    while !gate.isOpen.load(ordering: .acquiring) { usleep(1000) }
    defer { gate.waiting.subtract(1, ordering: .acquiringAndReleasing) }
    try live.releaseMemory(of: process)
  }
}

@Suite(.needsRelease, .timeLimit(.minutes(5))) struct `An executor that ends after its kill was given up` {
  private let gate = GatedKernel.Gate()

  private func reaper() throws -> Reaper<GatedKernel> {
    var configuration = ReaperConfiguration()
    configuration.workers = 1
    return try Reaper(kernel: GatedKernel(gate: gate), configuration)
  }

  @Test func `says nothing about the next one`() throws {
    let victims = try (0..<3).map { _ in try VictimProcess("--anon", "8M", "--held") }
    defer { gate.open() }
    var reaper = try reaper()
    for victim in victims.prefix(2) { try reaper.select(victim.pid) }
    _ = try reaper.kill(.deadline(milliseconds: 0))
    gate.wait(for: 1)
    gate.open()
    gate.wait(for: 0)
    // What comes between the release and the end of the job.
    usleep(100_000)
    reaper.removeAll()
    let before = gate.killers.withLock { $0.count }
    try reaper.select(victims[2].pid)
    let summary = try reaper.kill()
    #expect(summary.victims == 1 && summary.isAllBack)
    #expect(reaper.report(at: 0).pid == victims[2].pid)
    #expect(reaper.report(at: 0).deliveredNanoseconds != nil)
    #expect(gate.killers.withLock { $0.count } == before + 1)
  }

  @Test func `does not hold the signal of the next one up`() throws {
    let first = try VictimProcess("--anon", "256M", "--held")
    let second = try VictimProcess("--anon", "1M")
    defer { gate.open() }
    var reaper = try reaper()
    try reaper.select(first.pid)
    _ = try reaper.kill(.deadline(milliseconds: 0))
    gate.wait(for: 1)
    let before = gate.killers.withLock { $0.count }
    let hasForgotten = reaper.removeAll()
    #expect(!hasForgotten)
    reaper.beginNext()
    try reaper.select(second.pid)
    _ = try reaper.kill()
    #expect(second.ask("w") == "exited 9")
    // Nobody else was free to.
    #expect(gate.killers.withLock { Array($0[before...]) } == [.currentThread])
  }
}
