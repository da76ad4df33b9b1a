import ScytheLinux
import ScytheReclaim

/// The processes that the caller must not kill whatever it is asked: itself and its ancestors.
struct Protection {
  // A login shell in a terminal in a desktop session is less than 20 deep.
  private var ancestors: InlineArray<64, PID> = InlineArray(repeating: PID(0))
  private var count = 0
  private let caller = PID.current

  init(_ procfs: borrowing Procfs) {
    var pid = caller
    while count < 64, let stat = try? procfs.stat(of: pid), stat.parent.rawValue > 0 {
      pid = stat.parent
      ancestors[count] = pid
      count += 1
    }
  }

  /// Why a process must not be killed; `nil` if it may.
  func reason(against stat: ProcessStat, _ procfs: borrowing Procfs) -> Untouchable? {
    if stat.pid == .initProcess { return .initProcess }
    if stat.isKernelThread { return .kernelThread }
    if stat.pid == caller { return .caller }
    if isAncestor(stat.pid) { return .ancestorOfCaller }
    if (try? procfs.oomScoreAdjustment(of: stat.pid)) == -1000 { return .protected }
    return nil
  }

  /// Whether a process is the caller or one of its ancestors, the first process of the namespace not counted: that one
  /// may be in any group.
  func isCallerOrAncestor(_ pid: PID) -> Bool { pid == caller || (pid != .initProcess && isAncestor(pid)) }

  private func isAncestor(_ pid: PID) -> Bool {
    for index in 0..<count where ancestors[index] == pid { return true }
    return false
  }
}
