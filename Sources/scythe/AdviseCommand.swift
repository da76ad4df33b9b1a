import ArgumentParser
import Glibc
import Scythe

/// `scythe advise`
struct AdviseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "advise",
    abstract: "Move the memory of processes out, or in, while they live; release what is dying.",
    discussion: """
      Advice: cold (reclaim it first when memory runs short), pageout (reclaim it now: anonymous memory to swap, clean \
      pages of files for nothing), willneed (read it in), collapse (make huge pages of it), dontneed (release a process \
      that is dying already; 'scythe kill' does the same, with more options).
      Advice to others takes CAP_SYS_NICE and the right to read the process; memory.reclaim takes the right to write it.
      Exit codes: 0 done; 1 the deadline came first, or a process could not be advised (the report says which); 3 not \
      permitted; 4 no such process; 5 refused; 64 wrong usage; 71 the system cannot do it; 130 interrupted.
      Above 1 and below 130, nobody was advised.
      """)

  @OptionGroup var targets: TargetOptions

  @Option(parsing: .unconditional, help: "What shall happen: cold, pageout, willneed, collapse or dontneed.")
  var advice: String?

  @Option(
    parsing: .unconditionalSingleValue,
    help: "Only these addresses of the one process: START-END as in /proc/PID/maps. May be given several times.")
  var range: [String] = []

  @Option(
    parsing: .unconditional,
    help: """
      At most so much, over all processes, the largest first: address space that is walked, resident or not; of a cgroup \
      by memory.reclaim, what goes.
      """)
  var max: String?

  @Option(parsing: .unconditional, help: "How long it may take; one chunk of 32 MiB (cold: 256 MiB) is finished.")
  var deadline: String?

  @Option(parsing: .unconditionalSingleValue, help: "All processes of a user, by name or number.")
  var user: [String] = []

  @Option(
    parsing: .unconditional,
    help: """
      How advice reaches processes: auto, vector (process_madvise, area by area), extension (Scythe's kernel extension, \
      which auto uses too where it is loaded: a call for everything, and no areas are counted), or, for pageout of a \
      cgroup, reclaim (memory.reclaim, cgroup v2, Linux 5.19: the coldest pages first, page cache that nobody maps \
      included).
      """)
  var carrier = "auto"

  @Flag(help: "Say what would be walked and what skipped; advise nobody.")
  var dryRun = false

  @Flag(help: "Report as JSON.")
  var json = false

  @Flag(help: "Print nothing but errors.")
  var quiet = false

  func run() throws {
    var request = try makeRequest()
    let code = try dryRun ? plan(request) : advise(&request)
    if code != Exit.allBack { throw code }
  }

  private func plan(_ request: AdviceRequest) throws -> ExitCode {
    let plan: AdvicePlan
    do throws(AdviceError) { plan = try planAdvice(request) } catch { throw Failure(error, request) }
    try refuseNobody(plan.processes.isEmpty && plan.groups.isEmpty && plan.release == nil)
    let report = AdvisePlanReport(plan, request, hasSwap: Self.hasSwap)
    try show(report) { report.lines }
    let isRefused = plan.groups.isEmpty && !plan.processes.isEmpty && plan.processes.allSatisfy { $0.advice.isRefused }
    return isRefused ? Exit.notPermitted : Exit.allBack
  }

  private func advise(_ request: inout AdviceRequest) throws -> ExitCode {
    let interruptions = try InterruptionSignals.open(to: "advise")
    request.cancellation = interruptions.descriptor.number
    let progress = Progress()
    let outcome: AdviceOutcome
    do throws(AdviceError) {
      outcome = try adviseProcesses(request) { progress.show($0) }
    } catch {
      throw Failure(error, request)
    }
    progress.clear()
    try refuseNobody(outcome.processes.isEmpty && outcome.groups.isEmpty && outcome.release == nil)
    if let release = outcome.release {
      try show(KillReportJSON(release, isDryRun: false)) { KillReportText.lines(release, isDryRun: false) }
      return release.exit
    }
    let hasSwap = Self.hasSwap
    try show(AdviseReportJSON(outcome, request, hasSwap: hasSwap)) {
      AdviseReportText.lines(outcome, request.advice, hasSwap: hasSwap)
    }
    return outcome.exit
  }

  private func show(_ report: some Encodable, _ lines: () -> [String]) throws {
    if json {
      Output.line(try report.jsonLine())
    } else if !quiet {
      for line in lines() { Output.line(line) }
    }
  }

  /// A group may be empty; a user without processes is a slip of the pen.
  private func refuseNobody(_ isNobody: Bool) throws {
    guard isNobody, targets.cgroup.isEmpty, let first = user.first else { return }
    throw Failure(message: "cannot advise the user '\(first)': no process runs under it", exit: Exit.noSuchProcess)
  }

  private static var hasSwap: Bool { ((try? Procfs().swapInformation())?.areas ?? 0) > 0 }

  // MARK: What the user wrote

  private func makeRequest() throws -> AdviceRequest {
    var request = AdviceRequest(try chosenAdvice())
    request.ranges = try AddressRanges.parse(range)
    request.maximumBytes = try max.map { try Arguments.bytes($0, "--max") }
    request.deadlineNanoseconds = try deadline.map { try Arguments.time($0, "--deadline") }
    request.means = try chosenMeans(request.advice)
    try checkTargets()
    request.processes = try targets.processes(to: "advise")
    request.trees = try targets.trees(to: "advise")
    request.controlGroups = targets.cgroup
    request.users = try user.map { try Self.userID($0) }
    request.processes += try targets.namedProcesses(to: "advise")
    if request.advice == .dontNeed, !range.isEmpty || max != nil {
      throw Failure.usage("cannot release a part of a process: dontneed takes no --range and no --max")
    }
    request.countsAreas = !mayUseExtension(request)
    return request
  }

  /// Whether the extension will be used: it counts no areas, so where it will not, they are counted.
  private func mayUseExtension(_ request: AdviceRequest) -> Bool {
    if request.means == .extension { return true }
    guard request.means == .automatic, request.maximumBytes == nil else { return false }
    return (try? MadviseExtension.query())?.canAdvise ?? false
  }

  private func checkTargets() throws {
    guard !(targets.isEmpty && user.isEmpty) else {
      throw Failure.usage("nothing to advise: give a process number, --name, --tree, --cgroup or --user")
    }
    let isSingle = targets.tree.isEmpty && targets.cgroup.isEmpty && user.isEmpty && !targets.all
    let isOne = targets.pid.count + targets.name.count == 1 && isSingle
    if !range.isEmpty, !isOne { throw Failure.usage("cannot use --range for more than a single process: name one") }
  }

  private func chosenAdvice() throws -> Advice {
    guard let advice else {
      throw Failure.usage("nothing to advise: give --advice cold, pageout, willneed, collapse or dontneed")
    }
    guard let chosen = Advice(keyword: advice) else {
      throw Failure.usage("cannot advise '\(advice)': give cold, pageout, willneed, collapse or dontneed")
    }
    return chosen
  }

  private func chosenMeans(_ advice: Advice) throws -> AdviceMeans {
    switch carrier {
    case "auto": return .automatic
    case "vector": return .vector
    case "extension": return .extension
    case "reclaim":
      let isForGroups = targets.pid.isEmpty && targets.name.isEmpty && targets.tree.isEmpty && user.isEmpty
      guard advice == .pageOut, range.isEmpty, isForGroups else {
        throw Failure(.reclaimIsForGroups, AdviceRequest(advice))
      }
      return .reclaim
    default: throw Failure.usage("cannot use carrier '\(carrier)': give auto, vector, extension or reclaim")
    }
  }

  private static func userID(_ text: String) throws -> UInt32 {
    if let entry = unsafe getpwnam(text) { return unsafe entry.pointee.pw_uid }
    guard !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }), let number = UInt32(text) else {
      throw Failure.usage("cannot advise the user '\(text)': there is none of that name; give another, or a number")
    }
    return number
  }
}

