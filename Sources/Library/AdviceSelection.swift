import ScytheLinux
import ScytheReclaim

/// Who is meant by a request, found out before anybody is advised.
struct AdviceSelection {
  /// A process to be advised.
  struct Candidate {
    let pid: PID
    let name: ProcessName
    /// With the number it identifies the process.
    let startTicks: UInt64
    let before: ProcessStatus
    /// Whether it was named, and is no mere member of something.
    let isNamed: Bool

    var bytes: UInt64 { MemorySum(before).residentBytes &+ before.swapBytes }
  }

  /// The processes, the largest first.
  private(set) var candidates: [Candidate] = []
  /// Directories of groups that are reclaimed from as a whole.
  private(set) var groups: [String] = []
  private let advice: Advice
  private let procfs = Procfs()
  private var chosen: Set<Int32> = []

  init(_ request: AdviceRequest) throws(AdviceError) {
    advice = request.advice
    try AdviceSelection.check(request)
    for pid in request.processes { try add(named: pid) }
    for root in request.trees { try addTree(root) }
    for path in request.controlGroups { try add(group: path, request) }
    if !request.users.isEmpty {
      let users = Set(request.users)
      try forEachProcess { (pid) in
        if let status = try? procfs.status(of: pid), users.contains(status.userID) { add(member: pid) }
      }
    }
    candidates.sort { $0.bytes > $1.bytes }
    if !request.ranges.isEmpty, candidates.count != 1 || !groups.isEmpty { throw .rangesNeedOneProcess }
    if request.means == .extension, request.maximumBytes != nil, candidates.count > 1 || request.ranges.count > 1 {
      throw .limitIsForOneProcess
    }
  }

  private static func check(_ request: AdviceRequest) throws(AdviceError) {
    do throws(ReclaimError) {
      try Reclaim(kernel: LiveKernel()).check(.ranges(request.ranges.span))
    } catch {
      if case .badRange(let index, let fault) = error { throw .badRange(index: index, fault) }
    }
    if request.means == .reclaim {
      let isForGroups = request.processes.isEmpty && request.trees.isEmpty && request.users.isEmpty
      guard isForGroups, request.advice == .pageOut, request.ranges.isEmpty else { throw .reclaimIsForGroups }
    }
    if request.means == .extension {
      let found = try? MadviseExtension.query()
      let canDo = request.advice == .dontNeed ? found?.canRelease : found?.canAdvise
      guard canDo ?? false else { throw .noExtension }
    }
    if request.advice == .dontNeed {
      guard request.ranges.isEmpty, request.maximumBytes == nil else { throw .releaseIsWhole }
      return
    }
    do throws(Errno) {
      try MemoryAdviceProbe.check(request.advice.memoryAdvice)
    } catch {
      throw error == .tooManyOpenFiles ? .kernel(error) : .unsupported
    }
  }

  // MARK: Whom

  private mutating func add(named pid: PID) throws(AdviceError) {
    guard !chosen.contains(pid.rawValue) else { return }
    let process = try open(pid)
    guard let stat = try? procfs.stat(of: pid), let status = try? procfs.status(of: pid) else {
      throw .noSuchProcess(pid)
    }
    if stat.isKernelThread { throw .kernelThread(pid) }
    guard status.hasMemory else { throw .hasNoMemory(pid) }
    if advice != .dontNeed { try checkPermission(pid, process) }
    append(stat, status, isNamed: true)
  }

  private func open(_ pid: PID) throws(AdviceError) -> ProcessDescriptor {
    do throws(Errno) {
      return try ProcessDescriptor(pid)
    } catch {
      switch error {
      case .noSuchProcess:
        throw .noSuchProcess(pid)
      case .invalidArgument, .noSuchFileOrDirectory:
        // What the kernel says of a thread that is no leader; which of the two depends on its version.
        if let leader = try? procfs.status(of: pid).leader, leader != pid { throw .notALeader(pid, leader: leader) }
        throw .noSuchProcess(pid)
      default:
        throw .kernel(error)
      }
    }
  }

  /// Tries the advice on no memory at all.
  private func checkPermission(_ pid: PID, _ process: borrowing ProcessDescriptor) throws(AdviceError) {
    do throws(Errno) {
      try process.checkAdvice(advice.memoryAdvice)
    } catch {
      switch error {
      case .notPermitted, .permissionDenied: throw .notPermitted(pid, error)
      case .noSuchProcess: throw .hasNoMemory(pid)
      default: throw .kernel(error)
      }
    }
  }

  /// Adds a process that is meant with others; one without memory is none.
  private mutating func add(member pid: PID) {
    guard !chosen.contains(pid.rawValue), pid != .current, let stat = try? procfs.stat(of: pid), !stat.isKernelThread,
      let status = try? procfs.status(of: pid), status.hasMemory
    else { return }
    append(stat, status, isNamed: false)
  }

  private mutating func append(_ stat: ProcessStat, _ status: ProcessStatus, isNamed: Bool) {
    chosen.insert(stat.pid.rawValue)
    candidates.append(
      Candidate(pid: stat.pid, name: stat.name, startTicks: stat.startTicks, before: status, isNamed: isNamed))
  }

  private mutating func addTree(_ root: PID) throws(AdviceError) {
    try add(named: root)
    var tree: Set<Int32> = [root.rawValue]
    // A child may be listed before its parent, and be forked while the others are looked at.
    var isGrowing = true
    while isGrowing {
      isGrowing = false
      try forEachProcess { (pid) in
        guard !tree.contains(pid.rawValue), let stat = try? procfs.stat(of: pid), tree.contains(stat.parent.rawValue)
        else { return }
        tree.insert(pid.rawValue)
        isGrowing = true
        add(member: pid)
      }
    }
  }

  private mutating func add(group path: String, _ request: AdviceRequest) throws(AdviceError) {
    let group: ControlGroup
    do throws(Errno) {
      group = try ControlGroup(path: PathBuffer(bytes: path.utf8))
    } catch {
      throw .notAControlGroup(path: path, error)
    }
    if try isReclaimed(group, path, request) {
      if !groups.contains(path) { groups.append(path) }
      return
    }
    do throws(Errno) {
      try group.forEachProcessInSubtree { (pid) throws(Errno) in
        add(member: pid)
        return true
      }
    } catch {
      throw .notAControlGroup(path: path, error)
    }
  }

  private func isReclaimed(
    _ group: borrowing ControlGroup, _ path: String, _ request: AdviceRequest
  ) throws(AdviceError) -> Bool {
    guard request.advice == .pageOut, request.ranges.isEmpty, request.means == .automatic || request.means == .reclaim
    else { return false }
    do throws(ReclaimError) {
      try GroupReclaim.check(group)
      return true
    } catch {
      guard request.means == .reclaim else { return false }
      switch error {
      case .notPermitted(let cause): throw .groupNotPermitted(path: path, cause)
      case .kernel(let cause): throw .notAControlGroup(path: path, cause)
      default: throw .noGroupReclaim(path: path)
      }
    }
  }

  private func forEachProcess(_ body: (PID) -> Void) throws(AdviceError) {
    do throws(Errno) {
      try procfs.forEachProcess { (pid) throws(Errno) in
        body(pid)
        return true
      }
    } catch {
      throw .kernel(error)
    }
  }
}
