import BenchmarkResults

/// A comparison as Markdown.
package struct MarkdownReport {
  private let document: ReportDocument

  /// The report of a comparison.
  package init(_ comparison: Comparison) { document = comparison.document }

  /// The whole text.
  package var text: String {
    var lines = ["# \(PlainText.markdown(document.title))"]
    for paragraph in document.lead { lines += ["", "**\(PlainText.markdown(paragraph))**"] }
    if !document.facts.isEmpty { lines.append("") }
    lines += document.facts.map { "- \(PlainText.markdown($0.name)): \(PlainText.markdown($0.value))" }
    for section in document.sections { lines += [""] + Self.lines(of: section) }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func lines(of section: ReportSection) -> [String] {
    var lines = ["## \(PlainText.markdown(section.title))"]
    for note in section.notes { lines += ["", PlainText.markdown(note)] }
    for table in section.tables { lines += [""] + self.lines(of: table) }
    if !section.lines.isEmpty { lines.append("") }
    return lines + section.lines.map { "- \(PlainText.markdown($0))" }
  }

  private static func lines(of table: ReportTable) -> [String] {
    let heads = [ReportTable.Head(title: table.groupTitle)] + table.heads
    var lines = [
      "### \(PlainText.markdown(table.caption))", "", MarkdownTable.row(heads.map { PlainText.markdown($0.title) }),
      MarkdownTable.row(heads.map { $0.isNumber ? "---:" : "---" }),
    ]
    lines += table.rows.map { row in MarkdownTable.row([PlainText.markdown(row.group)] + row.cells.map(text)) }
    let repeats = table.repeats
    if !repeats.isEmpty {
      lines += ["", "<details><summary>What repeats each result</summary>", ""]
      for (what, commands) in repeats {
        lines.append("- \(PlainText.markdown(what)): \(commands.map(PlainText.markdownCode).joined(separator: ", "))")
      }
      lines += ["", "</details>"]
    }
    return lines
  }

  private static func text(of cell: ReportTable.Cell) -> String {
    var text = PlainText.markdown(cell.text)
    if cell.tone == .bad { text = "**\(text)**" }
    if let detail = cell.detail { text += " (\(PlainText.markdown(detail)))" }
    return text
  }
}
