import BenchmarkResults

extension Comparison {
  /// Victims that are hard to kill.
  var hardSection: ReportSection {
    var section = ReportSection(title: "Victims that are hard to kill")
    section.notes = [
      "From the start of each means on: a command has to be loaded first, and that counts. Never is: not within the"
        + " time that was waited. A mutex that is lost makes whoever shares it wait for ever. " + Self.rangeNote
        + " A ratio is to SIGKILL alone, same kernel, same victim."
    ]
    section.tables = hard.grouped { $0.platform }.map { cells in
      ReportTable(
        caption: heading(ofPlatform: cells[0].platform), groupTitle: "victim",
        heads: [
          .init(title: "means"), .init(title: "memory back", isNumber: true), .init(title: "dead", isNumber: true),
          .init(title: "left", isNumber: true), .init(title: "mutex"), .init(title: "what it said"),
        ],
        rows: cells.map { ReportTable.Row(group: $0.heading, cells: $0.cells, commands: [$0.command]) })
    }
    section.charts = hardCharts
    return section
  }
}

extension HardCell {
  var heading: String { victim == title ? title : "\(victim): \(title)" }

  fileprivate var cells: [ReportTable.Cell] {
    if let unavailable {
      return [ReportTable.Cell(means), ReportTable.Cell("not here", detail: unavailable, .soft)]
        + Array(repeating: .nothing, count: 4)
    }
    return [
      ReportTable.Cell(means, detail: runs == 1 ? nil : counted(runs, "repetition")), limited(back, ratio: backRatio),
      limited(exit, ratio: nil),
      (leftBytes?.maximum ?? 0) == 0
        ? ReportTable.Cell("nothing") : ReportTable.Cell(leftBytes, Quantity.bytes),
      mutex, said.isEmpty ? .nothing : ReportTable.Cell(said.joined(separator: "; ")),
    ]
  }

  /// A time, and how long was waited where there is none.
  private func limited(_ spread: Spread?, ratio: Double?) -> ReportTable.Cell {
    var cell = ReportTable.Cell(spread, ratio: ratio, Quantity.microseconds)
    if let spread, spread.median == nil, cell.detail == nil, let limitMicroseconds {
      cell.detail = "in \(Quantity.microseconds(limitMicroseconds))"
    }
    return cell
  }

  private var mutex: ReportTable.Cell {
    if lostMutexes > 0 {
      return ReportTable.Cell(lostMutexes == runs ? "lost" : "lost in \(lostMutexes) of \(runs)", .bad)
    }
    return recoveredMutexes > 0 ? ReportTable.Cell("recovered", .good) : .nothing
  }
}
