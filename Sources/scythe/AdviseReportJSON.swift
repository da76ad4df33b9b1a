import Scythe

/// What became of advice, as a program reads it. Bytes and nanoseconds are integers; what is not known is absent.
struct AdviseReportJSON: Encodable {
  struct Areas: Encodable {
    let areas: Int
    let bytes: UInt64

    init(_ tally: AreaTally) {
      areas = tally.areas
      bytes = tally.bytes
    }
  }

  struct Memory: Encodable {
    let anonymousBytes, fileBytes, sharedBytes, swapBytes: UInt64

    init(_ sum: MemorySum) {
      anonymousBytes = sum.anonymousBytes
      fileBytes = sum.fileBytes
      sharedBytes = sum.sharedBytes
      swapBytes = sum.swapBytes
    }

    init(_ status: ProcessStatus) { self.init(MemorySum(status)) }
  }

  struct Process: Encodable {
    let pid: Int32
    let name: String
    let result: String
    var explanation: String?
    let before: Memory
    var after: Memory?
    var carrier: String?
    var advised: Areas?
    var skipped: [String: Areas]?
    /// Hexadecimal, as `/proc/PID/maps` writes it: where an unfinished walk would go on.
    var nextAddress: String?
    var adviceCalls, areaCalls: Int?
    var elapsedNanoseconds: Int64?
  }

  struct Group: Encodable {
    let path: String
    let result: String
    var carrier: String?
    var requestedBytes, reclaimedBytes, bytesBefore, bytesAfter, swapBytesBefore, swapBytesAfter: UInt64?
    var elapsedNanoseconds: Int64?
  }

  let advice: String
  let end: String
  let hasSwap: Bool
  let advised, gone, notPermitted, failed, notReached: Int
  let before, after: Memory
  let elapsedNanoseconds: Int64
  let processes: [Process]
  let groups: [Group]

  init(_ outcome: AdviceOutcome, _ request: AdviceRequest, hasSwap: Bool) {
    let summary = outcome.summary
    advice = request.advice.keyword
    end = summary.end.keyword
    self.hasSwap = hasSwap
    advised = summary.advised
    gone = summary.gone
    notPermitted = summary.notPermitted
    failed = summary.failed
    notReached = summary.notReached
    before = Memory(summary.before)
    after = Memory(summary.after)
    elapsedNanoseconds = summary.elapsedNanoseconds
    processes = outcome.processes.map(AdviseReportJSON.process)
    groups = outcome.groups.map(AdviseReportJSON.group)
  }

  /// Areas by the reason for which they are skipped, without those reasons that none has.
  static func skipped(_ skipped: SkippedAreas) -> [String: Areas] {
    var areas: [String: Areas] = [:]
    for index in SkipReason.all.indices {
      let reason = SkipReason.all[index]
      if skipped[reason].areas > 0 { areas[reason.keyword] = Areas(skipped[reason]) }
    }
    return areas
  }

  private static func process(_ process: AdvisedProcess) -> Process {
    func made(_ result: String, _ explanation: String? = nil) -> Process {
      Process(
        pid: process.pid.rawValue, name: process.name.description, result: result, explanation: explanation,
        before: Memory(process.before))
    }
    switch process.result {
    case .gone: return made("gone")
    case .notReached(let end): return made("not-reached", end.explanation)
    case .notPermitted(let cause): return made("not-permitted", cause.advicePermission)
    case .failed(let error): return made("failed", error.explanation)
    case .advised(let report):
      var advised = Process(
        pid: process.pid.rawValue, name: process.name.description, result: report.end.keyword,
        before: Memory(report.before))
      advised.after = report.after.map { Memory($0) }
      advised.carrier = "\(report.carrier)"
      advised.advised = report.advised.map { Areas($0) }
      if report.carrier != .extension { advised.skipped = skipped(report.skipped) }
      advised.nextAddress = report.nextAddress > 0 ? String(report.nextAddress, radix: 16) : nil
      advised.adviceCalls = report.adviceCalls
      advised.areaCalls = report.areaCalls
      advised.elapsedNanoseconds = report.elapsedNanoseconds
      return advised
    }
  }

  private static func group(_ group: ReclaimedGroup) -> Group {
    switch group.result {
    case .notReached: return Group(path: group.path, result: "not-reached")
    case .failed: return Group(path: group.path, result: "failed")
    case .reclaimed(let report):
      return Group(
        path: group.path, result: report.end.keyword, carrier: "reclaim", requestedBytes: report.requestedBytes,
        reclaimedBytes: report.reclaimedBytes, bytesBefore: report.beforeBytes, bytesAfter: report.afterBytes,
        swapBytesBefore: report.swapBeforeBytes, swapBytesAfter: report.swapAfterBytes,
        elapsedNanoseconds: report.elapsedNanoseconds)
    }
  }
}

extension SkipReason {
  /// One word for programs.
  var keyword: String {
    switch self {
    case .tooSmall: "too-small"
    case .notEligible: "not-eligible"
    default: "\(self)"
    }
  }
}

extension AdviceEnd {
  /// One word for programs.
  var keyword: String {
    switch self {
    case .completed: "completed"
    case .maximumReached: "maximum-reached"
    case .deadlineReached: "deadline-reached"
    case .cancelled: "cancelled"
    case .processGone: "gone"
    }
  }
}

extension GroupReclaimEnd {
  /// One word for programs.
  var keyword: String {
    switch self {
    case .completed: "completed"
    case .exhausted: "exhausted"
    case .deadlineReached: "deadline-reached"
    case .cancelled: "cancelled"
    case .groupRemoved: "gone"
    }
  }
}
