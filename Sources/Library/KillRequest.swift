public import ScytheLinux
public import ScytheReaper
import ScytheReclaim

/// Who shall die, and how.
public struct KillRequest: Sendable {
  /// Single processes.
  public var processes: [PID] = []
  /// Processes that die with all their descendants.
  public var trees: [PID] = []
  /// Directories of control groups, whose members die, those of the groups below included.
  public var controlGroups: [String] = []
  /// Whether a slice, or the root of a hierarchy, may be killed.
  public var killsWholeSlices = false
  /// Whether processes that share a victim's memory die with it; without, such a victim is refused.
  public var killsSharers = false
  /// How many threads may release at the same time; 0 lets the reaper choose.
  public var workers = 0
  /// Signal, times, robust mutexes.
  public var options = KillOptions()

  /// Makes an empty request.
  public init() {}

  /// Makes a request for single processes.
  public init(processes: [PID]) { self.processes = processes }
}

/// What came of a request.
public struct KillReport: Sendable {
  /// One report for each victim, in the order in which they were selected.
  public let victims: [VictimReport]
  /// Members of trees and cgroups that were left alive.
  public let spared: [SparedProcess]
  /// The sum.
  public let summary: KillSummary
}

/// Kills processes, releases their memory, and returns when it is back or the deadline is over; blocks the calling
/// thread for that long.
///
/// - Parameter request: who, and how.
/// - Returns: what came back, how that is known, and what did not.
/// - Throws: `ReaperError`; nothing has been signalled then.
public func killAndRelease(_ request: KillRequest) throws(ReaperError) -> KillReport {
  var reaper = try prepareReaper(for: request)
  let summary = try reaper.kill(request.options, killsSharers: request.killsSharers)
  return KillReport(&reaper, summary)
}

/// Says who would die, and what would come back, without a signal to anybody.
///
/// - Parameter request: who, and how.
/// - Returns: reports whose fate is `planned`.
/// - Throws: what `killAndRelease(_:)` would.
public func planKill(_ request: KillRequest) throws(ReaperError) -> KillReport {
  var reaper = try prepareReaper(for: request)
  return try KillReport(planning: &reaper, killsSharers: request.killsSharers)
}

private func prepareReaper(for request: KillRequest) throws(ReaperError) -> Reaper<LiveKernel> {
  var configuration = ReaperConfiguration()
  configuration.workers = request.workers
  var reaper = try makeReaper(configuration)
  for pid in request.processes { try reaper.select(pid) }
  for pid in request.trees { try reaper.selectTree(pid) }
  for group in request.controlGroups {
    try reaper.selectControlGroup(PathBuffer(bytes: group.utf8), isForced: request.killsWholeSlices)
  }
  return reaper
}

func makeReaper(_ configuration: ReaperConfiguration) throws(ReaperError) -> Reaper<LiveKernel> {
  do throws(Errno) { return try Reaper(kernel: LiveKernel(), configuration) } catch { throw .kernel(error) }
}

extension KillReport {
  /// What a kill would do.
  init(planning reaper: inout Reaper<LiveKernel>, killsSharers: Bool) throws(ReaperError) {
    try reaper.plan(killsSharers: killsSharers)
    var summary = KillSummary()
    summary.victims = reaper.victimCount
    summary.spared = reaper.sparedCount
    self.init(&reaper, summary)
  }

  /// What a kill came to.
  init(_ reaper: inout Reaper<LiveKernel>, _ summary: KillSummary) {
    var victims: [VictimReport] = []
    for index in 0..<reaper.victimCount { victims.append(reaper.report(at: index)) }
    var spared: [SparedProcess] = []
    for index in 0..<reaper.sparedCount { spared.append(reaper.spared(at: index)) }
    self.victims = victims
    self.spared = spared
    self.summary = summary
  }
}

extension ProcessName: CustomStringConvertible {
  /// The name as text, in one line; what is no UTF-8 is replaced, and by `?` what could move a cursor: a process calls
  /// itself what it likes.
  public var description: String {
    let text = String(decoding: (0..<count).map { self[$0] }, as: UTF8.self)
    return String(
      String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
  }
}
