public import ScytheLinux
public import ScytheReclaim

/// The means by which advice reaches processes, and the members of a control group.
public enum AdviceMeans: Equatable, Sendable {
  /// Page-out of a group by `memory.reclaim` where it has that and the caller may write it. All else by Scythe's kernel
  /// extension where that is loaded, and areas need not be counted; elsewhere by `process_madvise(2)`.
  case automatic
  /// `process_madvise(2)` on what is mapped, Linux 5.10; `process_mrelease(2)` for `dontNeed`, Linux 5.15.
  case vector
  /// Scythe's kernel extension, or nothing: see `MadviseExtension`. Areas are not counted.
  case `extension`
  /// `memory.reclaim` on the group, Linux 5.19, or nothing.
  case reclaim
}

/// Whose memory, and what shall happen to it.
public struct AdviceRequest: Sendable {
  /// What shall happen. `dontNeed` releases processes that are dying already, robust mutexes looked after; it knows no
  /// ranges and no `maximumBytes`.
  public var advice: Advice
  /// Single processes.
  public var processes: [PID] = []
  /// Processes with all their descendants.
  public var trees: [PID] = []
  /// Directories of control groups, whose members are meant, those of the groups below included.
  public var controlGroups: [String] = []
  /// User ids; all processes that run under one of them are meant.
  public var users: [UInt32] = []
  /// Which addresses, aligned to pages, each range behind the one before; empty for all. Only for a single process.
  public var ranges: [AddressRange] = []
  /// The most bytes that are advised, over all processes together; `nil` sets no limit. The largest process comes first.
  /// A process is counted with its address space, whatever of it is resident; a reclaimed group with what went.
  public var maximumBytes: UInt64?
  /// How long it may take, over all processes together; `nil` sets no limit, and for `dontNeed` means five seconds.
  public var deadlineNanoseconds: Int64?
  /// A descriptor that ends it, between two chunks, when it becomes readable; the caller keeps it open.
  public var cancellation: CInt?
  /// Whether every area is looked up and counted: see `AdviceOptions`.
  public var countsAreas = false
  /// How advice reaches processes and control groups.
  public var means = AdviceMeans.automatic

  /// Makes a request for nobody yet.
  ///
  /// - Parameter advice: what shall happen.
  public init(_ advice: Advice) { self.advice = advice }

  /// Makes a request for single processes.
  ///
  /// - Parameters:
  ///   - advice: what shall happen.
  ///   - processes: the processes.
  public init(_ advice: Advice, processes: [PID]) {
    self.advice = advice
    self.processes = processes
  }
}

/// Why nobody was advised.
public enum AdviceError: Error, Equatable, Sendable {
  /// There is no such process.
  case noSuchProcess(PID)
  /// The number is that of a thread of another process.
  case notALeader(PID, leader: PID)
  /// It is a thread of the kernel, which has no memory of its own.
  case kernelThread(PID)
  /// The process is dead, or so near to it that it has no memory any more.
  case hasNoMemory(PID)
  /// The caller may not advise a process that was named: it lacks `CAP_SYS_NICE`, or ptrace read rights.
  case notPermitted(PID, Errno)
  /// The path names no control group that can be read.
  case notAControlGroup(path: String, Errno)
  /// `memory.reclaim` was asked for, and the group has none.
  case noGroupReclaim(path: String)
  /// `memory.reclaim` was asked for, and the caller may not write it.
  case groupNotPermitted(path: String, Errno)
  /// The extension was asked for, and is not loaded, or cannot do it.
  case noExtension
  /// The extension was asked for, with `maximumBytes` for more than one process or range: what it has done is not told.
  case limitIsForOneProcess
  /// `memory.reclaim` was asked for, for something else than page-out of control groups.
  case reclaimIsForGroups
  /// There are ranges, and not exactly one process.
  case rangesNeedOneProcess
  /// A range cannot be meant.
  case badRange(index: Int, BadRange)
  /// A release is of a whole process: it takes no ranges and no `maximumBytes`.
  case releaseIsWhole
  /// The process lives, and would lose the content of its memory.
  case notDying(PID)
  /// This kernel, or a seccomp filter, does not let advice to others through, or does not know this one.
  case unsupported
  /// A release was refused.
  case release(ReaperError)
  /// The kernel refused something else that is needed before.
  case kernel(Errno)
}

/// Gives advice about the memory of processes, and says what it came to; blocks the calling thread for that long.
///
/// The processes go on meanwhile, and one that goes away is no error. A member of a tree, a group, or of what a user runs
/// that may not be advised is in the report; threads of the kernel, and of these members the caller itself, are left out.
///
/// - Parameters:
///   - request: whose memory, and what shall happen to it.
///   - progress: told where it stands, after each chunk.
/// - Returns: what was advised and what not, and what the processes had before and afterwards.
/// - Throws: `AdviceError`; nobody has been advised then.
///
/// The corresponding calls are `process_madvise(2)`, Linux 5.10, which needs `CAP_SYS_NICE` and ptrace read rights;
/// `process_mrelease(2)`, Linux 5.15; and the file `memory.reclaim`, Linux 5.19.
public func adviseProcesses(
  _ request: AdviceRequest, progress: (AdviceProgress) -> Void = { _ in }
) throws(AdviceError) -> AdviceOutcome {
  let selection = try AdviceSelection(request)
  guard request.advice != .dontNeed else {
    return AdviceOutcome(release: try selection.release(request))
  }
  var run = AdviceRun(request, selection)
  return run.outcome(progress)
}

/// As the blocking form, which runs on a thread of its own: no thread of the cooperative pool waits.
///
/// A cancelled task ends it between two chunks, and the report tells what was done until then.
///
/// - Parameter request: whose memory, and what shall happen to it; its `cancellation` is replaced.
/// - Returns: as the blocking form.
/// - Throws: as the blocking form.
public func adviseProcesses(_ request: AdviceRequest) async throws(AdviceError) -> AdviceOutcome {
  try await BackgroundThread.run(startFailure: AdviceError.kernel) { (cancellation) throws(AdviceError) in
    var request = request
    request.cancellation = cancellation
    return try adviseProcesses(request)
  }
}

/// Says whom a request would reach, and what would be skipped, without any advice.
///
/// - Parameter request: whose memory, and what should happen to it.
/// - Returns: what would be walked, with what of it is resident.
/// - Throws: what `adviseProcesses(_:progress:)` would.
public func planAdvice(_ request: AdviceRequest) throws(AdviceError) -> AdvicePlan {
  let selection = try AdviceSelection(request)
  guard request.advice != .dontNeed else { return AdvicePlan(release: try selection.planRelease()) }
  return try AdvicePlan(request, selection)
}
