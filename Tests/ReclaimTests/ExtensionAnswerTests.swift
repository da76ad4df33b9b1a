import ScytheLinux
import ScytheReclaim
import Synchronization
import TestSupport
import Testing

/// A kernel with the extension that a test pretends, which counts what else is asked of it.
struct ExtendedKernel: ForwardingKernel {
  final class Counts: Sendable {
    let releases = Atomic<Int>(0)
    let advices = Atomic<Int>(0)
    let looks = Atomic<Int>(0)
    let lowestAdvised = Atomic<Int64>(.max)
  }

  let live = LiveKernel()
  let pretended: PretendedExtension
  let counts = Counts()

  init(_ pretended: PretendedExtension) { self.pretended = pretended }

  func queryExtension() throws(Errno) -> MadviseExtension { try pretended.query() }

  func advise(
    _ advice: MemoryAdvice, span: AdviceSpan, of process: borrowing ProcessDescriptor
  ) throws(Errno) -> UInt64? {
    try pretended.advise(advice, span, process)
  }

  func advise(
    _ advice: MemoryAdvice, _ ranges: Span<AddressRange>, of process: borrowing ProcessDescriptor
  ) throws(Errno) -> Int {
    if ranges.count > 0 {
      counts.advices.add(1, ordering: .relaxed)
      counts.lowestAdvised.min(Int64(ranges[0].base), ordering: .relaxed)
    }
    return try live.advise(advice, ranges, of: process)
  }

  func openAreas(of pid: PID, _ source: AreaSource) throws(Errno) -> AreaCursor {
    counts.looks.add(1, ordering: .relaxed)
    return try live.openAreas(of: pid, source)
  }

  func releaseMemory(of process: borrowing ProcessDescriptor) throws(Errno) {
    counts.releases.add(1, ordering: .relaxed)
    try live.releaseMemory(of: process)
  }
}

/// Errors of the extension that the stock way follows.
private let unexpected: [Errno] = [
  .invalidArgument, .interrupted, .noMemory, .badAddress, .noFunction, .resourceBusy, .badFileDescriptor,
  Errno(rawValue: 5),
]

@Suite struct `Advice by the extension` {
  @Test(arguments: [Advice.cold, .pageOut, .willNeed, .collapse])
  func `to a whole process is one call, and no look at its areas`(advice: Advice) throws {
    let victim = try VictimProcess("--anon", "1M")
    let kernel = ExtendedKernel(PretendedExtension { (_, _, _) in nil })
    let report = try advise(victim.pid, kernel, advice)
    #expect(kernel.pretended.calls == [.init(advice: advice.memoryAdvice, span: AdviceSpan())])
    #expect(kernel.pretended.queries == 1)
    #expect(kernel.counts.looks.load(ordering: .relaxed) == 0)
    #expect(report.carrier == .extension)
    #expect(report.end == .completed)
    #expect(report.adviceCalls == 1)
    #expect(report.areaCalls == 0)
    #expect(report.nextAddress == 0)
    #expect(report.advised == nil)
  }

