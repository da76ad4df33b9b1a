import ArgumentParser
import Scythe
import ScytheTelemetry

/// `scythe top`
struct TopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top",
    abstract: "Show what scythed sees and does: headroom, line, fill, who would die first, and the last kills.",
    discussion: """
      Reads the status page: that of a user's own scythed if there is one, else the system's. It asks scythed nothing, and
      costs it nothing. Ctrl-C ends it.

      Exit codes: 0; 3 not permitted; 4 no scythed runs; 64 wrong usage; 71 the status page cannot be read.
      """)

  @Flag(help: "Show it once.")
  var once = false

  @Option(help: "How often it is shown, at least 100ms.")
  var interval = "1s"

  @Option(help: "The status page, instead of the one in /run/scythe.")
  var file: String?

  @Flag(help: "Report as JSON, a line each time.")
  var json = false

  func run() throws {
    let interval = try Arguments.interval(interval)
    let path = file ?? TelemetryPaths.statusPage
    if once {
      for line in try lines(of: TopReport(path), Terminal(descriptor: 1)) { Output.line(line) }
      return
    }
    let signals = try InterruptionSignals.open(to: "watch")
    var isFirst = true
    while true {
      // The window may have been made larger.
      let terminal = Terminal(descriptor: 1)
      show(try lines(of: TopReport(path), terminal), terminal, isFirst: isFirst)
      isFirst = false
      let isOver = try? signals.descriptor.waitUntilReadable(timeoutMilliseconds: CInt(clamping: interval / 1_000_000))
      if isOver != false { return }
    }
  }

  private func lines(of report: TopReport, _ terminal: Terminal) throws -> [String] {
    json ? [try report.jsonLine()] : TopText(terminal).lines(report)
  }

  /// Draws over what was there before, where somebody looks.
  private func show(_ lines: [String], _ terminal: Terminal, isFirst: Bool) {
    guard terminal.isInteractive, !json else {
      if !isFirst, !json { Output.line("") }
      for line in lines { Output.line(line) }
      return
    }
    // Home, each line and what was right of it before, and what was below.
    let shown = lines.prefix(terminal.rows - 1).map { "\($0)\u{1B}[K\n" }.joined()
    Output.text("\(isFirst ? "\u{1B}[2J" : "")\u{1B}[H\(shown)\u{1B}[J")
  }
}
