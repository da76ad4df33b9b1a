import Scythe

/// What became of advice, as a person reads it: one line for each process and group, a total, and what it means.
enum AdviseReportText {
  static func lines(_ outcome: AdviceOutcome, _ advice: Advice, hasSwap: Bool) -> [String] {
    var lines = outcome.groups.map { line($0) }
    lines += outcome.processes.compactMap { line($0, advice) }
    if !(outcome.processes.isEmpty && !outcome.groups.isEmpty) { lines.append(total(outcome.summary, advice)) }
    let isBySwap = outcome.summary.after.swapBytes > outcome.summary.before.swapBytes
    if outcome.summary.advised > 0 || !outcome.groups.isEmpty,
      let note = note(advice, hasSwap: hasSwap, isBySwap: isBySwap)
    {
      lines.append(note)
    }
    return lines
  }

  /// What advice can do here, where that is not to be seen from the numbers.
  ///
  /// - Parameter isBySwap: whether the advice moved something to swap; `memory.reclaim` leaves no copy.
  static func note(_ advice: Advice, hasSwap: Bool, isBySwap: Bool = false) -> String? {
    switch advice {
    case .pageOut where !hasSwap: "note: there is no swap here, so only pages of files can go"
    // Seen on 6.1 and 6.12 with a swap disk: of 200 MiB that a process had no more, all were in the swap cache, until
    // somebody needed the room.
    case .pageOut where isBySwap: "note: what a swap disk got stays cached until somebody needs the room"
    case .willNeed where !hasSwap: "note: there is no swap here, so only pages of files can be read in"
    case .willNeed: "note: what was read in counts as resident once the process uses it"
    case .cold: "note: cold memory stays resident; the kernel takes it first when memory runs short"
    default: nil
    }
  }

  /// - Returns: `nil` if it was not reached: the total has the number, and a user can have thousands.
  private static func line(_ process: AdvisedProcess, _ advice: Advice) -> String? {
    let subject = "\(process.pid.rawValue) \(process.name): "
    switch process.result {
    case .advised(let report): return subject + words(report, advice)
    case .notReached: return nil
    case .gone: return subject + "gone meanwhile"
    case .notPermitted(let cause): return subject + "not advised: \(cause.advicePermission)"
    case .failed(let error): return subject + "not advised: \(error.explanation)"
    }
  }

  private static func words(_ report: AdviceReport, _ advice: Advice) -> String {
    let after = advice == .cold ? nil : report.after.map { MemorySum($0) }
    var text = change(MemorySum(report.before), after)
    if report.carrier == .extension {
      text += "; advised by the kernel extension, \(calls(report.adviceCalls))"
    }
    if let advised = report.advised { text += "; advised \(Quantity.bytes(advised.bytes)) in \(areas(advised.areas))" }
    text += " in \(Quantity.milliseconds(report.elapsedNanoseconds))"
    let skipped = self.skipped(report.skipped)
    if !skipped.isEmpty { text += "; skipped \(skipped)" }
    if report.end != .completed {
      text += "; stopped at \(String(report.nextAddress, radix: 16)): \(report.end.explanation)"
    }
    return text
  }

  /// What did not take the advice, by reason.
  static func skipped(_ skipped: SkippedAreas) -> String {
    var parts: [String] = []
    for index in SkipReason.all.indices {
      let reason = SkipReason.all[index]
      let tally = skipped[reason]
      if tally.areas > 0 {
        parts.append("\(Quantity.bytes(tally.bytes)) in \(areas(tally.areas)) (\(reason.explanation))")
      }
    }
    return parts.joined(separator: ", ")
  }

  private static func line(_ group: ReclaimedGroup) -> String {
    let subject = "\(group.path): "
    switch group.result {
    case .notReached(let end): return subject + "not reached: \(end.explanation)"
    case .failed(let error): return subject + "not reclaimed: \(error.explanation)"
    case .reclaimed(let report):
      var text = subject + "\(Quantity.bytes(report.reclaimedBytes)) reclaimed by memory.reclaim"
      text += " in \(Quantity.milliseconds(report.elapsedNanoseconds))"
      if let after = report.afterBytes {
        text += "; charged \(Quantity.bytes(report.beforeBytes)) -> \(Quantity.bytes(after))"
      }
      if let before = report.swapBeforeBytes, let after = report.swapAfterBytes {
        text += ", swap \(Quantity.bytes(before)) -> \(Quantity.bytes(after))"
      }
      return report.end == .completed ? text : text + "; stopped: \(report.end.explanation)"
    }
  }

  private static func total(_ summary: AdviceSummary, _ advice: Advice) -> String {
    var text = "total: \(processes(summary.advised)) advised in \(Quantity.milliseconds(summary.elapsedNanoseconds))"
    if summary.advised > 0 { text += "; " + change(summary.before, advice == .cold ? nil : summary.after) }
    if summary.gone > 0 { text += "; \(summary.gone) gone" }
    if summary.notPermitted > 0 { text += "; \(summary.notPermitted) not permitted" }
    if summary.failed > 0 { text += "; \(summary.failed) failed" }
    if summary.notReached > 0 { text += "; \(summary.notReached) not reached" }
    return summary.end == .completed ? text : text + "; \(summary.end.explanation)"
  }

  private static func change(_ before: MemorySum, _ after: MemorySum?) -> String {
    func arrow(_ kind: KeyPath<MemorySum, UInt64>) -> String {
      let first = Quantity.bytes(before[keyPath: kind])
      return after.map { "\(first) -> \(Quantity.bytes($0[keyPath: kind]))" } ?? first
    }
    return "anonymous \(arrow(\.anonymousBytes)), files \(arrow(\.fileBytes)), shared \(arrow(\.sharedBytes)),"
      + " swap \(arrow(\.swapBytes))"
  }

  static func processes(_ count: Int) -> String { count == 1 ? "1 process" : "\(count) processes" }

  private static func calls(_ count: Int) -> String { count == 1 ? "1 call" : "\(count) calls" }

  static func areas(_ count: Int) -> String { count == 1 ? "1 area" : "\(count) areas" }
}

extension SkipReason {
  /// Why, in a few words.
  var explanation: String {
    switch self {
    case .locked: "locked"
    case .hugetlb: "hugetlb"
    case .device: "of a device"
    case .kernel: "the kernel's own"
    case .tooSmall: "no whole huge page"
    case .notEligible: "not eligible"
    case .failed: "no memory for it, or in use"
    case .changed: "changed meanwhile"
    case .refused: "refused"
    }
  }
}

extension AdviceEnd {
  /// Why, in words that follow a colon.
  var explanation: String {
    switch self {
    case .completed: "done"
    case .maximumReached: "--max is reached"
    case .deadlineReached: "the deadline is over"
    case .cancelled: "interrupted"
    case .processGone: "gone"
    }
  }
}

extension GroupReclaimEnd {
  /// Why, in words that follow a colon.
  var explanation: String {
    switch self {
    case .completed: "done"
    case .exhausted: "the kernel finds nothing more that can go"
    case .deadlineReached: "the deadline is over"
    case .cancelled: "interrupted"
    case .groupRemoved: "the group was removed"
    }
  }
}

extension ReclaimError {
  /// Why, in words that follow a colon.
  var explanation: String {
    switch self {
    case .notPermitted(let error), .kernel(let error): error.description
    case .unsupported: "this kernel does not take it"
    case .notDying: "it lives"
    case .badRange: "a range cannot be meant"
    case .notAlone, .notCharged: "its cgroup is not its own"
    }
  }
}
