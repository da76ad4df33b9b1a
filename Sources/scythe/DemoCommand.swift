import ArgumentParser
import Glibc
import Scythe

/// `scythe demo`
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Kill real victims of its own, SIGKILL alone beside Scythe, and compare what comes back.",
    discussion: """
      Takes less than a minute, and at most a quarter of the available memory; touches no process but its own. Victims that \
      this machine cannot make are listed with the reason.
      Exit codes: 0 shown; 64 wrong usage; 71 no victim can be made; 73 the report cannot be written; 130 interrupted.
      """)

  @Option(
    parsing: .unconditionalSingleValue,
    help: "Show this kind of victim only; may be repeated: \(DemoVictim.names).")
  var victim: [String] = []

  @Option(parsing: .unconditional, help: "Size of each victim, such as 256M or 1G.")
  var size: String?

  @Option(parsing: .unconditional, help: "Also write a page with a chart to this file.")
  var report: String?

  @Flag(help: "Report as JSON.")
  var json = false

  func run() throws {
    let kinds = try chosenVictims()
    let bytes = try size.map { try byteCount($0) }
    // Said now, and not after a minute of work that nobody can keep.
    let refusal = refusal()
    if let refusal { Output.error(refusal.message) }
    let interruptions = try InterruptionSignals.open()
    // Some victims leave the machine little CPU time.
    Scheduling.favourCurrentThread()
    let result: DemoResult
    do {
      result = try show(kinds, bytes, cancellation: interruptions.descriptor.number)
    } catch is DemoStage.Interrupted {
      throw Failure(message: "interrupted", exit: Exit.interrupted)
    }
    if json { Output.line(try result.jsonLine()) }
    if let refusal { throw refusal.exit }
    if let report {
      try DemoReport(result).write(to: report)
      if !json { Output.line("Report: \(report)") }
    }
  }

  private func show(_ kinds: [DemoVictim], _ bytes: UInt64?, cancellation: CInt) throws -> DemoResult {
    let table = DemoTable()
    let progress = Progress()
    defer { progress.clear() }
    var stage = try DemoStage(size: bytes, cancellation: cancellation)
    progress.show("making the first victim")
    try stage.warmUp(mayShrink: bytes == nil)
    progress.clear()
    var result = DemoResult(
      machine: MachineDescription(), victimBytes: stage.bytes, deadlineNanoseconds: DemoStage.deadlineNanoseconds,
      canRelease: (try? MemoryReleaseProbe.checkRelease()) != nil)
    if !json { for line in table.heading(result) { Output.line(line) } }
    for (index, kind) in kinds.enumerated() {
      let row = try row(kind, stage, canRelease: result.canRelease) {
        progress.show("\(index + 1)/\(kinds.count)  \($0)")
      }
      progress.clear()
      result.rows.append(row)
      if !json { for line in table.lines(row) { Output.line(line) } }
    }
    if !json { for line in table.summary(result) { Output.line(line) } }
    return result
  }

  private func row(
    _ kind: DemoVictim, _ stage: DemoStage, canRelease: Bool, _ tell: (String) -> Void
  ) throws -> DemoRow {
    let title = kind.title(stage.bytes)
    var runs: [DemoRun] = []
    var notShown: String?
    if victim.isEmpty && !stage.hasTime(for: kind) {
      notShown = "the minute is over; show it with --victim \(kind.rawValue)"
    } else {
      do {
        for way in kind.ways where canRelease || way != .unchecked {
          tell("\(title): \(way.title)")
          runs.append(try stage.kill(kind, way))
        }
      } catch let error as NotShown {
        notShown = error.reason
        // One way without the other is no comparison.
        runs = []
      }
    }
    return DemoRow(
      victim: kind.rawValue, title: title, explanation: kind.explanation, runs: runs, notShown: notShown)
  }

  // MARK: What the user wrote

  private func chosenVictims() throws -> [DemoVictim] {
    let chosen = try victim.map { name in
      guard let kind = DemoVictim(rawValue: name) else {
        throw Failure.usage(
          "cannot show '\(name)': no such victim; name one of \(DemoVictim.names)")
      }
      return kind
    }
    return chosen.isEmpty ? DemoVictim.allCases : chosen
  }

  private func byteCount(_ text: String) throws -> UInt64 {
    guard let bytes = Quantity.byteCount(text), bytes >= 8 << 20 else {
      throw Failure.usage("cannot make victims of '\(text)': give a size of 8M at least, such as 256M or 1G")
    }
    return bytes & ~0xf_ffff
  }

  private func refusal() -> Failure? {
    guard let path = report else { return nil }
    // The page is written beside its place, and then put there as a whole.
    let folder = path.contains("/") ? String(path[..<path.lastIndex(of: "/")!]) + "/" : "."
    if (try? FileDescriptor(PathBuffer(bytes: path.utf8), .directory).close()) != nil {
      return DemoReport.failure(path, EISDIR)
    }
    guard unsafe access(folder, W_OK | X_OK) != 0 else { return nil }
    return DemoReport.failure(path, errno)
  }
}
