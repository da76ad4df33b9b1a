import FoundationEssentials
import Glibc
import Scythe
import ScytheVictims

/// The demo as a page of its own: one file, no script, nothing fetched from anywhere.
struct DemoReport {
  private let result: DemoResult
  // The chart, in pixels: names at the left, bars at the right, and room for what is written behind them.
  private let nameWidth = 345.0
  private let barWidth = 440.0
  private let noteWidth = 220.0
  private let rowHeight = 20.0
  private let gap = 12.0

  init(_ result: DemoResult) { self.result = result }

  /// Writes the page; what was there before is replaced as a whole, or stays.
  ///
  /// - Throws: `Failure`, with one clear line.
  func write(to path: String) throws {
    let draft = path + ".draft"
    guard let file = unsafe fopen(draft, "we") else { throw DemoReport.failure(path, errno) }
    let isWritten = unsafe fputs(page, file) >= 0
    // What is buffered is written, and refused, here.
    guard unsafe fclose(file) == 0, isWritten, unsafe rename(draft, path) == 0 else {
      let error = errno
      unsafe unlink(draft)
      throw DemoReport.failure(path, error)
    }
  }

  /// Says that a page cannot be written.
  static func failure(_ path: String, _ error: CInt) -> Failure {
    Failure(
      message: "cannot write the report '\(path)': \(Errno(rawValue: error).description); name a file in a directory"
        + " that you may write to",
      exit: Exit.cannotCreate)
  }

