extension Comparison {
  /// Runs that brought nothing, or whose times mean nothing.
  var unfinishedSection: ReportSection {
    var section = ReportSection(title: "What brought nothing")
    if !starvedLines.isEmpty {
      section.notes = [
        "Starved runs are listed: their own instrument did not run for more than"
          + " \(ExhaustionResult.starvationMicroseconds / 1000) ms, so their times are in no median; who died in them did."
      ]
    }
    section.tables = Self.table("Failures, and what does not exist here", unfinished)
    section.lines = starvedLines.map { "starved: \($0)" } + problems
    return section
  }

  /// The lab's own tests.
  var brokenSection: ReportSection {
    var section = ReportSection(title: "Guests that are broken on purpose")
    section.notes = ["They test the lab: it must notice, and go on."]
    section.tables = Self.table("What became of them", broken)
    return section
  }

  /// A row for a killer on a kernel whose runs ended alike: most reasons are the same in all situations.
  private static func table(_ caption: String, _ runs: [Unfinished]) -> [ReportTable] {
    if runs.isEmpty { return [] }
    let alike = runs.grouped { "\($0.state.words)\n\($0.reason ?? "")" }
    let rows = alike.flatMap { same in
      same.grouped { "\($0.key.platform)\n\($0.key.killer)" }.map { own in
        let first = own[0]
        let cells = [
          ReportTable.Cell(first.key.killerTitle), ReportTable.Cell(first.key.platform),
          ReportTable.Cell(own.map(\.key.scenario).joined(separator: ", ")),
          ReportTable.Cell("\(own.reduce(0) { $0 + $1.runs })"),
        ]
        let why = [first.state.words, first.reason].compactMap { $0 }.joined(separator: ": ")
        return ReportTable.Row(group: why, cells: cells, commands: own.map(\.command))
      }
    }
    return [
      ReportTable(
        caption: caption, groupTitle: "why",
        heads: [
          .init(title: "killer"), .init(title: "kernel"), .init(title: "situations"),
          .init(title: "runs", isNumber: true),
        ], rows: rows)
    ]
  }
}
