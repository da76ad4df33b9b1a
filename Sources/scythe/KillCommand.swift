import ArgumentParser
import Scythe

/// `scythe kill`
struct KillCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kill",
    abstract: "Kill processes, release their memory, and say what came back.",
    discussion: """
      Exit codes: 0 all is back; 1 some is not (the report says what, and why); 3 not permitted; 4 no such process; \
      5 refused; 64 wrong usage; 71 the system refused something before the kill; 130 interrupted.
      Above 1 and below 130, nothing was signalled; with 3 somebody may have been, if a right was lost meanwhile.
      """)

  @OptionGroup var targets: TargetOptions

  @Option(parsing: .unconditional, help: "First signal; KILL follows after --grace.")
  var signal = "KILL"

  @Option(
    parsing: .unconditional,
    help: "How long the first signal may take, if it is not KILL. KILL comes earlier when memory falls.")
  var grace = "3s"

  @Option(parsing: .unconditional, help: "How long to wait, from KILL on, for the memory to be back.")
  var deadline = "5s"

  @Option(parsing: .unconditional, help: "Threads that release at the same time: auto, or 1 to 6.")
  var workers = "auto"

  @Flag(help: "Also kill processes that share a victim's memory; while one lives, nothing comes back.")
  var withSharers = false

  @Option(
    parsing: .unconditional,
    help: """
      Release a victim that holds a robust mutex after this long, although those who share the mutex will wait for ever. \
      Without, such a victim is not released; it usually dies by itself at once.
      """)
  var robustGrace: String?

  @Option(
    parsing: .unconditional,
    help: """
      How memory is released: auto, release (process_mrelease, Linux 5.15), extension (Scythe's kernel extension, which \
      auto uses too where it is loaded; a robust mutex is no hindrance then), or limit (memory.max = 0 for a moment, on \
      a cgroup v2 that holds victims only; for Linux 5.10 to 5.14).
      """)
  var carrier = "auto"

  @Flag(name: .customLong("no-release"), help: "Only signal and wait, to compare.")
  var noRelease = false

  @Flag(help: "Allow a slice, or the root of a cgroup hierarchy.")
  var force = false

  @Flag(help: "Say who would die and how many bytes would return; signal nobody.")
  var dryRun = false

  @Flag(help: "Report as JSON.")
  var json = false

  @Flag(help: "Print nothing but errors.")
  var quiet = false

  func run() throws {
    var request = try makeRequest()
    // Two descriptors are held for every victim, and a fork bomb has thousands of members.
    _ = try? Machine.raiseDescriptorLimit(to: 16_384)
    let report = try dryRun ? plan(request) : kill(&request)
    if json {
      Output.line(try KillReportJSON(report, isDryRun: dryRun).jsonLine())
    } else if !quiet {
      for line in KillReportText.lines(report, isDryRun: dryRun) { Output.line(line) }
    }
    let code = dryRun ? Exit.allBack : report.exit
    if code != Exit.allBack { throw code }
  }

  private func plan(_ request: KillRequest) throws -> KillReport {
    do throws(ReaperError) { return try planKill(request) } catch {
      throw Failure(error, controlGroups: targets.cgroup)
    }
  }

  private func kill(_ request: inout KillRequest) throws -> KillReport {
    let interruptions = try InterruptionSignals.open(to: "kill")
    request.options.cancellation = interruptions.descriptor.number
    // Under a fork bomb of 2,000 that all run, an ordinary thread got to the signal after minutes.
    Scheduling.favourCurrentThread()
    do throws(ReaperError) { return try killAndRelease(request) } catch {
      throw Failure(error, controlGroups: targets.cgroup)
    }
  }

  private func makeRequest() throws -> KillRequest {
    var request = KillRequest()
    request.processes = try targets.processes(to: "kill")
    request.trees = try targets.trees(to: "kill")
    request.controlGroups = targets.cgroup
    guard let signal = Quantity.signal(signal) else {
      throw Failure.usage("cannot send signal '\(signal)': no such signal; see 'kill -l'")
    }
    request.options.signal = signal
    request.options.graceNanoseconds = try Arguments.time(grace, "--grace")
    request.options.deadlineNanoseconds = try Arguments.time(deadline, "--deadline")
    request.options.robustGraceNanoseconds = try robustGrace.map { try Arguments.time($0, "--robust-grace") }
    request.options.carrier = try releaseCarrier()
    request.options.prefersExtension = carrier != "release"
    request.killsSharers = withSharers
    request.killsWholeSlices = force
    if workers != "auto" {
      guard let count = Int(workers), (1...6).contains(count) else {
        throw Failure.usage("cannot use '\(workers)' workers: give auto, or a number from 1 to 6")
      }
      request.workers = count
    }
    request.processes += try targets.namedProcesses(to: "kill")
    guard !targets.isEmpty else {
      throw Failure.usage("nothing to kill: give a process number, --name, --tree or --cgroup")
    }
    return request
  }

  private func releaseCarrier() throws -> Carrier? {
    switch carrier {
    case _ where noRelease: return nil
    case "auto", "release": return .release
    case "limit": return .limit
    case "extension":
      do throws(ReclaimError) { try Reclaim(kernel: LiveKernel()).probe(.extension) } catch {
        throw Failure.noExtension(to: "kill")
      }
      return .extension
    default: throw Failure.usage("cannot use carrier '\(carrier)': give auto, release, extension or limit")
    }
  }
}

extension KillReport {
  /// What the command ends with.
  var exit: ExitCode {
    if summary.isCancelled { return Exit.interrupted }
    if summary.notSignalled > 0 { return Exit.notPermitted }
    return summary.isAllBack ? Exit.allBack : Exit.partly
  }
}
