extension Comparison {
  /// The daemon as a service of a systemd that runs.
  var serviceSection: ReportSection {
    var section = ReportSection(title: "As a service")
    guard let services else { return section }
    section.notes = [
      "The unit of the package under a systemd that runs, with Debian's defaults. Anything that does not hold fails the run."
    ]
    section.lines = services.map { "Linux \($0.key.platform), \($0.key.scenario): \($0.checks.inWords)" }
    section.tables = services.map { service in
      ReportTable(
        caption: "\(service.key.heading), on \(heading(ofPlatform: service.key.platform))", groupTitle: "about",
        heads: [.init(title: "what must hold"), .init(title: "holds"), .init(title: "seen")],
        // One guest makes all checks, so that one command repeats them.
        rows: service.checks.enumerated().map { index, check in
          ReportTable.Row(group: check.area, cells: check.cells, commands: index == 0 ? [service.command] : [])
        })
    }
    return section
  }
}

extension ServiceCheck {
  fileprivate var cells: [ReportTable.Cell] {
    [
      ReportTable.Cell(name), isPassed ? ReportTable.Cell("yes", .good) : ReportTable.Cell("no", .bad),
      ReportTable.Cell(found, .soft),
    ]
  }
}