  @Test func `to ranges is a call for each that is not empty`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let kernel = ExtendedKernel(PretendedExtension { (_, _, _) in nil })
    let ranges = [
      AddressRange(base: 1 << 30, length: 4 << 30), AddressRange(base: 6 << 30, length: 0),
      AddressRange(base: 8 << 30, length: pageBytes),
    ]
    let report = try advise(victim.pid, kernel, .cold, ranges)
    #expect(
      kernel.pretended.calls.map(\.span) == [
        AdviceSpan(from: 1 << 30, to: 5 << 30), AdviceSpan(from: 8 << 30, to: 8 << 30 + pageBytes),
      ])
    #expect(report.adviceCalls == 2)
    #expect(report.end == .completed)
  }

  @Test func `goes on where a call has stopped, chunk by chunk, if it may be ended`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let kernel = ExtendedKernel(
      PretendedExtension { (_, number, _) in number < 3 ? UInt64(number + 1) << 30 : nil })
    var options = AdviceOptions()
    options.deadlineNanoseconds = .max
    var chunks = 0
    let report = try advise(victim.pid, kernel, .cold, nil, options) { _ in chunks += 1 }
    #expect(
      kernel.pretended.calls.map(\.span)
        == (0..<4).map { AdviceSpan(from: UInt64($0) << 30, budgetBytes: 256 << 20) })
    #expect(report.end == .completed)
    #expect(chunks == 4)
  }

  @Test func `spends no more than the maximum, and tells where to go on`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let kernel = ExtendedKernel(PretendedExtension { (call, _, _) in call.span.base + 2 * call.span.budgetBytes! })
    var options = AdviceOptions()
    options.maximumBytes = 600 << 20 + 100
    let report = try advise(victim.pid, kernel, .cold, nil, options)
    #expect(kernel.pretended.calls.map(\.span.budgetBytes) == [256 << 20, 256 << 20, 88 << 20])
    #expect(report.end == .maximumReached)
    #expect(report.nextAddress == 1200 << 20)
    options.firstAddress = report.nextAddress
    _ = try advise(victim.pid, kernel, .cold, nil, options)
    #expect(kernel.pretended.calls[3].span.base == 1200 << 20)
  }

  @Test func `whose time is over is none, and begins again where it would have begun`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let kernel = ExtendedKernel(PretendedExtension { (_, _, _) in nil })
    var options = AdviceOptions()
    options.deadlineNanoseconds = 0
    let report = try advise(victim.pid, kernel, .cold, nil, options)
    #expect(report.end == .deadlineReached)
    #expect(report.nextAddress == pageBytes)
    #expect(kernel.pretended.calls.isEmpty)
  }

  @Test func `begins a huge page again that a budget has cut through`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let huge: UInt64 = 2 << 20
    let kernel = ExtendedKernel(
      PretendedExtension { (call, number, _) in number == 0 ? 20 * huge + 3 * 4096 : nil })
    var options = AdviceOptions()
    options.deadlineNanoseconds = .max
    #expect(try advise(victim.pid, kernel, .collapse, nil, options).end == .completed)
    #expect(kernel.pretended.calls.map(\.span.base) == [0, 20 * huge])
  }

  @Test func `is not asked for where it is not preferred, or areas are to be counted`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let kernel = ExtendedKernel(PretendedExtension { (_, _, _) in nil })
    var options = AdviceOptions()
    options.prefersExtension = false
    #expect(try advise(victim.pid, kernel, .cold, nil, options).carrier == .vector)
    #expect(try advise(victim.pid, kernel, .cold, nil, .counting).carrier == .vector)
    #expect(kernel.pretended.queries == 0)
  }

  @Test func `is not given where several ranges have one maximum`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let kernel = ExtendedKernel(PretendedExtension { (_, _, _) in nil })
    var options = AdviceOptions()
    options.maximumBytes = 1 << 20
    let ranges = [AddressRange(base: 1 << 30, length: 1 << 20), AddressRange(base: 2 << 30, length: 1 << 20)]
    #expect(try advise(victim.pid, kernel, .cold, ranges, options).carrier == .vector)
    #expect(kernel.pretended.calls.isEmpty)
    #expect(try advise(victim.pid, kernel, .cold, [ranges[0]], options).carrier == .extension)
  }

  @Test(arguments: [
    (2, PretendedExtension.allAbilities), (1, MadviseAbilities.wholeProcess), (1, .bounds | .budget),
    (1, .wholeProcess | .budget), (1, MadviseAbilities(rawValue: 0)),
  ])
  func `of another version, or that can do less, is not used`(version: Int, abilities: MadviseAbilities) throws {
    let victim = try VictimProcess("--anon", "1M")
    let kernel = ExtendedKernel(PretendedExtension(version: version, abilities) { (_, _, _) in nil })
    #expect(try advise(victim.pid, kernel, .cold).carrier == .vector)
    #expect(kernel.pretended.calls.isEmpty)
    #expect(throws: ReclaimError.unsupported) { try Reclaim(kernel: kernel).probe(.extension) }
  }

  @Test func `that is unloaded is looked for once`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let kernel = ExtendedKernel(PretendedExtension { (_, _, _) in nil })
    kernel.pretended.unload()
    #expect(try advise(victim.pid, kernel, .cold).carrier == .vector)
    #expect(kernel.pretended.queries == 1)
    #expect(throws: ReclaimError.unsupported) { try Reclaim(kernel: kernel).probe(.extension) }
  }

  @Test func `to a process that is gone is no failure`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let kernel = ExtendedKernel(PretendedExtension { (_, _, _) throws(Errno) in throw .noSuchProcess })
    #expect(try advise(victim.pid, kernel, .cold).end == .processGone)
    #expect(kernel.counts.advices.load(ordering: .relaxed) == 0)
  }

  @Test(arguments: [Errno.notPermitted, .permissionDenied])
  func `without a right fails, as without the extension`(error: Errno) throws {
    let victim = try VictimProcess("--anon", "1M")
    let kernel = ExtendedKernel(PretendedExtension { (_, _, _) throws(Errno) in throw error })
    #expect(throws: ReclaimError.notPermitted(error)) { try advise(victim.pid, kernel, .cold) }
    #expect(kernel.counts.advices.load(ordering: .relaxed) == 0)
  }

  @Test(arguments: unexpected)
  func `that fails in any other way is given the stock way`(error: Errno) throws {
    let victim = try VictimProcess("--anon", "8M")
    let kernel = ExtendedKernel(PretendedExtension { (_, _, _) throws(Errno) in throw error })
    let report = try advise(victim.pid, kernel, .cold)
    #expect(report.carrier == .vector)
    #expect(report.end == .completed)
    #expect(try referencedBytes(of: victim.pid, atLeast: 8 << 20) == 0)
  }

  @Test func `that fails in the middle is given the stock way from there on, within the same limit`() throws {
    let victim = try VictimProcess("--areas", "a64")
    let base = try #require(victim.address("areas"))
    let kernel = ExtendedKernel(
      PretendedExtension { (call, number, _) throws(Errno) in
        if number == 1 { throw Errno(rawValue: 5) }
        return base + 16 * pageBytes
      })
    var options = AdviceOptions()
    options.maximumBytes = 256 << 20 + 20 * pageBytes
    let report = try advise(victim.pid, kernel, .cold, [AddressRange(base: base, length: 64 * pageBytes)], options)
    #expect(report.carrier == .vector)
    #expect(report.advised?.bytes == 20 * pageBytes)
    #expect(report.end == .maximumReached)
    #expect(report.nextAddress == base + 36 * pageBytes)
    #expect(kernel.counts.lowestAdvised.load(ordering: .relaxed) == Int64(base + 16 * pageBytes))
  }

  @Test func `that does not get on is given the stock way, and not asked for ever`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let kernel = ExtendedKernel(PretendedExtension { (call, _, _) in call.span.base })
    var options = AdviceOptions()
    options.deadlineNanoseconds = .max
    #expect(try advise(victim.pid, kernel, .cold, nil, options).carrier == .vector)
    #expect(kernel.pretended.calls.count == 1)
  }
}

