import BenchmarkResults

extension Comparison {
  /// The kernel extension: whether it holds, and what it is worth.
  var extensionSection: ReportSection {
    var section = ReportSection(title: "The kernel extension")
    let suites = [("of the extended call", extensionTests), ("of advice and kills", extensionCalls)]
    let tests = suites.flatMap { title, kernels in (kernels ?? []).map { (title: title, kernel: $0) } }
    guard !tests.isEmpty || speed != nil else { return section }
    section.notes = [
      "Loaded into each kernel: the tests of the extended call, and those of advice and kills, which use it then. A line"
        + " of the kernel's own that finds a fault fails the run, however the tests ended."
    ]
    if !tests.isEmpty {
      section.tables.append(
        ReportTable(
          caption: "Tests with the extension loaded", groupTitle: "kernel",
          heads: [
            .init(title: "tests"), .init(title: "release"), .init(title: "passed", isNumber: true),
            .init(title: "failed", isNumber: true),
            .init(title: "skipped", isNumber: true),
          ],
          rows: tests.map { title, kernel in
            ReportTable.Row(
              group: kernel.platform, cells: [ReportTable.Cell(title)] + kernel.extensionCells,
              commands: kernel.commands)
          }))
      section.lines = tests.flatMap(\.kernel.testLines)
    }
    if let speed, !speed.isEmpty {
      section.notes.append(
        "Ratios are to the best way of a stock kernel, taken round by round. \(Self.rangeNote) Where the emulator has one"
          + " thread for all processors, two callers do not run at once, and nothing can be gained by them.")
      section.tables += speed.grouped { $0.platform }.map { cells in
        ReportTable(
          caption: heading(ofPlatform: cells[0].platform), groupTitle: "what",
          heads: [
            .init(title: "way"), .init(title: "system calls", isNumber: true),
            .init(title: "against the best stock way", isNumber: true), .init(title: "time", isNumber: true),
            .init(title: "left", isNumber: true),
          ],
          // One guest measures all ways, so that one command repeats them.
          rows: cells.enumerated().map { index, cell in
            ReportTable.Row(group: cell.measure, cells: cell.cells, commands: index == 0 ? [cell.command] : [])
          })
      }
    }
    return section
  }
}

extension CheckedKernel {
  fileprivate var extensionCells: [ReportTable.Cell] {
    [
      ReportTable.Cell(release), .count(testsPassed), .count(testsFailed, isBad: true), .count(testsSkipped),
    ]
  }
}

extension SpeedCell {
  fileprivate var cells: [ReportTable.Cell] {
    let ratio =
      ratioThousandths.map { spread in ReportTable.Cell(spread) { Quantity.ratio(of: Double($0) / 1000) } }
      ?? ReportTable.Cell(isStock ? "the best stock way" : "-", .soft)
    return [
      ReportTable.Cell(way), ReportTable.Cell(systemCalls) { Quantity.number(Int($0)) }, ratio,
      ReportTable.Cell(microseconds, Quantity.microseconds),
      leftBytes == nil ? .nothing : ReportTable.Cell(leftBytes, Quantity.bytes),
    ]
  }
}
