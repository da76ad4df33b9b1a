import Foundation

/// A comparison as one page that needs nothing else: no file beside it, no network.
package struct HTMLReport {
  private let document: ReportDocument
  private let isEmulated: Bool
  private let chartScript: String?

  /// - Parameter chartScript: the text of Chart.js; without it the page has its tables, and says why no more.
  package init(_ comparison: Comparison, chartScript: String?) {
    document = comparison.document
    isEmulated = comparison.isEmulated
    self.chartScript = chartScript
  }

  /// The whole page.
  package var page: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
    <title>\(PlainText.html(title))</title>
    <style>
    \(ReportStyle.text)
    </style>
    </head>
    <body>
    <h1>\(PlainText.html(document.title))</h1>
    \(lead)
    \(facts)
    \(contents)
    \(document.sections.enumerated().map { section($0.element, number: $0.offset) }.joined(separator: "\n"))
    \(scripts)
    </body>
    </html>

    """
  }

  private var title: String { document.title + (isEmulated ? " (emulated: only ratios say something)" : "") }

  private var hasCharts: Bool { document.sections.contains { !$0.charts.isEmpty } }

  private var lead: String {
    var lines = document.lead.map { "<p class=\"lead\">\(PlainText.html($0))</p>" }
    if hasCharts {
      lines.append(
        chartScript == nil
          ? "<p class=\"soft\">No charts: the page was made without Chart.js; the tables say the same.</p>"
          : "<noscript><p class=\"soft\">No charts without scripts; the tables say the same.</p></noscript>")
    }
    return lines.joined(separator: "\n")
  }

  private var facts: String {
    let rows = document.facts.map {
      "<tr><th scope=\"row\">\(PlainText.html($0.name))</th><td>\(PlainText.html($0.value))</td></tr>"
    }
    return rows.isEmpty
      ? ""
      : """
      <details class="facts"><summary>Where, when, and which versions</summary>
      <div class="scroll"><table>\(rows.joined(separator: "\n"))</table></div></details>
      """
  }

  private var contents: String {
    let links = document.sections.enumerated().map {
      "<a href=\"#part-\($0.offset)\">\(PlainText.html($0.element.title))</a>"
    }
    return links.isEmpty ? "" : "<nav>\(links.joined(separator: " "))</nav>"
  }

  private func section(_ section: ReportSection, number: Int) -> String {
    var lines = ["<section id=\"part-\(number)\">", "<h2>\(PlainText.html(section.title))</h2>"]
    lines += section.notes.map { "<p class=\"soft\">\(PlainText.html($0))</p>" }
    let isDrawn = chartScript != nil && !section.charts.isEmpty
    if isDrawn {
      let caption = isEmulated ? "Emulated: lengths compare within a chart, and mean no time of a real machine. " : ""
      lines.append(
        """
        <div class="charts" data-part="\(number)">
        <p class="soft caption">\(caption)A point is the median, the line goes from the smallest to the largest; the axis is
        logarithmic. A diamond is Scythe, a triangle the yardstick, a circle any other, a cross at the edge never.</p>
        </div>
        """)
    }
    // Where charts say it first, the long tables are a step away.
    lines += section.tables.map { table($0, isOpen: $0.isOpen && !isDrawn) }
    if !section.lines.isEmpty {
      lines.append("<ul>\(section.lines.map { "<li>\(PlainText.html($0))</li>" }.joined(separator: "\n"))</ul>")
    }
    return (lines + ["</section>"]).joined(separator: "\n")
  }

  private func table(_ table: ReportTable, isOpen: Bool) -> String {
    let heads = table.heads.map {
      "<th scope=\"col\"\($0.isNumber ? " class=\"number\"" : "")>\(PlainText.html($0.title))</th>"
    }
    var lines = [
      "<details\(isOpen ? " open" : "")><summary>\(PlainText.html(table.caption))</summary>",
      "<div class=\"scroll\"><table><thead><tr>\(heads.joined())</tr></thead>",
    ]
    for group in table.rows.grouped(by: \.group) {
      lines.append(
        "<tbody><tr class=\"group\"><th scope=\"rowgroup\" colspan=\"\(heads.count)\">\(PlainText.html(group[0].group))"
          + "</th></tr>")
      lines += group.map { row in
        "<tr>\(zip(row.cells, table.heads).map { cell($0, isNumber: $1.isNumber) }.joined())</tr>"
      }
      lines.append("</tbody>")
    }
    lines.append("</table></div>")
    let repeats = table.repeats
    if !repeats.isEmpty {
      let items = repeats.map { repetition in
        let commands = repetition.commands.map { "<code>\(PlainText.html($0))</code>" }.joined(separator: "<br>")
        return "<dt>\(PlainText.html(repetition.what))</dt><dd>\(commands)</dd>"
      }
      lines.append(
        "<details class=\"repeats\"><summary>What repeats each result</summary><dl>\(items.joined(separator: "\n"))</dl>"
          + "</details>")
    }
    return (lines + ["</details>"]).joined(separator: "\n")
  }

  private func cell(_ cell: ReportTable.Cell, isNumber: Bool) -> String {
    let tone =
      switch cell.tone {
      case .plain: ""
      case .good: "good"
      case .bad: "bad"
      case .soft: "soft"
      }
    let style = [isNumber ? "number" : "", tone].filter { !$0.isEmpty }.joined(separator: " ")
    let detail = cell.detail.map { "<small>\(PlainText.html($0))</small>" } ?? ""
    return "<td\(style.isEmpty ? "" : " class=\"\(style)\"")>\(PlainText.html(cell.text))\(detail)</td>"
  }

  // MARK: Scripts

  private var scripts: String {
    guard let chartScript, hasCharts else { return "" }
    return """
      <script>\(Self.inScript(chartScript))</script>
      <script type="application/json" id="chart-data">\(chartData)</script>
      <script>
      \(ReportScript.text)
      </script>
      """
  }

  /// The charts of each section, by its number. No `<` is left, so no name of a process can end the element.
  private var chartData: String {
    let parts = document.sections.enumerated().filter { !$0.element.charts.isEmpty }
    let charts = Dictionary(uniqueKeysWithValues: parts.map { (String($0.offset), $0.element.charts) })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    // All numbers come from integers, so each can be written.
    let json = (try? encoder.encode(charts)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    return json.replacing("<", with: "\\u003c")
  }

  /// A script as the content of an element, which ends at the first thing that looks like its end, wherever that stands.
  private static func inScript(_ script: String) -> String {
    script.replacing("</", with: "<\\/").replacing("<!--", with: "<\\!--")
  }
}