@Suite struct `A release by the extension` {
  private func heldVictim(_ arguments: String...) throws -> VictimProcess {
    let victim = try VictimProcess(arguments + ["--held"])
    try ProcessDescriptor(victim.pid).send(.kill)
    return victim
  }

  @Test func `of a whole process is one call, locked memory included where it can`() throws {
    let victim = try heldVictim("--anon", "1M")
    let kernel = ExtendedKernel(PretendedExtension { (_, _, _) in nil })
    let report = try advise(victim.pid, kernel, .dontNeed)
    #expect(kernel.pretended.calls == [.init(advice: .dontNeedLocked, span: AdviceSpan())])
    #expect(report.carrier == .extension)
    #expect(report.release == .released)
    #expect(report.adviceCalls == 1)
    #expect(kernel.counts.releases.load(ordering: .relaxed) == 0)
  }

  @Test(.enabled(if: KernelFeatures.hasRelease, "process_mrelease came with Linux 5.15"))
  func `that leaves locked memory is used only where there is none`() throws {
    let abilities: MadviseAbilities = .wholeProcess | .bounds | .budget | .sparesRobustMutexes
    let kernel = ExtendedKernel(PretendedExtension(abilities) { (_, _, _) in nil })
    let locked = try heldVictim("--anon", "1M", "--locked")
    #expect(try advise(locked.pid, kernel, .dontNeed).carrier == .release)
    let victim = try heldVictim("--anon", "1M")
    #expect(try advise(victim.pid, kernel, .dontNeed).carrier == .extension)
    #expect(kernel.pretended.calls == [.init(advice: .dontNeed, span: AdviceSpan())])
  }

