import ScytheLinux
import ScytheReclaim

/// Advice on its way from process to process, with what is left of the limits.
struct AdviceRun {
  private let request: AdviceRequest
  private let selection: AdviceSelection
  private let kernel = LiveKernel()
  private let began = MonotonicClock.nowNanoseconds
  private var bytesLeft: UInt64?
  private var summary = AdviceSummary()

  init(_ request: AdviceRequest, _ selection: AdviceSelection) {
    self.request = request
    self.selection = selection
    bytesLeft = request.maximumBytes
  }

  mutating func outcome(_ progress: (AdviceProgress) -> Void) -> AdviceOutcome {
    let total = selection.groups.count + selection.candidates.count
    var groups: [ReclaimedGroup] = []
    for path in selection.groups {
      let index = groups.count
      let result = reclaim(path) { report in
        progress(
          AdviceProgress(index: index, count: total, subject: path, advisedBytes: report.reclaimedBytes))
      }
      count(result)
      groups.append(ReclaimedGroup(path: path, result: result))
    }
    var processes: [AdvisedProcess] = []
    for candidate in selection.candidates {
      let index = groups.count + processes.count
      let subject = "\(candidate.pid.rawValue) \(candidate.name)"
      let result = advise(candidate) { report in
        progress(
          AdviceProgress(index: index, count: total, subject: subject, advisedBytes: report.advised?.bytes))
      }
      count(result)
      processes.append(
        AdvisedProcess(pid: candidate.pid, name: candidate.name, before: candidate.before, result: result))
    }
    summary.elapsedNanoseconds = MonotonicClock.nowNanoseconds - began
    return AdviceOutcome(processes: processes, groups: groups, summary: summary)
  }

  // MARK: Limits

  /// Looks whether anything may still be done; what has ended it once has ended it for good.
  private mutating func isOver() -> Bool {
    if summary.end != .completed { return true }
    if let descriptor = request.cancellation, FileDescriptor.isReadable(descriptor) {
      summary.end = .cancelled
    } else if let nanoseconds = nanosecondsLeft, nanoseconds <= 0 {
      summary.end = .deadlineReached
    } else if bytesLeft == 0 {
      summary.end = .maximumReached
    }
    return summary.end != .completed
  }

  private var nanosecondsLeft: Int64? {
    request.deadlineNanoseconds.map { $0 - (MonotonicClock.nowNanoseconds - began) }
  }

  private var options: AdviceOptions {
    var options = AdviceOptions()
    options.maximumBytes = bytesLeft
    options.deadlineNanoseconds = nanosecondsLeft
    options.cancellation = request.cancellation
    options.countsAreas = request.countsAreas && request.means != .extension
    // What the extension has used of a limit is not told, so nothing would be left of it for the next one.
    let isLimited = request.maximumBytes != nil && selection.candidates.count + selection.groups.count > 1
    options.prefersExtension = request.means == .extension || request.means == .automatic && !isLimited
    return options
  }

  private mutating func take(_ bytes: UInt64) {
    if let left = bytesLeft { bytesLeft = left > bytes ? left - bytes : 0 }
  }

  // MARK: One after the other

  private mutating func reclaim(
    _ path: String, _ progress: (GroupReclaimReport) -> Void
  ) -> GroupReclaimResult {
    if isOver() { return .notReached(summary.end) }
    let report: GroupReclaimReport
    do throws(ReclaimError) {
      report = try reclaimNow(path, progress)
    } catch {
      return .failed(error)
    }
    take(report.reclaimedBytes)
    switch report.end {
    case .cancelled: summary.end = .cancelled
    case .deadlineReached: summary.end = .deadlineReached
    case .completed, .exhausted, .groupRemoved: break
    }
    return .reclaimed(report)
  }

  private func reclaimNow(
    _ path: String, _ progress: (GroupReclaimReport) -> Void
  ) throws(ReclaimError) -> GroupReclaimReport {
    let group: ControlGroup
    do throws(Errno) {
      group = try ControlGroup(path: PathBuffer(bytes: path.utf8))
    } catch {
      guard error == .noSuchFileOrDirectory else { throw .kernel(error) }
      var removed = GroupReclaimReport()
      removed.end = .groupRemoved
      return removed
    }
    return try GroupReclaim.apply(to: group, options, progress: progress)
  }

  private mutating func advise(
    _ candidate: AdviceSelection.Candidate, _ progress: (AdviceReport) -> Void
  ) -> AdviceResult {
    if isOver() { return .notReached(summary.end) }
    // The number may belong to another process by now.
    guard let process = try? ProcessDescriptor(candidate.pid),
      let stat = try? kernel.procfs.stat(of: candidate.pid), stat.startTicks == candidate.startTicks
    else { return .gone }
    let report: AdviceReport
    do throws(ReclaimError) {
      report = try apply(to: process, candidate.pid, progress)
    } catch {
      if case .notPermitted(let cause) = error { return .notPermitted(cause) }
      return .failed(error)
    }
    take(report.advised?.bytes ?? 0)
    if report.end == .processGone { return .gone }
    if report.end != .completed { summary.end = report.end }
    return .advised(report)
  }

  private func apply(
    to process: borrowing ProcessDescriptor, _ pid: PID, _ progress: (AdviceReport) -> Void
  ) throws(ReclaimError) -> AdviceReport {
    let reclaim = Reclaim(kernel: kernel)
    guard !request.ranges.isEmpty else {
      return try reclaim.apply(
        request.advice, to: .wholeProcess, of: process, pid: pid, options, progress: progress)
    }
    return try reclaim.apply(
      request.advice, to: .ranges(request.ranges.span), of: process, pid: pid, options, progress: progress)
  }

  private mutating func count(_ result: AdviceResult) {
    switch result {
    case .advised(let report):
      summary.advised += 1
      summary.before.add(MemorySum(report.before))
      summary.after.add(MemorySum(report.after ?? ProcessStatus()))
    case .notReached: summary.notReached += 1
    case .gone: summary.gone += 1
    case .notPermitted: summary.notPermitted += 1
    case .failed: summary.failed += 1
    }
  }

  private mutating func count(_ result: GroupReclaimResult) {
    switch result {
    case .reclaimed: break
    case .notReached: summary.notReached += 1
    case .failed: summary.failed += 1
    }
  }
}
