import Scythe

/// What advice would meet: the report of a dry run, for programs and for people.
struct AdvisePlanReport: Encodable {
  struct Process: Encodable {
    let pid: Int32
    let name: String
    var explanation: String?
    var walked: AdviseReportJSON.Areas?
    var residentBytes, sharedBytes, swapBytes: UInt64?
    var skipped: [String: AdviseReportJSON.Areas]?
  }

  struct Group: Encodable {
    let path: String
    let carrier = "reclaim"
    let bytesBefore: UInt64?
  }

  let dryRun = true
  let advice: String
  let hasSwap: Bool
  let maximumBytes: UInt64?
  let processes: [Process]
  let groups: [Group]
  let release: KillReportJSON?
  /// The same for a person.
  let lines: [String]

  private enum CodingKeys: CodingKey {
    case dryRun, advice, hasSwap, maximumBytes, processes, groups, release
  }

  init(_ plan: AdvicePlan, _ request: AdviceRequest, hasSwap: Bool) {
    advice = request.advice.keyword
    self.hasSwap = hasSwap
    maximumBytes = request.maximumBytes
    processes = plan.processes.map(AdvisePlanReport.process)
    groups = plan.groups.map { Group(path: $0.path, bytesBefore: $0.chargedBytes) }
    release = plan.release.map { KillReportJSON($0, isDryRun: true) }
    lines =
      plan.release.map { KillReportText.lines($0, isDryRun: true) }
      ?? AdvisePlanReport.lines(plan, request, hasSwap: hasSwap)
  }

  private static func process(_ process: PlannedProcess) -> Process {
    var made = Process(pid: process.pid.rawValue, name: process.name.description)
    switch process.advice {
    case .notPermitted(let cause): made.explanation = cause.advicePermission
    case .areas(let areas):
      made.walked = AdviseReportJSON.Areas(areas.walked)
      made.residentBytes = areas.residentBytes
      made.sharedBytes = areas.sharedBytes
      made.swapBytes = areas.swapBytes
      made.skipped = AdviseReportJSON.skipped(areas.skipped)
    }
    return made
  }

  // MARK: For a person

  private static func lines(_ plan: AdvicePlan, _ request: AdviceRequest, hasSwap: Bool) -> [String] {
    var lines = plan.groups.map { group in
      let bytes = request.maximumBytes ?? group.chargedBytes
      return "\(group.path): would be asked for \(bytes.map { Quantity.bytes($0) } ?? "nothing") by memory.reclaim;"
        + " nobody was"
    }
    var walked = AreaTally()
    for process in plan.processes {
      lines.append("\(process.pid.rawValue) \(process.name): \(words(process.advice, request.advice))")
      guard case .areas(let areas) = process.advice else { continue }
      walked.areas += areas.walked.areas
      walked.bytes &+= areas.walked.bytes
    }
    if plan.processes.isEmpty, !plan.groups.isEmpty { return lines }
    var total = "total: \(Quantity.bytes(walked.bytes)) in \(AdviseReportText.areas(walked.areas)) of"
    total += " \(AdviseReportText.processes(plan.processes.count))"
    if let maximum = request.maximumBytes { total += ", of which at most \(Quantity.bytes(maximum)) would be walked" }
    lines.append(total + "; nobody was advised")
    if let note = AdviseReportText.note(request.advice, hasSwap: hasSwap) { lines.append(note) }
    return lines
  }

  private static func words(_ planned: PlannedAdvice, _ advice: Advice) -> String {
    switch planned {
    case .notPermitted(let cause): return "would not be advised: \(cause.advicePermission)"
    case .areas(let areas):
      var text = "would be walked: \(Quantity.bytes(areas.walked.bytes)) in"
      text += " \(AdviseReportText.areas(areas.walked.areas)), \(Quantity.bytes(areas.residentBytes)) of it resident"
      if advice == .pageOut, areas.sharedBytes > 0 {
        text += " (\(Quantity.bytes(areas.sharedBytes)) mapped by others too, and left alone)"
      }
      text += ", \(Quantity.bytes(areas.swapBytes)) in swap"
      let skipped = AdviseReportText.skipped(areas.skipped)
      return skipped.isEmpty ? text : text + "; would be skipped: \(skipped)"
    }
  }
}
