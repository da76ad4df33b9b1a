import BenchmarkResults

extension Comparison {
  /// Memory ran out.
  var exhaustionSection: ReportSection {
    var section = ReportSection(title: "Memory runs out")
    section.notes = [
      "The low moment is counted from the beginning of the pressure, what follows it from the low moment on; below zero is"
        + " before it. Memory is back when twice the floor can be handed out again, and stays so. Stalls are what a person"
        + " would feel: how late a tick of 10 ms comes. "
        + Self.rangeNote + " A ratio is to the kernel alone, same kernel, same situation.",
      "Never low: the killer acted before there was a low moment, so there is nothing to be back from.",
    ]
    let heads: [ReportTable.Head] =
      [.init(title: "killer")]
      + ["low moment", "decision", "signal", "memory back", "worst stall", "sum of stalls"].map {
        .init(title: $0, isNumber: true)
      } + [.init(title: "who died"), .init(title: "false kills", isNumber: true), .init(title: "kernel first")]
    section.tables = exhaustion.grouped { $0.key.platform }.map { cells in
      ReportTable(
        caption: heading(ofPlatform: cells[0].key.platform), groupTitle: "situation", heads: heads,
        rows: cells.map { ReportTable.Row(group: $0.key.heading, cells: $0.exhaustionCells, commands: $0.commands) })
    }
    section.charts = exhaustionCharts
    return section
  }

  /// What the brackets of all tables hold.
  static let rangeNote =
    "In brackets: the smallest and the largest, or the quartiles from \(Spread.quartileCount) repetitions on."

  /// Memory got short, but nobody needed to die.
  var neverNeededSection: ReportSection {
    var section = ReportSection(title: "Nobody needs to die")
    section.notes = ["Any kill is a failure here. " + Self.rangeNote]
    section.tables = neverNeeded.grouped { $0.key.platform }.map { cells in
      ReportTable(
        caption: heading(ofPlatform: cells[0].key.platform), groupTitle: "situation",
        heads: [
          .init(title: "killer"), .init(title: "verdict"), .init(title: "who died"),
          .init(title: "worst stall", isNumber: true),
        ],
        rows: cells.map { ReportTable.Row(group: $0.key.heading, cells: $0.neverNeededCells, commands: $0.commands) })
    }
    return section
  }

  /// Runs whose times mean nothing.
  var starvedLines: [String] {
    (exhaustion + neverNeeded).filter { $0.starved > 0 }.map { cell in
      "Linux \(cell.key.platform), \(cell.key.scenario), \(cell.key.killerTitle): \(cell.starved) of"
        + " \(counted(cell.runs, "run"))"
    }
  }
}

extension ExhaustionCell {
  fileprivate var exhaustionCells: [ReportTable.Cell] {
    var cells = [killerInWords]
    if let missing {
      cells += [ReportTable.Cell(missing, .soft)] + Array(repeating: .nothing, count: 5)
    } else {
      let isNeverLow = neverLow == timed
      cells.append(isNeverLow ? ReportTable.Cell("never low") : lowCell)
      cells += [decision, signal].map { ReportTable.Cell(happened($0), Quantity.microseconds) }
      cells.append(
        isNeverLow ? .nothing : ReportTable.Cell(shortage, ratio: shortageRatio, Quantity.shortage))
      cells.append(ReportTable.Cell(worstStall, ratio: worstStallRatio, Quantity.microseconds))
      cells.append(ReportTable.Cell(stallSum, ratio: stallSumRatio, Quantity.microseconds))
    }
    return cells + [victims, falseKillsInWords, kernelFirstInWords]
  }

  /// No low moment is good, so `never` must not be said of it as of a fault.
  private var lowCell: ReportTable.Cell {
    var cell = ReportTable.Cell(low, Quantity.microseconds)
    if low?.median == nil { cell = ReportTable.Cell("never low", detail: "in \(neverLow) of \(timed)") }
    return cell
  }

  /// A killer that never said anything has no time, rather than an endless one.
  private func happened(_ spread: Spread?) -> Spread? { spread?.never == spread?.count ? nil : spread }

  fileprivate var neverNeededCells: [ReportTable.Cell] {
    let verdict: ReportTable.Cell
    if runs == 0 {
      verdict = ReportTable.Cell(missing ?? "", .soft)
    } else if deadlyRuns == 0 {
      verdict = ReportTable.Cell("nobody died", .good)
    } else {
      verdict = ReportTable.Cell(runs == deadlyRuns ? "killed" : "killed in \(deadlyRuns) of \(runs)", .bad)
    }
    let stall =
      isStarved
      ? ReportTable.Cell("starved", .soft)
      : ReportTable.Cell(worstStall, ratio: worstStallRatio, Quantity.microseconds)
    return [killerInWords, verdict, victims, stall]
  }
}
