extension BenchmarkResults {
  /// Everything that was measured, as Markdown.
  public var markdown: String {
    var lines = ["# Benchmarks", "", "\(machine.sentence) Commit \(revision)."]
    lines.append("Load average \(loadBefore) before, \(loadAfter) after.")
    if isQuick { lines.append("A quick run: too few rounds for a figure.") }
    lines += [
      "",
      "All variants of a case run in turn, in another order each round; a first round is thrown away. A ratio is the",
      "median of the ratios of the single rounds. Samples that went wrong are listed, never dropped.",
    ]
    for result in cases { lines += [""] + result.section }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension MachineFacts {
  /// The facts in a sentence.
  public var sentence: String {
    "\(processors) CPU\(processors == 1 ? "" : "s") (\(processorModel)\(isVirtual ? ", virtual machine" : "")),"
      + " \(Quantity.gibibytes(memoryBytes)), Linux \(kernel), transparent huge pages: \(transparentHugePages)."
  }
}

extension CaseResult {
  var section: [String] {
    var lines = ["## \(title)", ""]
    if let reasonNotRun { return lines + ["`\(name)` was not run: \(reasonNotRun)."] }
    lines += table
    var remarks = "`\(name)`, \(rounds) round\(rounds == 1 ? "" : "s")."
    if !note.isEmpty { remarks += " \(note)" }
    if isNoisy { remarks += " **Noisy: the baseline itself varied by more than a factor of two.**" }
    lines += ["", remarks]
    for failure in failures { lines.append("- **went wrong**: \(failure)") }
    return lines
  }

  private var table: [String] {
    switch presentation {
    case .comparison: comparisonTable
    case .latency: latencyTable
    case .slope: slopeTable
    }
  }

  private var comparisonTable: [String] {
    let hasWorkers = series.contains { !$0.workers.isEmpty }
    var heads = ["", "median", "quartiles", "min to max", "ratio to \(baseline ?? "")", "quartiles", "min to max"]
    if hasWorkers { heads.append("threads") }
    let hasSystemCalls = series.contains { $0.systemCalls != nil }
    if hasSystemCalls { heads.append("system calls") }
    return CaseResult.table(heads) {
      series.map { one in
        var cells = [one.name] + one.distribution.cells(Quantity.time)
        let isBaseline = one.name == baseline
        cells += isBaseline ? ["1", "", ""] : ratios(of: one.name, to: baseline ?? "").cells(Quantity.ratio)
        if hasWorkers { cells.append(one.workersInWords) }
        if hasSystemCalls { cells.append(one.systemCalls.map(Quantity.number) ?? "-") }
        return cells
      }
    }
  }

  private var latencyTable: [String] {
    CaseResult.table(["", "p50", "p99", "max", "samples"]) {
      series.map { one in
        guard let spread = one.distribution else { return [one.name, "-", "-", "-", "0"] }
        let times = [spread.median, spread.percentile99, spread.maximum].map(Quantity.time)
        return [one.name] + times + ["\(one.samples.count)"]
      }
    }
  }

  private var slopeTable: [String] {
    CaseResult.table(["", "median", "quartiles", "min to max", "each one more"]) {
      series.map { one in
        [one.name] + one.distribution.cells(Quantity.time) + [slope(to: one.name).map(Quantity.time) ?? ""]
      }
    }
  }

  /// What each one more costs between the smallest count and that of a series: the slope of the medians. Where things are
  /// compared that count the same, the series of each begin with the smallest count.
  ///
  /// - Returns: nanoseconds; `nil` for the smallest itself.
  func slope(to name: String) -> Int64? {
    guard let index = series.firstIndex(where: { $0.name == name }), let low = series.compactMap(\.count).min(),
      let first = series[...index].last(where: { $0.count == low }), let high = series[index].count, high > low,
      let lowMedian = first.distribution?.median, let highMedian = series[index].distribution?.median
    else { return nil }
    return (highMedian - lowMedian) / Int64(high - low)
  }

  private static func table(_ heads: [String], _ rows: () -> [[String]]) -> [String] {
    ([heads, heads.indices.map { $0 == 0 ? "---" : "---:" }] + rows()).map(MarkdownTable.row)
  }
}

/// Tables of Markdown.
public enum MarkdownTable {
  /// A row of cells, whose text is Markdown already.
  public static func row(_ cells: [String]) -> String { "|" + cells.map { $0.isEmpty ? " |" : " \($0) |" }.joined() }
}

extension SampleSeries {
  /// The series in a few words, for whoever looks on.
  public var summary: String {
    guard let distribution else { return "no sample" }
    return "\(Quantity.time(distribution.median)) (\(Quantity.time(distribution.minimum)) to"
      + " \(Quantity.time(distribution.maximum)))"
  }

  /// How many threads took part: `2`, or `2 (5 of 7), 1` where that differed.
  var workersInWords: String {
    let counts = Set(workers).sorted(by: >)
    if counts.count <= 1 { return counts.first.map(String.init) ?? "" }
    return counts.map { count in "\(count) (\(workers.filter { $0 == count }.count) of \(workers.count))" }
      .joined(separator: ", ")
  }
}

extension Distribution? {
  fileprivate func cells(_ text: (Int64) -> String) -> [String] {
    guard let self else { return ["-", "-", "-"] }
    return [
      text(self.median), "\(text(self.firstQuartile)) to \(text(self.thirdQuartile))",
      "\(text(self.minimum)) to \(text(self.maximum))",
    ]
  }
}
