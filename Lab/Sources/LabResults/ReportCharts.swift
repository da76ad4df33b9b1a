import BenchmarkResults

extension ReportChart.Row {
  /// A row for a spread.
  ///
  /// - Parameters:
  ///   - scale: what one unit of the spread is in that of the chart.
  ///   - note: what is written beside the median.
  fileprivate init(
    _ label: String, _ kind: ReportChart.Kind, _ spread: Spread?, scale: Double = 1, missing: String,
    note: String? = nil, _ text: (Int64) -> String
  ) {
    guard let spread else {
      self.init(label: label, kind: kind, text: missing)
      return
    }
    self.init(
      label: label, kind: kind, value: spread.median.map { Double($0) * scale },
      low: spread.minimum.map { Double($0) * scale }, high: spread.maximum.map { Double($0) * scale },
      isNever: spread.median == nil, text: [spread.middle(text), note].compactMap { $0 }.joined(separator: ", "))
  }
}

extension ReportChart.Kind {
  fileprivate init(killer: String) {
    self = killer.hasPrefix("scythe") ? .scythe : killer == ExhaustionCell.kernelAlone ? .kernel : .other
  }

  fileprivate init(means: String) {
    self = means.hasPrefix("scythe") ? .scythe : means == HardCell.signalAlone ? .kernel : .other
  }
}

extension [ReportChart] {
  /// The same axis for all, from the power of ten under the least value to the one over the largest.
  ///
  /// - Parameter floor: nothing below is told apart.
  fileprivate func onOneAxis(floor: Double) -> [ReportChart] {
    let values = flatMap(\.rows).flatMap { [$0.low, $0.high, $0.value] }.compactMap { $0 }.filter { $0 >= floor }
    func powerOfTen(_ value: Double, up: Bool) -> Double {
      var power = floor
      while power * 10 <= value { power *= 10 }
      return up && power < value ? power * 10 : power
    }
    let least = powerOfTen(values.min() ?? floor, up: false)
    let most = Swift.max(powerOfTen(values.max() ?? floor, up: true), least * 10)
    return map { chart in
      var chart = chart
      (chart.least, chart.most) = (least, most)
      return chart
    }
  }
}

extension Comparison {
  var exhaustionCharts: [ReportChart] {
    let situations = exhaustion.filter { $0.runs > 0 || !$0.otherStates.contains(.notApplicable) }
      .grouped { "\($0.key.platform)\n\($0.key.scenario)" }
    func charts(
      _ title: String, _ row: (ExhaustionCell, ReportChart.Kind, String) -> ReportChart.Row
    ) -> [ReportChart] {
      situations.map { cells in
        ReportChart(
          group: cells[0].key.heading, platform: heading(ofPlatform: cells[0].key.platform), title: title,
          unit: .microseconds, least: 1, most: 10,
          rows: cells.map { row($0, ReportChart.Kind(killer: $0.key.killer), $0.missing ?? "") })
      }.onOneAxis(floor: 1000)
    }
    let back = charts("memory back after the low moment") { cell, kind, missing in
      ReportChart.Row(
        cell.key.killerTitle, kind, cell.shortage, missing: missing, note: cell.chartNote, Quantity.shortage)
    }
    let stall = charts("worst stall") { cell, kind, missing in
      ReportChart.Row(
        cell.key.killerTitle, kind, cell.worstStall, missing: missing, note: cell.chartNote, Quantity.microseconds)
    }
    return zip(back, stall).flatMap { [$0, $1] }
  }

  var hardCharts: [ReportChart] {
    hard.grouped { "\($0.platform)\n\($0.victim)" }.filter { $0.contains { $0.back != nil } }.map { cells in
      ReportChart(
        group: PlainText.oneLine(cells[0].heading), platform: heading(ofPlatform: cells[0].platform),
        title: "memory back", unit: .microseconds, least: 1, most: 10,
        rows: cells.map { cell in
          ReportChart.Row(
            PlainText.oneLine(cell.means), ReportChart.Kind(means: cell.means), cell.back, missing: "not here",
            note: cell.lostMutexes > 0 ? "mutex lost" : cell.leftInWords, Quantity.microseconds)
        })
    }.onOneAxis(floor: 1000)
  }

  var calmCharts: [ReportChart] {
    // The kernel alone is no process, so it costs none of this.
    let levels = calm.grouped { "\($0.key.platform)\n\($0.key.scenario)" }
    func charts(
      _ title: String, _ unit: ReportChart.Unit, scale: Double = 1, floor: Double, _ spread: (CalmCell) -> Spread?,
      _ text: (Int64) -> String
    ) -> [ReportChart] {
      levels.map { cells in
        ReportChart(
          group: cells[0].key.heading, platform: heading(ofPlatform: cells[0].key.platform), title: title, unit: unit,
          least: 1, most: 10,
          rows: cells.map { cell in
            ReportChart.Row(
              cell.key.killerTitle, ReportChart.Kind(killer: cell.key.killer), spread(cell), scale: scale,
              missing: "", note: cell.dead > 0 ? "died" : nil, text)
          })
      }.onOneAxis(floor: floor)
    }
    let measures = [
      charts("memory (PSS)", .bytes, floor: 10_000, \.proportionalBytes, Quantity.bytes),
      charts("wake-ups per second", .number, scale: 0.001, floor: 0.01, \.wakeUpThousandths, Quantity.thousandths),
      charts("system calls per second", .number, scale: 0.001, floor: 0.01, \.callThousandths, Quantity.thousandths),
      charts("CPU time per second", .microseconds, floor: 1, \.processorMicroseconds, Quantity.microseconds),
    ]
    return levels.indices.flatMap { level in measures.map { $0[level] } }
  }
}

extension ExhaustionCell {
  /// What makes a good time worthless.
  fileprivate var chartNote: String? { worstFalseKills > 0 ? counted(worstFalseKills, "false kill") : nil }
}

extension HardCell {
  fileprivate var leftInWords: String? {
    guard back?.median == nil, let left = leftBytes?.median, left > 0 else { return nil }
    return "\(Quantity.bytes(left)) left"
  }
}