  @Test func `of ranges is possible`() throws {
    let victim = try heldVictim("--anon", "1M")
    let kernel = ExtendedKernel(PretendedExtension { (_, _, _) in nil })
    let report = try advise(victim.pid, kernel, .dontNeed, [AddressRange(base: 1 << 30, length: 1 << 30)])
    #expect(report.release == .released)
    #expect(kernel.pretended.calls.map(\.span) == [AdviceSpan(from: 1 << 30, to: 2 << 30)])
  }

  @Test func `within a limit is a part, and says where to go on`() throws {
    let victim = try heldVictim("--anon", "1M")
    let kernel = ExtendedKernel(PretendedExtension { (call, _, _) in call.span.base + (4 << 30) })
    var options = AdviceOptions()
    options.maximumBytes = 256 << 20
    let report = try advise(victim.pid, kernel, .dontNeed, nil, options)
    #expect(report.release == .partly)
    #expect(report.end == .maximumReached)
    #expect(report.nextAddress == 4 << 30)
  }

  @Test(.enabled(if: KernelFeatures.hasRelease, "process_mrelease came with Linux 5.15"), arguments: unexpected)
  func `of a whole process that fails is done by process_mrelease`(error: Errno) throws {
    let victim = try heldVictim("--anon", "8M")
    let kernel = ExtendedKernel(PretendedExtension { (_, _, _) throws(Errno) in throw error })
    let report = try advise(victim.pid, kernel, .dontNeed)
    #expect(report.carrier == .release)
    #expect(report.release == .released)
    #expect(report.after?.anonymousBytes == 0)
  }

  @Test(arguments: [nil, [AddressRange(base: 1 << 30, length: 1 << 30)]])
  func `that cannot tell what to spare loses nothing to the other means`(ranges: [AddressRange]?) throws {
    let victim = try heldVictim("--anon", "8M")
    let kernel = ExtendedKernel(
      PretendedExtension { (_, _, _) throws(Errno) in throw .resourceTemporarilyUnavailable })
    #expect(throws: ReclaimError.kernel(.resourceTemporarilyUnavailable)) {
      try advise(victim.pid, kernel, .dontNeed, ranges)
    }
    #expect(kernel.counts.releases.load(ordering: .relaxed) == 0)
    #expect(try Procfs().countedMemory(of: victim.pid).anonymousBytes >= 8 << 20)
  }

  @Test func `of ranges of a process that lives is refused`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let kernel = ExtendedKernel(PretendedExtension { (_, _, _) throws(Errno) in throw .invalidArgument })
    #expect(throws: ReclaimError.notDying) {
      try advise(victim.pid, kernel, .dontNeed, [AddressRange(base: 1 << 30, length: 1 << 30)])
    }
  }

  @Test func `of ranges is unsupported once it is unloaded, be it in the middle`() throws {
    let victim = try heldVictim("--anon", "1M")
    let ranges = [AddressRange(base: 1 << 30, length: 1 << 30)]
    let holder = Mutex<PretendedExtension?>(nil)
    let kernel = ExtendedKernel(
      PretendedExtension { (_, _, _) throws(Errno) in
        holder.withLock { $0?.unload() }
        throw .invalidArgument
      })
    holder.withLock { $0 = kernel.pretended }
    defer { holder.withLock { $0 = nil } }
    #expect(throws: ReclaimError.unsupported) { try advise(victim.pid, kernel, .dontNeed, ranges) }
    #expect(kernel.pretended.calls.count == 1)
    #expect(throws: ReclaimError.unsupported) { try advise(victim.pid, kernel, .dontNeed, ranges) }
    #expect(kernel.pretended.calls.count == 1)
  }

  @Test func `of a process that has left its memory says so`() throws {
    let victim = try heldVictim("--anon", "1M")
    let kernel = ExtendedKernel(PretendedExtension { (_, _, _) throws(Errno) in throw .noSuchProcess })
    #expect(try advise(victim.pid, kernel, .dontNeed).release == .exitUnderWay)
  }
}
