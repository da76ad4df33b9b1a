import ArgumentParser
import Scythe
import ScytheTelemetry

/// `scythe history`
struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Say whom scythed has killed, when, why, what came back, and what did not.",
    discussion: """
      Reads the kill log, which outlives a reboot: that of a user's own scythed if there is one, else the system's. With
      --follow it goes on with each kill that is stored, a line for each, until Ctrl-C.

      Exit codes: 0; 3 not permitted; 64 wrong usage; 71 there is no kill log, or it cannot be read.
      """)

  @Option(help: "Only kills since then, such as 30m, 12h or 7d ago.")
  var since: String?

  @Option(help: "Only the last few.")
  var last: String?

  @Option(help: "The kill log, instead of the one in /var/lib/scythe.")
  var file: String?

  @Flag(help: "Go on with each kill to come, until Ctrl-C.")
  var follow = false

  @Flag(help: "Report as JSON.")
  var json = false

  func run() throws {
    let since = try since.map { try Arguments.time($0, "--since", mostDays: 36_500) }
    let last = try last.map { text in
      guard let number = Int(text), number > 0 else {
        throw Failure.usage("cannot use '\(text)' for --last: give a number from 1 on")
      }
      return number
    }
    let path = file ?? TelemetryPaths.killLog
    var (records, survey) = try HistoryCommand.read(path)
    var follower = HistoryFollower(path, after: records)
    records.sort { $0.sequence < $1.sequence }
    if let since {
      let first = WallClock.nowNanoseconds - since
      records.removeAll { $0.wallNanoseconds < first }
    }
    if let last { records = Array(records.suffix(last)) }
    if follow {
      let signals = try InterruptionSignals.open(to: "follow the kill log")
      try records.forEach(tell)
      try follower.run(signals, tell)
    } else if json {
      Output.line(try HistoryReport(records, survey, path).jsonLine())
    } else {
      for line in HistoryCommand.lines(records, survey) { Output.line(line) }
    }
  }

  /// One of many: without a heading, so that a script can take it.
  private func tell(_ record: KillRecord) throws {
    Output.line(json ? try KilledProcess(record).jsonLine() : KillTable.line(record))
  }

  static func read(_ path: String) throws -> ([KillRecord], KillLogSurvey) {
    var records: [KillRecord] = []
    do throws(KillLogError) {
      let survey = try KillLog.forEachRecord(of: PathBuffer(bytes: path.utf8)) { records.append($0) }
      return (records, survey)
    } catch {
      throw Failure(error, reading: path)
    }
  }

  private static func lines(_ records: [KillRecord], _ survey: KillLogSurvey) -> [String] {
    var lines: [String]
    if records.isEmpty {
      lines = [survey.intact == 0 ? "nobody has been killed" : "nobody has been killed in that time"]
    } else {
      lines = [KillTable.heading] + records.map(KillTable.line)
    }
    if survey.damaged > 0 {
      lines.append(
        "note: \(survey.damaged) of the records are damaged, and left out: a write was torn, or the disk fails")
    }
    if survey.missing > 0 {
      lines.append("note: the file was cut short; scythed mends it when it starts, but what was cut off is lost")
    }
    return lines
  }
}

/// The kill log as a program reads it.
struct HistoryReport: Encodable {
  let file: String
  let kills: [KilledProcess]
  /// Records that are damaged, and places that the file is too short for.
  let damaged, missing: UInt64

  init(_ records: [KillRecord], _ survey: KillLogSurvey, _ path: String) {
    file = path
    kills = records.map { KilledProcess($0) }
    damaged = survey.damaged
    missing = survey.missing
  }
}
