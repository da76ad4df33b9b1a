import Foundation
import Scythe
import TestSupport
import Testing

@Suite struct `Advice by the library` {
  private func blocking(_ request: AdviceRequest) throws(AdviceError) -> AdviceOutcome {
    try adviseProcesses(request)
  }

  @Test func `has a blocking form and an async form that do the same`() async throws {
    let victim = try VictimProcess("--anon", "8M")
    var request = AdviceRequest(.cold, processes: [victim.pid])
    request.countsAreas = true
    let one = try blocking(request)
    let other = try await adviseProcesses(request)
    #expect(one.summary.advised == 1 && other.summary.advised == 1)
    guard case .advised(let first) = one.processes[0].result, case .advised(let second) = other.processes[0].result
    else {
      Issue.record("not advised")
      return
    }
    #expect(first.advised == second.advised)
    #expect(first.skipped == second.skipped)
  }

  @Test func `stops when its task is cancelled`() async throws {
    let victim = try VictimProcess("--anon", "8M")
    let pid = victim.pid
    let task = Task {
      // Cancelled already when the work begins.
      unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
      return try await adviseProcesses(AdviceRequest(.cold, processes: [pid]))
    }
    let outcome = try await task.value
    #expect(outcome.summary.end == .cancelled)
    #expect(outcome.processes.map(\.result) == [.notReached(.cancelled)])
  }

  @Test func `throws what it refuses before anybody is advised`() async throws {
    let victim = try VictimProcess("--anon", "8M")
    let before = try VictimMemory(victim.pid)
    let nobody = PID(99_999_999)
    #expect(throws: AdviceError.noSuchProcess(nobody)) {
      try blocking(AdviceRequest(.cold, processes: [victim.pid, nobody]))
    }
    await #expect(throws: AdviceError.noSuchProcess(nobody)) {
      try await adviseProcesses(AdviceRequest(.cold, processes: [victim.pid, nobody]))
    }
    #expect(throws: AdviceError.notDying(victim.pid)) {
      try blocking(AdviceRequest(.dontNeed, processes: [victim.pid]))
    }
    var request = AdviceRequest(.cold, processes: [victim.pid])
    request.ranges = [AddressRange(base: 0, length: 17)]
    #expect(throws: AdviceError.badRange(index: 0, .unaligned)) { try blocking(request) }
    request.ranges = [AddressRange(base: 0, length: Machine.pageBytes)]
    request.trees = [.current]
    #expect(throws: AdviceError.rangesNeedOneProcess) { try blocking(request) }
    request = AdviceRequest(.pageOut, processes: [victim.pid])
    request.means = .reclaim
    #expect(throws: AdviceError.reclaimIsForGroups) { try blocking(request) }
    request = AdviceRequest(.dontNeed, processes: [victim.pid])
    request.maximumBytes = 1
    #expect(throws: AdviceError.releaseIsWhole) { try blocking(request) }
    #expect(try VictimMemory(victim.pid) == before)
  }

  @Test func `tells where it stands, process after process`() throws {
    let victims = try (0..<3).map { _ in try VictimProcess("--anon", "1M") }
    var seen: [Int] = []
    let outcome = try adviseProcesses(AdviceRequest(.cold, processes: victims.map(\.pid))) {
      #expect($0.count == 3)
      if seen.last != $0.index { seen.append($0.index) }
    }
    #expect(outcome.summary.advised == 3)
    #expect(seen == [0, 1, 2])
  }

  @Test func `of one process twice is given once`() throws {
    let victim = try VictimProcess("--anon", "1M")
    var request = AdviceRequest(.cold, processes: [victim.pid, victim.pid])
    request.trees = [victim.pid]
    #expect(try blocking(request).processes.count == 1)
  }
}