  private var page: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Scythe: what comes back after a kill</title>
    <style>
    :root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6472; --rule: #d9dee6; --page: #fff;
      --good: #1a8f5a; --bad: #c8372d; --plain: #4a7fb5; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e8ebf0; --soft: #a2abb8; --rule: #3a4250; --page: #14181f;
      --good: #3fbf83; --bad: #f0665c; --plain: #7fb0e0; } }
    body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page);
      max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
    h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
    p.lead { color: var(--soft); margin-top: 0; } svg { width: 100%; height: auto; }
    svg text { font: 13px system-ui, sans-serif; fill: var(--ink); } svg .soft { fill: var(--soft); }
    svg .title { font-weight: 600; } svg .bad { fill: var(--bad); } svg .good { fill: var(--good); }
    svg .plain { fill: var(--plain); } svg line { stroke: var(--rule); }
    svg .word-bad { fill: var(--bad); font-weight: 600; }
    table { border-collapse: collapse; } td, th { text-align: left; padding: .2rem 1.2rem .2rem 0; vertical-align: top; }
    th { font-weight: 600; white-space: nowrap; }
    </style>
    </head>
    <body>
    <h1>What comes back after a kill</h1>
    <p class="lead">\(escaped(lead))\(result.warning.map { "<br>\(escaped($0))" } ?? "")</p>
    \(chart)
    \(totals)
    <h2>The victims</h2>
    <table>
    \(victims)
    </table>
    <h2>The machine</h2>
    <table>
    \(machine)
    </table>
    <h2>The method</h2>
    <p>Every victim is a real process of \(escaped(Quantity.bytes(result.victimBytes))), made for the purpose, and killed
    once in each way. A bar ends when the memory is back: when the process is dead, or when it has no private memory left, as
    its own <code>/proc/PID/status</code> shows, read through a descriptor that was opened before the signal. A hatched bar
    means that it was not back when the wait ended. “SIGKILL alone” sends the signal and waits; Scythe sends the same signal,
    looks whether a robust mutex would be lost, and calls <code>process_mrelease(2)</code> from one or two threads. One run
    each: good for the difference between now and never, not for small ones, which <code>make bench</code> measures.</p>
    </body>
    </html>

    """
  }

  private var lead: String {
    "Time from SIGKILL until the memory is back, for victims of \(Quantity.bytes(result.victimBytes)); at most"
      + " \(Quantity.seconds(result.deadlineNanoseconds)). \(result.machine.summary)."
  }

  private var totals: String {
    let alone = result.total(isScythe: false)
    let scythe = result.total(isScythe: true)
    return "<p>Back by then: SIGKILL alone <b>\(escaped(Quantity.bytes(alone.back)))</b> of"
      + " \(escaped(Quantity.bytes(alone.asked))), Scythe <b>\(escaped(Quantity.bytes(scythe.back)))</b> of"
      + " \(escaped(Quantity.bytes(scythe.asked))).</p>"
  }

  private var victims: String {
    result.rows.map { row in
      let note = row.notShown.map { " <b>Not shown here:</b> \(escaped($0))." } ?? ""
      return "<tr><th>\(escaped(row.title))</th><td>\(escaped(row.explanation))\(note)</td></tr>"
    }.joined(separator: "\n")
  }

  private var machine: String {
    let rows = [
      ("Date", Date.now.formatted(.iso8601)),
      ("Kernel", "Linux \(result.machine.kernel), \(result.machine.architecture)"),
      ("CPUs", "\(result.machine.processors)" + (result.machine.processorModel.map { " × \($0)" } ?? "")),
      ("Memory", Quantity.bytes(result.machine.memoryBytes)),
    ]
    return rows.map { "<tr><th>\($0)</th><td>\(escaped($1))</td></tr>" }.joined(separator: "\n")
  }

  // MARK: The chart

  private var chart: String {
    let shown = result.rows.filter { $0.notShown == nil }
    let rowCount = shown.reduce(0) { $0 + $1.runs.count }
    let axisTop = 24.0
    let height = axisTop + Double(rowCount) * rowHeight + Double(shown.count) * gap
    let width = nameWidth + barWidth + noteWidth
    var svg = "<svg viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=\"img\" aria-label=\"\(escaped(lead))\">"
    svg += "<defs><pattern id=\"open\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\""
    svg += " patternTransform=\"rotate(45)\"><rect class=\"bad\" width=\"4\" height=\"8\"/></pattern></defs>"
    for quarter in 0...4 {
      let x = nameWidth + barWidth * Double(quarter) / 4
      let moment = Quantity.seconds(result.deadlineNanoseconds * Int64(quarter) / 4)
      svg += "<line x1=\"\(x)\" y1=\"\(axisTop - 4)\" x2=\"\(x)\" y2=\"\(height)\"/>"
      svg += text(moment, x: x, y: 12, "soft", anchor: "middle")
    }
    var y = axisTop + gap / 2
    for row in shown {
      svg += text(row.title, x: 0, y: y + 14, "title")
      for run in row.runs {
        svg += bars(run, y: y)
        y += rowHeight
      }
      y += gap
    }
    return svg + "</svg>"
  }

  private func bars(_ run: DemoRun, y: Double) -> String {
    let isBack = run.backNanoseconds != nil
    // At least a pixel and a half, so that it is seen.
    let length = max(1.5, run.share * barWidth)
    let fill = isBack ? "class=\"\(run.isScythe ? "good" : "plain")\"" : "fill=\"url(#open)\""
    let kept = isBack ? run.time : "\(run.time): \(Quantity.bytes(run.bytesLeft)) kept"
    var svg = text(run.way, x: 180, y: y + 14, "soft")
    svg += "<rect \(fill) x=\"\(nameWidth)\" y=\"\(y + 2)\" width=\"\(length)\" height=\"\(rowHeight - 5)\"/>"
    svg += text(kept, x: nameWidth + length + 6, y: y + 14, isBack ? "" : "word-bad")
    switch run.mutex {
    case .recovered: svg += text("mutex recovered", x: nameWidth + length + 80, y: y + 14, "soft")
    case .lost: svg += text("mutex lost", x: nameWidth + length + 80, y: y + 14, "word-bad")
    default: break
    }
    return svg
  }

  private func text(_ text: String, x: Double, y: Double, _ style: String, anchor: String = "start") -> String {
    "<text x=\"\(x)\" y=\"\(y)\" class=\"\(style)\" text-anchor=\"\(anchor)\">\(escaped(text))</text>"
  }

  /// What of a text could be taken for markup, as entities.
  private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
