import Scythe
import ScytheVictims

/// The demo in a terminal: a row for each way to kill each victim, with a bar as long as it took.
struct DemoTable {
  private let terminal = Terminal(descriptor: 1)
  private let titleColumns = 22
  private let wayColumns = 19
  private let timeColumns = 11

  /// What is above the rows.
  func heading(_ result: DemoResult) -> [String] {
    let deadline = Quantity.seconds(result.deadlineNanoseconds)
    return [
      "Victims of \(Quantity.bytes(result.victimBytes)), killed; \(result.machine.summary).",
      "Time from the signal until the memory is back; a whole bar is \(deadline), after which nobody waits.",
    ] + (result.warning.map { [$0] } ?? []) + [""]
  }

  /// The rows of one victim.
  func lines(_ row: DemoRow) -> [String] {
    if let reason = row.notShown { return ["  \(padded(row.title, titleColumns))not shown here: \(reason)"] }
    return row.runs.enumerated().map { index, run in
      let title = padded(index == 0 ? row.title : "", titleColumns)
      return "  \(title)\(padded(run.way, wayColumns))\(time(run))\(bar(run))\(note(run))"
    }
  }

  /// What is below the rows.
  func summary(_ result: DemoResult) -> [String] {
    var lines: [String] = []
    let alone = result.total(isScythe: false)
    let scythe = result.total(isScythe: true)
    if alone.asked > 0 {
      lines += [
        "",
        "Back within \(Quantity.seconds(result.deadlineNanoseconds)) of the signal: SIGKILL alone"
          + " \(Quantity.bytes(alone.back)) of \(Quantity.bytes(alone.asked)), Scythe \(Quantity.bytes(scythe.back))"
          + " of \(Quantity.bytes(scythe.asked)).",
      ]
    }
    if result.rows.contains(where: { $0.runs.contains { $0.mutex == .lost } }) {
      lines += ["A mutex that is lost makes whoever shares it wait for ever; Scythe looks before it releases."]
    }
    return lines
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private func time(_ run: DemoRun) -> String {
    let text = String(repeating: " ", count: max(0, timeColumns - 2 - run.time.count)) + run.time + "  "
    return terminal.coloured(text, colour(run))
  }

  private func bar(_ run: DemoRun) -> String {
    let width = max(8, min(40, terminal.columns - 2 - titleColumns - wayColumns - timeColumns - 1))
    let bar = terminal.bar(run.share, width: width, isOpen: run.backNanoseconds == nil)
    return terminal.coloured(bar, colour(run))
  }

  private func note(_ run: DemoRun) -> String {
    switch run.mutex {
    case .recovered: "  mutex recovered"
    case .lost: "  " + terminal.coloured("mutex LOST", .bad)
    case .unknown: "  mutex unknown"
    case nil: ""
    }
  }

  private func colour(_ run: DemoRun) -> Terminal.Colour {
    if run.backNanoseconds == nil { return .bad }
    return run.isScythe ? .good : .neutral
  }
}