extension Advice {
  /// What a user writes for it.
  init?(keyword: String) {
    switch keyword {
    case "cold": self = .cold
    case "pageout": self = .pageOut
    case "willneed": self = .willNeed
    case "collapse": self = .collapse
    case "dontneed": self = .dontNeed
    default: return nil
    }
  }

  /// The same.
  var keyword: String {
    switch self {
    case .cold: "cold"
    case .pageOut: "pageout"
    case .willNeed: "willneed"
    case .collapse: "collapse"
    case .dontNeed: "dontneed"
    }
  }
}

extension Progress {
  /// Shows where advice stands.
  fileprivate func show(_ state: AdviceProgress) {
    let bytes = state.advisedBytes.map { ": \(Quantity.bytes($0))" } ?? ""
    show("\(state.index + 1)/\(state.count)  \(state.subject)\(bytes)")
  }
}

extension PlannedAdvice {
  fileprivate var isRefused: Bool { if case .notPermitted = self { true } else { false } }
}

extension AdviceOutcome {
  /// What the command ends with.
  fileprivate var exit: ExitCode {
    if summary.end == .cancelled { return Exit.interrupted }
    if summary.advised == 0, groups.isEmpty, summary.notPermitted > 0 { return Exit.notPermitted }
    let isPart = summary.end == .deadlineReached || summary.notPermitted + summary.failed > 0
    return isPart ? Exit.partly : Exit.allBack
  }
}
