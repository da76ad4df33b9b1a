import Scythe
import ScytheTelemetry

/// What a daemon sees and does, as a person reads it.
struct TopText {
  private let terminal: Terminal
  /// How many of the last kills are shown.
  private static let kills = 5

  init(_ terminal: Terminal) { self.terminal = terminal }

  func lines(_ report: TopReport) -> [String] {
    let lines = heading(report) + memory(report) + state(report) + candidates(report) + kills(report)
    return terminal.isInteractive ? lines.map(cut) : lines
  }

  private func heading(_ report: TopReport) -> [String] {
    let verb = report.mode == "observes" ? "only observes, and kills nobody" : "watches"
    let profile = report.profile.map { ", profile \($0)" } ?? ""
    var lines = [
      "scythed \(report.pid) \(verb)\(profile); looked \(seconds(report.ageNanoseconds)) ago, \(report.looks) looks in"
        + " \(seconds(report.watchingNanoseconds))"
    ]
    if report.ageNanoseconds > TopReport.lateNanoseconds {
      lines.append(terminal.coloured("note: it should look every 5 s: it is stopped, or stuck", .bad))
    }
    if report.counts.unknownCalls > 0 {
      let note =
        "note: \(report.counts.unknownCalls) of its system calls were answered as unknown (ENOSYS); see scythe doctor"
      lines.append(terminal.coloured(note, .bad))
    }
    return lines + [""]
  }

  private func memory(_ report: TopReport) -> [String] {
    let line = report.line
    let left = report.timeLeftNanoseconds.map { $0 > 86_400_000_000_000 ? "more than a day" : seconds($0) }
    let share = Double(report.headroom.total) / Double(max(1, report.sizeBytes))
    let width = max(8, min(40, terminal.columns - 50))
    let isShort = report.headroom.total < report.line.cap
    let bar = terminal.coloured(
      terminal.bar(share, width: width, isOpen: false), report.rule != nil ? .bad : isShort ? .neutral : .good)
    return [
      row("headroom", "\(Quantity.bytes(report.headroom.total)) of \(Quantity.bytes(report.sizeBytes))  \(bar)"),
      row(
        "line",
        "\(Quantity.bytes(line.total)); emergency below \(Quantity.bytes(line.emergency)), never above"
          + " \(Quantity.bytes(line.cap))"),
      row("fill", "\(Quantity.bytes(line.fillPerSecond))/s; time left: \(left ?? "nothing is filled")"),
      row(
        "pressure",
        "full stall \(percent(report.pressure.fullBasisPoints)), read again \(percent(report.pressure.refaultBasisPoints))"
          + " per second"),
      row("credits", "\(Quantity.bytes(report.creditBytes)) still to come from kills under way"),
    ]
  }

  private func state(_ report: TopReport) -> [String] {
    let counts = report.counts
    var now = report.rule.map { "the \($0) rule asks for a kill" } ?? ""
    if let words = report.restraintWords { now += now.isEmpty ? words : "; \(words)" }
    var lines = [row("now", now.isEmpty ? "all is calm" : now)]
    if let victim = report.victim {
      lines.append(row("next victim", "\(victim.pid) \(victim.name), \(Quantity.bytes(victim.returnsBytes))"))
    }
    return lines + [
      row(
        "so far",
        "\(counts.kills) killed, \(counts.asked) asked, \(counts.released) released, \(counts.refused) not killed,"
          + " \(counts.told) only told, \(counts.events) events; \(Quantity.bytes(counts.bytesBack)) back"),
      row("kill log", log(report.killLog)),
      row(
        "measured",
        "signal after \(Quantity.milliseconds(Int64(clamping: report.measured.latencyNanoseconds))), frees"
          + " \(Quantity.bytes(report.measured.releaseBytesPerSecond))/s, fills at most"
          + " \(Quantity.bytes(report.measured.fillCeilingBytesPerSecond))/s"),
    ]
  }

  private func log(_ log: TopReport.Log) -> String {
    var words: String
    switch log.state {
    case "open": words = "\(log.stored) of \(log.entered) stored"
    case "opening": words = "being opened"
    case "failing": words = "fails, \(log.stored) of \(log.entered) stored"
    default: words = "none; scythed said why when it began"
    }
    if let error = log.error { words += ": \(error)" }
    if let waiting = log.waitingNanoseconds { words += "; one waits for the disk since \(seconds(waiting))" }
    if log.lost > 0 { words += "; \(log.lost) lost" }
    return log.waitingNanoseconds == nil && log.error == nil ? words : terminal.coloured(words, .bad)
  }

  private func candidates(_ report: TopReport) -> [String] {
    guard !report.candidates.isEmpty else {
      return ["", "of \(report.processes) processes none may die, or is large enough"]
    }
    let heading = "  " + right("pid", 7) + "  " + left("name", 17) + right("returns", 10) + right("grows", 13)
    return ["", "who would die first, of \(report.processes) processes", heading + right("points", 12)]
      + report.candidates.map { process in
        let growth = process.growthBytesPerSecond ?? 0
        return "  " + right("\(process.pid)", 7) + "  " + left(process.name, 17)
          + right(Quantity.bytes(process.returnsBytes), 10)
          + right(growth > 0 ? "\(Quantity.bytes(growth))/s" : "-", 13)
          + right("\(process.points)", 12)
      }
  }

  private func kills(_ report: TopReport) -> [String] {
    guard !report.records.isEmpty else { return [] }
    return ["", "the last kills", KillTable.heading]
      + report.records.suffix(TopText.kills).reversed().map(KillTable.line)
  }

  /// A line that would go on in the next one moves all that is below.
  private func cut(_ line: String) -> String {
    // Of a line with colours the width is not known; all of those are short.
    line.contains("\u{1B}") ? line : String(line.prefix(terminal.columns))
  }

  private func seconds(_ nanoseconds: UInt64) -> String { Quantity.seconds(Int64(clamping: nanoseconds)) }

  private func percent(_ basisPoints: UInt64) -> String { "\(basisPoints / 100).\(basisPoints % 100 / 10) %" }

  private func row(_ name: String, _ value: String) -> String { "  " + left(name, 13) + value }

  private func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
