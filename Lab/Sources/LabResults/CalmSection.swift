import BenchmarkResults

extension Comparison {
  /// What a killer costs while nothing happens.
  var calmSection: ReportSection {
    var section = ReportSection(title: "Nothing happens")
    section.notes = [
      "What a killer costs. Wake-ups are voluntary context switches. Emulation slows system calls more than it slows"
        + " memory, so CPU time only compares rows of one table. " + Self.rangeNote
    ]
    section.tables = calm.grouped { $0.key.platform }.map { cells in
      ReportTable(
        caption: heading(ofPlatform: cells[0].key.platform), groupTitle: "situation",
        heads: [.init(title: "killer")]
          + ["RSS", "PSS", "locked", "threads", "wake-ups/s", "system calls/s", "CPU us/s"].map {
            .init(title: $0, isNumber: true)
          },
        rows: cells.map { ReportTable.Row(group: $0.key.heading, cells: $0.cells, commands: [$0.command]) })
    }
    section.charts = calmCharts
    return section
  }
}

extension CalmCell {
  fileprivate var cells: [ReportTable.Cell] {
    let killer =
      dead == 0
      ? ReportTable.Cell(key.killerTitle)
      : ReportTable.Cell(key.killerTitle, detail: "dead at the end of \(dead) of \(runs)", .bad)
    return [killer] + [residentBytes, proportionalBytes, lockedBytes].map { ReportTable.Cell($0, Quantity.bytes) }
      + [
        ReportTable.Cell(threads) { Quantity.number(Int($0)) },
        ReportTable.Cell(wakeUpThousandths, Quantity.thousandths),
        ReportTable.Cell(callThousandths, Quantity.thousandths),
        ReportTable.Cell(processorMicroseconds) { Quantity.number(Int($0)) },
      ]
  }
}
