public import ScytheLinux

extension Reclaim {
  /// Gives advice about the memory of a process, and says what took it.
  ///
  /// Holes are no error, and what cannot take the advice is skipped and counted. The process goes on meanwhile: what it
  /// maps behind the walk is not seen. Blocks for as long as the kernel needs: for the process's mmap lock, and with
  /// `pageOut` and `willNeed` perhaps for a disk. It takes 48 KiB of stack and no heap.
  ///
  /// `dontNeed` is for the whole of a dying process, and as ``release(_:pid:isKillPending:)``, which see. Where Scythe's
  /// kernel extension is loaded it is for any part, within any limits, and no robust mutex is lost by it.
  ///
  /// - Parameters:
  ///   - advice: what shall happen.
  ///   - selection: which memory.
  ///   - process: the process.
  ///   - pid: its number.
  ///   - options: how far to go, and when to stop; for `dontNeed` only the extension looks at that.
  ///   - progress: gets what has come of it so far, after each chunk.
  /// - Returns: what took the advice, what did not, and what the process has before and afterwards. A process that is
  ///   gone is no error.
  /// - Throws: `ReclaimError.badRange`; `.notDying` for `dontNeed` if the process lives; `.unsupported` if this kernel
  ///   does not know the advice, and, without the extension, for `dontNeed` with ranges; `.notPermitted` without
  ///   `CAP_SYS_NICE` or ptrace read rights; `.kernel`, with `Errno.resourceTemporarilyUnavailable` if the extension
  ///   cannot tell what of a dying process has to stay for its robust mutexes.
  ///
  /// The corresponding system calls are `process_madvise(2)`, Linux 5.10, and `process_mrelease(2)`, Linux 5.15. The
  /// extension is tried first; where it fails, the way without it follows.
  public func apply(
    _ advice: Advice, to selection: AddressSelection, of process: borrowing ProcessDescriptor, pid: PID,
    _ options: AdviceOptions = AdviceOptions(), progress: (AdviceReport) -> Void = { _ in }
  ) throws(ReclaimError) -> AdviceReport {
    try check(selection)
    let began = kernel.nowNanoseconds
    var report = AdviceReport()
    report.end = .processGone
    if let statusFile = try unlessGone({ () throws(Errno) in try kernel.procfs.open("status", of: pid) }),
      let before = try unlessGone({ () throws(Errno) in try Procfs.status(from: statusFile) })
    {
      report.before = before
      if let rest = try adviseByExtension(advice, selection, process, pid, options, &report, progress) {
        report = AdviceReport()
        report.before = before
        report.end = .processGone
        try adviseWithoutExtension(advice, selection, process, pid, rest, &report, progress)
      }
      report.after = try? Procfs.status(from: statusFile)
      // Of a process that has left its memory nothing is mapped: a walk that came to its end there saw the end of it.
      if advice != .dontNeed, report.after?.hasMemory != true {
        report.after = nil
        report.end = .processGone
        report.nextAddress = 0
      }
    }
    report.elapsedNanoseconds = kernel.nowNanoseconds - began
    return report
  }

  /// Gives advice as every kernel can take it.
  private func adviseWithoutExtension(
    _ advice: Advice, _ selection: AddressSelection, _ process: borrowing ProcessDescriptor, _ pid: PID,
    _ options: AdviceOptions, _ report: inout AdviceReport, _ progress: (AdviceReport) -> Void
  ) throws(ReclaimError) {
    guard advice == .dontNeed else {
      if try isTaken(advice, by: process) { try walk(advice, selection, process, pid, options, &report, progress) }
      return
    }
    guard case .wholeProcess = selection else { throw .unsupported }
    report.carrier = .release
    report.adviceCalls = 1
    report.release = try release(process, pid: pid)
    report.end = .completed
  }

  /// Whether ranges can be meant.
  ///
  /// - Throws: `ReclaimError.badRange`.
  package func check(_ selection: AddressSelection) throws(ReclaimError) {
    guard case .ranges(let ranges) = selection else { return }
    let pageBytes = Machine.pageBytes
    var lastEnd: UInt64 = 0
    for index in ranges.indices {
      let range = ranges[index]
      let (end, overflow) = range.base.addingReportingOverflow(range.length)
      if range.base % pageBytes != 0 || range.length % pageBytes != 0 { throw .badRange(index: index, .unaligned) }
      if overflow { throw .badRange(index: index, .overflowing) }
      if range.base < lastEnd { throw .badRange(index: index, .unordered) }
      lastEnd = end
    }
  }

  /// Whether the process is there to take the advice, tried with no memory at all.
  private func isTaken(_ advice: Advice, by process: borrowing ProcessDescriptor) throws(ReclaimError) -> Bool {
    do throws(Errno) {
      let none: InlineArray<0, AddressRange> = []
      _ = try kernel.advise(advice.memoryAdvice, none.span, of: process)
      return true
    } catch {
      if error == .noSuchProcess { return false }
      if error == .invalidArgument { throw .unsupported }
      throw ReclaimError(adviceError: error)
    }
  }

  private func walk(
    _ advice: Advice, _ selection: AddressSelection, _ process: borrowing ProcessDescriptor, _ pid: PID,
    _ options: AdviceOptions, _ report: inout AdviceReport, _ progress: (AdviceReport) -> Void
  ) throws(ReclaimError) {
    let isWhole = if case .wholeProcess = selection { true } else { false }
    let source = AdviceWalk<K>.source(advice, options, isWhole: isWhole)
    let cursor = try unlessGone { () throws(Errno) in try kernel.openAreas(of: pid, source) }
    // A process that is not dead now still has its number, so all that was opened is about it.
    guard let cursor,
      try unlessGone({ () throws(Errno) in try kernel.waitForExit(of: process, timeoutMilliseconds: 0) }) == false
    else { return }
    var walk = AdviceWalk(kernel, advice, options, cursor, report.before)
    var vector = AdviceVector()
    switch selection {
    case .wholeProcess:
      // The last address of all belongs to nobody.
      _ = try walk.walk(from: 0, to: UInt64.max - (Machine.pageBytes - 1), of: process, &vector, progress)
    case .ranges(let ranges):
      for index in ranges.indices {
        let range = ranges[index]
        let end = range.base + range.length
        guard try walk.walk(from: range.base, to: end, of: process, &vector, progress) else { break }
      }
    }
    report = walk.currentReport()
  }

  /// What `body` returns; `nil` if the process is gone.
  private func unlessGone<R: ~Copyable>(_ body: () throws(Errno) -> R) throws(ReclaimError) -> R? {
    do throws(Errno) {
      return try body()
    } catch {
      if error == .noSuchProcess { return nil }
      throw ReclaimError(adviceError: error)
    }
  }
}
