import Scythe
import ScythePolicy

/// An explanation as a person reads it.
enum ExplainText {
  /// A node of Kubernetes has hundreds.
  private static var mostGroups: Int { 8 }

  static func lines(_ report: ExplainReport) -> [String] {
    var lines = verdict(report) + ["", "what can be handed out"] + headroom(report.decision.headroom)
    lines += ["", "when somebody would die (\(report.profile))"] + rules(report.decision)
    lines += groups(report.groups)
    guard !report.candidates.isEmpty else {
      return lines + ["", "of \(report.processes) processes none can be chosen; --all says why"]
    }
    lines += ["", "who would die first, of \(report.processes) processes"]
    return lines + table(report.candidates)
  }

  static func lines(_ process: RankedProcess, _ report: ExplainReport) -> [String] {
    var lines = ["\(process.pid) \(process.name): \(place(process, report))"]
    lines.append("its death returns \(Quantity.bytes(process.returnsBytes)); oom_score_adj \(process.scoreAdjustment)")
    if process.growthBytesPerSecond > 0 {
      lines.append("it grows by \(Quantity.bytes(process.growthBytesPerSecond))/s")
    }
    if let rule = process.rule { lines.append(rule) }
    for group in report.groups where group.members.contains(process.pid) {
      lines.append("in \(group.name): \(left(group)); first there: \(first(group))")
    }
    for word in process.avoidedAs { lines.append("avoided: it \(word)") }
    if process.isOffered { lines.append("offered: its control group is marked so (user.oomd_prefer)") }
    let points = process.points
    let parts: [(String, Int64)] = [
      ("anonymous memory", points.anonymous), ("memory in swap", points.swap), ("shared memory", points.shared),
      ("oom_score_adj", points.adjustment), ("rules", points.rules), ("what it is", points.classes),
      ("what of it does not grow", points.still),
    ]
    lines += ["", "points (one for a KiB that comes back)"]
    lines += parts.filter { $0.1 != 0 }.map { row($0.0, "\($0.1)") }
    return lines + [row("total", "\(points.total)"), ""] + verdict(report)
  }

  private static func place(_ process: RankedProcess, _ report: ExplainReport) -> String {
    guard let rank = process.rank else { return process.standing }
    let candidates = report.candidates.count(where: \.isCandidate)
    return rank == 1 ? "would die first, of \(candidates)" : "number \(rank) of \(candidates) that could die"
  }

  /// What would be done now.
  private static func verdict(_ report: ExplainReport) -> [String] {
    let decision = report.decision
    var line = "now: \(decision.action)"
    if let rule = decision.rule { line += ", by the \(rule) rule" }
    if let restraint = decision.restraint { line += "; \(restraint)" }
    return decision.event.map { [line, "note: \($0)"] } ?? [line]
  }

  private static func headroom(_ headroom: ExplainedDecision.Headroom) -> [String] {
    let parts: [(String, UInt64)] = [
      ("free", headroom.free), ("on lists of the CPUs", headroom.perCPULists),
      ("files, not used lately", headroom.inactiveFiles), ("files, half of the rest", headroom.activeFiles),
      ("kernel caches, half", headroom.slab), ("by zram", headroom.zram), ("by swap on disk", headroom.diskSwap),
    ]
    var lines = parts.filter { $0.1 > 0 }.map { row($0.0, Quantity.bytes($0.1)) }
    lines.append(row("kept back by the kernel", "-\(Quantity.bytes(headroom.keptBack))"))
    if let container = headroom.container {
      lines.append(row("below the container's limit", Quantity.bytes(container)))
    }
    return lines + [row("headroom", Quantity.bytes(headroom.total))]
  }

  private static func rules(_ decision: ExplainedDecision) -> [String] {
    let line = decision.line
    let pressure = decision.pressure
    return [
      row("emergency", "headroom below \(Quantity.bytes(line.emergency))"),
      row("floor", "headroom below \(Quantity.bytes(line.reserve)), seen twice"),
      row(
        "deadline",
        "headroom below \(Quantity.bytes(line.total)): \(Quantity.bytes(line.fillPerSecond))/s are being filled; never"
          + " above \(Quantity.bytes(line.cap))"),
      row(
        "thrash",
        "full stall \(percent(pressure.fullBasisPoints)), read again \(percent(pressure.refaultBasisPoints)) per second;"
          + " too much for \(pressure.thrashMilliseconds) ms"),
      row("stall", "too long for \(pressure.stallMilliseconds) ms"),
    ]
  }

  private static func groups(_ groups: [ExplainedGroup]) -> [String] {
    guard !groups.isEmpty else { return [] }
    let shown = groups.prefix(mostGroups)
    var lines = ["", "control groups with a limit of their own"]
    for group in shown {
      lines += ["  \(group.name)", row("  headroom", left(group)), row("  first there", first(group))]
    }
    if groups.count > shown.count {
      lines.append("  and \(groups.count - shown.count) that have a larger part of it left: see --json")
    }
    return lines
  }

  private static func left(_ group: ExplainedGroup) -> String {
    "\(Quantity.bytes(group.headroomBytes)) left of \(Quantity.bytes(group.limitBytes)), somebody dies below"
      + " \(Quantity.bytes(group.lineBytes))"
  }

  private static func first(_ group: ExplainedGroup) -> String {
    group.first.map { "\($0.pid) \($0.name), \(Quantity.bytes($0.returnsBytes))" } ?? "nobody can be chosen"
  }

  private static func table(_ processes: [RankedProcess]) -> [String] {
    let head = columns("rank", "pid", "name", "returns", "points", "")
    return [head]
      + processes.map { process in
        let avoided = process.avoidedAs.map { "avoided: \($0)" }
        let offered = process.isOffered ? ["offered by its control group"] : []
        let still = process.points.still < 0 && process.growthBytesPerSecond == 0 ? ["does not grow"] : []
        let notes =
          (process.isCandidate ? avoided + offered + still : [process.standing]) + (process.rule.map { [$0] } ?? [])
        return columns(
          process.rank.map { "\($0)" } ?? "-", "\(process.pid)", process.name, Quantity.bytes(process.returnsBytes),
          "\(process.points.total)", notes.joined(separator: ", "))
      }
  }

  private static func columns(
    _ rank: String, _ pid: String, _ name: String, _ returns: String, _ points: String, _ note: String
  ) -> String {
    let cells =
      "  " + left(rank, 4) + "  " + left(pid, 7) + "  " + right(name, 15) + "  " + left(returns, 10) + "  "
      + left(points, 10)
    return note.isEmpty ? cells : cells + "  " + note
  }

  private static func row(_ name: String, _ value: String) -> String { "  " + right(name, 28) + value }

  private static func percent(_ basisPoints: UInt64) -> String { "\(basisPoints / 100).\(basisPoints % 100 / 10) %" }

  private static func left(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private static func right(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
