import ArgumentParser
import Scythe
import ScytheTelemetry

/// `scythe warn`
struct WarnCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "warn",
    abstract: "Say in a line that memory gets short, before scythed kills somebody, and when it is enough again.",
    discussion: """
      So a person has the choice what to close, and a desktop can tell of it. Reads the status page, as 'scythe top' does: it
      asks scythed nothing, and holds nothing up. A fill must go on for a second to count. If scythed ends meanwhile, waits for
      the next one. Ctrl-C ends it.

      Exit codes: 0; 3 not permitted; 4 no scythed runs; 64 wrong usage; 71 the status page cannot be read.
      """)

  @Option(help: "Memory is short if no more can be handed out before somebody dies: a size, or a share of all memory.")
  var left = "10%"

  @Option(help: "It is short as well if that lasts no longer, at the present fill.")
  var time = "15s"

  @Option(help: "How often it is looked at, at least 100ms.")
  var interval = "1s"

  @Option(help: "The status page, instead of the one in /run/scythe.")
  var file: String?

  @Flag(help: "Report as JSON, a line each time.")
  var json = false

  func run() throws {
    let interval = try Arguments.interval(interval)
    let time = try Arguments.time(time, "--time")
    let path = file ?? TelemetryPaths.statusPage
    var report = try TopReport(path)
    var watch = ShortageWatch(
      leastBytes: try leastBytes(of: report.sizeBytes), leastNanoseconds: UInt64(clamping: time))
    let signals = try InterruptionSignals.open(to: "watch")
    var hasEnded = false
    repeat {
      do {
        report = try TopReport(path)
        hasEnded = false
      } catch let failure as Failure {
        if !hasEnded { Output.error("\(failure.message); waits for the next one") }
        hasEnded = true
        continue
      }
      // One that is stopped or stuck says nothing about now.
      guard report.ageNanoseconds <= TopReport.lateNanoseconds else { continue }
      let reading = ShortageWatch.Reading(report)
      guard let news = watch.take(reading) else { continue }
      let warning = ShortageWarning(news, reading, report)
      Output.line(json ? try warning.jsonLine() : warning.words)
    } while (try? signals.descriptor.waitUntilReadable(timeoutMilliseconds: CInt(clamping: interval / 1_000_000)))
      == false
  }

  private func leastBytes(of size: UInt64) throws -> UInt64 {
    guard left.hasSuffix("%") else { return try Arguments.bytes(left, "--left") }
    guard let percent = UInt64(left.dropLast()), percent <= 100 else {
      throw Failure.usage("cannot use '\(left)' for --left: give a share from 0% to 100%, or a size such as 2G")
    }
    return size / 100 * percent
  }
}
