import BenchmarkResults

extension Standing.Measure {
  /// What is asked.
  var words: String {
    switch self {
    case .shortage: "memory back soonest after the low moment"
    case .worstStall: "shortest worst stall"
    case .nobodyDies: "kills nobody"
    case .hardBack: "memory back soonest"
    }
  }

  /// A median in words.
  func value(_ median: Int64?) -> String {
    switch self {
    case .nobodyDies: counted(Int(median ?? 0), "run") + " with a death"
    case .shortage: median.map(Quantity.shortage) ?? "never"
    case .worstStall, .hardBack: median.map(Quantity.microseconds) ?? "never"
    }
  }

  /// Names of killers, or of means.
  fileprivate func title(_ name: String) -> String { self == .hardBack ? name : CellKey.title(ofKiller: name) }
}

extension Comparison {
  /// Who wins, and where Scythe stands.
  var standingSection: ReportSection {
    var section = ReportSection(title: "Who wins")
    section.notes = [
      "First are all that the repetitions do not tell apart: their ranges overlap, or their medians differ by no more than"
        + " the instrument sees. A fault counts before any time: a process killed that had to live (in the worst"
        + " repetition), memory that was not back, a mutex that was lost. Where one repetition was made, there is no range."
    ]
    let platforms = standings.grouped { $0.platform }
    section.tables = [tally]
    section.tables += platforms.enumerated().map { number, own in
      ReportTable(
        caption: heading(ofPlatform: own[0].platform), isOpen: number == platforms.count - 1, groupTitle: "asked",
        heads: [.init(title: "situation"), .init(title: "first"), .init(title: "they reach"), .init(title: "Scythe")],
        rows: Standing.Measure.allCases.flatMap { measure in
          own.filter { $0.measure == measure }.map { ReportTable.Row(group: $0.measure.words, cells: $0.cells) }
        })
    }
    return section
  }

  /// How often Scythe is where.
  private var tally: ReportTable {
    let places: [(place: Standing.Place, title: String, tone: ReportTable.Tone)] = [
      (.wins, "alone in front", .good), (.level, "level with others", .plain), (.loses, "behind", .bad),
      (.absent, "no result", .soft),
    ]
    let rows = standings.grouped { "\($0.platform)\n\($0.measure)" }.map { own in
      ReportTable.Row(
        group: heading(ofPlatform: own[0].platform),
        cells: [ReportTable.Cell(own[0].measure.words)]
          + places.map { place in
            let count = own.count { $0.place == place.place }
            return ReportTable.Cell("\(count)", count == 0 ? .soft : place.tone)
          })
    }
    return ReportTable(
      caption: "In how many situations Scythe is where", groupTitle: "kernel",
      heads: [.init(title: "asked")] + places.map { .init(title: $0.title, isNumber: true) }, rows: rows)
  }

  /// A platform with the whole release of its kernel.
  func heading(ofPlatform name: String) -> String {
    guard let platform = platforms.first(where: { $0.name == name }) else { return "Linux \(name)" }
    let release = platform.releases.isEmpty ? platform.kernel : platform.releases.joined(separator: ", ")
    return "Linux \(release)" + (machines.count == 1 ? "" : " on machine \(platform.machine + 1)")
  }
}

extension Standing {
  fileprivate var heading: String { title == situation ? title : "\(situation): \(title)" }

  fileprivate var cells: [ReportTable.Cell] {
    [
      ReportTable.Cell(heading), ReportTable.Cell(front),
      ReportTable.Cell(measure.value(bestMedian), detail: measure.faults(bestFaults)), scytheCell,
    ]
  }

  private var front: String {
    // Where all are level, their names would only fill the page.
    let shown = 3
    let names = best.prefix(shown).map(measure.title).joined(separator: ", ")
    return best.count > shown ? "\(names) and \(best.count - shown) more" : names
  }

  private var scytheCell: ReportTable.Cell {
    let who = scythe.map(measure.title) ?? ""
    switch place {
    case .wins: return ReportTable.Cell("first: \(who)", detail: measure.faults(scytheFaults), .good)
    case .level: return ReportTable.Cell("level: \(who)", detail: measure.faults(scytheFaults))
    case .absent: return ReportTable.Cell("no result", .soft)
    case .loses:
      var details = [measure.value(scytheMedian)]
      if let scytheMedian, let bestMedian, bestMedian > 0, measure != .nobodyDies {
        details.append(Quantity.ratio(of: Double(scytheMedian) / Double(bestMedian)))
      }
      if let faults = measure.faults(scytheFaults) { details.append(faults) }
      return ReportTable.Cell("behind: \(who)", detail: details.joined(separator: "; "), .bad)
    }
  }
}

extension Standing.Measure {
  fileprivate func faults(_ number: Int) -> String? {
    number == 0 || self == .nobodyDies ? nil : counted(number, "fault")
  }
}
