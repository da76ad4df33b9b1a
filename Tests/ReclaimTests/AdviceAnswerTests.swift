import ScytheLinux
import ScytheReclaim
import Synchronization
import TestSupport
import Testing

/// A kernel that answers single pieces of advice as the real one does only when it likes.
private final class Answers: Sendable {
  private let calls = Atomic<Int>(0)
  private let answer: @Sendable (Int) -> Errno?

  init(_ answer: @escaping @Sendable (Int) -> Errno?) { self.answer = answer }

  func next() -> Errno? { answer(calls.add(1, ordering: .relaxed).oldValue) }
}

private struct AnsweringKernel: ForwardingKernel {
  let live = LiveKernel()
  let answers: Answers

  func advise(
    _ advice: MemoryAdvice, _ ranges: Span<AddressRange>, of process: borrowing ProcessDescriptor
  ) throws(Errno) -> Int {
    if let error = answers.next() { throw error }
    return try live.advise(advice, ranges, of: process)
  }
}

@Suite struct `Advice that is answered` {
  /// The first call asks with no memory at all.
  private func result(_ error: Errno, at call: Int, _ options: AdviceOptions = .counting) throws -> Result<
    AdviceReport, ReclaimError
  > {
    let victim = try VictimProcess("--areas", "a4,r4,n4,s4")
    let range = AddressRange(base: try #require(victim.address("areas")), length: 16 * pageBytes)
    let ranges = [range]
    let process = try ProcessDescriptor(victim.pid)
    let kernel = AnsweringKernel(answers: Answers { $0 == call ? error : nil })
    return Result { () throws(ReclaimError) in
      try Reclaim(kernel: kernel).apply(.cold, to: .ranges(ranges.span), of: process, pid: victim.pid, options)
    }
  }

  private func failure(_ error: Errno, at call: Int) throws -> ReclaimError? {
    if case .failure(let error) = try result(error, at: call) { return error }
    return nil
  }

  @Test(arguments: [0, 1])
  func `EPERM and EACCES lacks a right`(call: Int) throws {
    #expect(try failure(.notPermitted, at: call) == .notPermitted(.notPermitted))
    #expect(try failure(.permissionDenied, at: call) == .notPermitted(.permissionDenied))
  }

  @Test func `ENOSYS is one that this kernel, or a filter, does not let through`() throws {
    #expect(try failure(.noFunction, at: 0) == .unsupported)
  }

  @Test func `EINVAL for no memory at all is one that this kernel does not know`() throws {
    #expect(try failure(.invalidArgument, at: 0) == .unsupported)
  }

  @Test(arguments: [0, 1])
  func `ESRCH is a process that is gone`(call: Int) throws {
    #expect(try result(.noSuchProcess, at: call).get().end == .processGone)
  }

  @Test(arguments: [
    (Errno.noMemory, SkipReason.changed), (.resourceTemporarilyUnavailable, .failed),
    (.resourceBusy, .failed), (.badFileDescriptor, .notEligible), (.invalidArgument, .refused),
  ])
  func `for one area by something else skips that area, and goes on`(error: Errno, reason: SkipReason) throws {
    let report = try result(error, at: 1).get()
    #expect(report.end == .completed)
    #expect(report.skipped[reason].areas == 1)
    #expect(report.skipped[reason].bytes == 4 * pageBytes)
    #expect(report.advised?.bytes == 12 * pageBytes)
  }

  @Test func `for a window by EFAULT is tried area by area`() throws {
    let report = try result(.badAddress, at: 1, AdviceOptions()).get()
    #expect(report.end == .completed)
    #expect(report.skipped.total.areas == 0)
    #expect(report.adviceCalls == 2)
  }

  @Test func `by anything else is passed on`() throws {
    #expect(try failure(Errno(rawValue: 5), at: 1) == .kernel(Errno(rawValue: 5)))
  }
}

@Suite struct `Advice that a filter pretends to have given` {
  private struct PretendingKernel: ForwardingKernel {
    let live = LiveKernel()

    func advise(
      _ advice: MemoryAdvice, _ ranges: Span<AddressRange>, of process: borrowing ProcessDescriptor
    ) throws(Errno) -> Int { 0 }
  }

  @Test(arguments: [false, true])
  func `comes to its end, and claims nothing`(countsAreas: Bool) throws {
    let victim = try VictimProcess("--areas", "a4,x2,r4")
    var options = AdviceOptions()
    options.countsAreas = countsAreas
    let report = try advise(victim.pid, PretendingKernel(), .cold, nil, options)
    #expect(report.end == .completed)
    #expect(report.skipped[.refused].areas > 0)
    if countsAreas { #expect(report.advised == AreaTally()) }
  }
}

@Suite(.enabled(if: KernelFeatures.hasRelease, "process_mrelease came with Linux 5.15"))
struct `The advice to free` {
  @Test func `is refused for a process that lives, and costs it nothing`() throws {
    let victim = try VictimProcess("--anon", "8M")
    #expect(throws: ReclaimError.notDying) { try advise(victim.pid, .dontNeed) }
    #expect(try Procfs().status(of: victim.pid).anonymousBytes >= 8 << 20 - KernelFeatures.countLag)
  }

  @Test func `frees all of one that is dying`() throws {
    let victim = try VictimProcess("--anon", "8M", "--held")
    try ProcessDescriptor(victim.pid).send(.kill)
    let report = try advise(victim.pid, .dontNeed)
    #expect(report.carrier == .release)
    #expect(report.release == .released)
    #expect(report.before.anonymousBytes >= 8 << 20 - KernelFeatures.countLag)
    #expect(report.after?.anonymousBytes == 0)
  }

  @Test func `for a range of it is more than a stock kernel can`() throws {
    let victim = try VictimProcess("--areas", "a8", "--held")
    let ranges = [AddressRange(base: try #require(victim.address("areas")), length: pageBytes)]
    try ProcessDescriptor(victim.pid).send(.kill)
    #expect(throws: ReclaimError.unsupported) { try advise(victim.pid, .dontNeed, ranges) }
    #expect(try Procfs().countedMemory(of: victim.pid).anonymousBytes >= 8 * pageBytes)
  }
}
