public import ScytheLinux
import ScytheReclaim

// Step 1 of a kill, all of it before any signal: who is meant, what they have, and who must not die.
extension Reaper {
  /// Selects one process.
  ///
  /// - Parameters:
  ///   - pid: a thread group leader.
  ///   - startTicks: when it must have started, if the caller knows; another start means that the number was used again.
  /// - Throws: `ReaperError`; nothing is selected then.
  public mutating func select(_ pid: PID, startTicks: UInt64? = nil) throws(ReaperError) {
    _ = try add(pid, origin: .named, startTicks: startTicks)
  }

  /// Sends SIGKILL to one process now, before anything is known of it but that it may die. For members of a fork bomb: what
  /// a selection takes, its siblings fork in. Nothing is selected; it can be selected afterwards as long as it is there.
  ///
  /// - Parameters:
  ///   - pid: a thread group leader.
  ///   - startTicks: when it must have started.
  /// - Throws: `ReaperError.noSuchProcess`, `.identityChanged`, `.untouchable`,
  ///   `.notPermitted`, or `.kernel`; nothing was signalled then.
  public func killAtOnce(_ pid: PID, startTicks: UInt64) throws(ReaperError) {
    let kernel = unsafe shop.pointee.kernel
    let process = try open(pid)
    let stat: ProcessStat
    do throws(Errno) { stat = try kernel.procfs.stat(of: pid) } catch { throw Self.error(error, of: pid) }
    if stat.startTicks != startTicks { throw .identityChanged(pid) }
    if let reason = unsafe shop.pointee.protection.reason(against: stat, kernel.procfs) {
      throw .untouchable(pid, reason)
    }
    do throws(Errno) { try kernel.send(.kill, to: process) } catch { throw Self.error(error, of: pid) }
  }

  /// What an error of the kernel's says of a process.
  private static func error(_ error: Errno, of pid: PID) -> ReaperError {
    switch error {
    case .notPermitted: .notPermitted(pid)
    case .noSuchProcess: .noSuchProcess(pid)
    default: .kernel(error)
    }
  }

  /// Selects one process that is dying already, to have its memory released: the signal that it gets changes nothing.
  ///
  /// - Parameter pid: a thread group leader.
  /// - Throws: `ReaperError.notDying` if it is not seen to be: SIGKILL was not sent to it, and no thread has begun its
  ///   exit; else as ``select(_:startTicks:)``. Nothing is selected then.
  public mutating func selectDying(_ pid: PID) throws(ReaperError) {
    let isSelected = row(of: pid) != nil
    let row = try add(pid, origin: .named, startTicks: nil)
    if areAllThreadsDying(row) { return }
    if !isSelected {
      unsafe shop.pointee.victims.removeLast(from: row)
      unsafe shop.pointee.order.removeLast(from: row)
    }
    throw .notDying(pid)
  }

  /// Whether a victim is seen to be dying with all of its threads: the first one may have ended by itself.
  private func areAllThreadsDying(_ row: Int) -> Bool {
    let victim = unsafe shop.pointee.victims.pointer(at: row)
    guard unsafe victim.pointee.stat.isDying(victim.pointee.before) else { return false }
    if unsafe victim.pointee.before.isKillPending || victim.pointee.stat.threads <= 1 { return true }
    let procfs = unsafe shop.pointee.kernel.procfs
    var areAllDying = true
    try? unsafe procfs.forEachThread(of: victim.pointee.pid) { (thread) throws(Errno) in
      // One that is gone is none.
      guard let stat = try? procfs.stat(of: thread), let status = try? procfs.status(of: thread) else { return true }
      areAllDying = stat.isDying(status)
      return areAllDying
    }
    return areAllDying
  }

  /// Selects a process and everything that descends from it now; at the kill, also what it has forked until then.
  ///
  /// - Throws: `ReaperError`, for the root of the tree; a descendant that must not die is spared.
  public mutating func selectTree(_ root: PID) throws(ReaperError) {
    _ = try add(root, origin: .tree, startTicks: nil)
    for _ in 0..<ReaperLimits.mostRounds {
      if try addDescendants(stopping: false) == 0 { return }
    }
  }

  /// Selects all members of a control group and of the groups below it; at the kill, also who has joined until then.
  ///
  /// - Parameters:
  ///   - path: its directory.
  ///   - isForced: whether a slice or a root may be killed.
  /// - Throws: `ReaperError.untouchableGroup`; `.notAControlGroup`; a member that must not die is spared.
  public mutating func selectControlGroup(_ path: borrowing PathBuffer, isForced: Bool = false) throws(ReaperError) {
    guard unsafe !shop.pointee.groups.isFull else {
      throw unsafe .tooManyControlGroups(capacity: shop.pointee.groups.capacity)
    }
    let group: ControlGroup
    do throws(Errno) { group = try ControlGroup(path: path) } catch { throw .notAControlGroup(error) }
    if !isForced {
      if group.isRoot { throw .untouchableGroup(.root) }
      if group.isSlice { throw .untouchableGroup(.slice) }
    }
    var holdsCaller = false
    do throws(Errno) {
      try group.forEachProcessInSubtree { (pid) throws(Errno) in
        if unsafe shop.pointee.protection.isCallerOrAncestor(pid) { holdsCaller = true }
        return !holdsCaller
      }
    } catch {
      throw .notAControlGroup(error)
    }
    if holdsCaller { throw .untouchableGroup(.holdsCaller) }
    _ = try addMembers(of: group)
    let beforeBytes = try? group.memoryCurrentBytes()
    let holdsHidden = (try? group.holdsHiddenProcesses()) ?? true
    unsafe shop.pointee.groups.append(GroupTarget(group: group, beforeBytes: beforeBytes, holdsHidden: holdsHidden))
  }

  /// Adds one process to the victims, or finds it there.
  ///
  /// - Returns: its row.
  mutating func add(_ pid: PID, origin: VictimOrigin, startTicks: UInt64?) throws(ReaperError) -> Int {
    if let row = row(of: pid) { return row }
    guard unsafe !shop.pointee.victims.isFull else {
      throw unsafe .tooManyVictims(capacity: shop.pointee.victims.capacity)
    }
    let victim = try examine(pid, origin: origin, startTicks: startTicks)
    let row = unsafe shop.pointee.victims.count
    unsafe shop.pointee.victims.append(victim)
    unsafe shop.pointee.victims[row].space = row
    unsafe shop.pointee.order.append(row)
    isPlanned = false
    return row
  }

  private func examine(_ pid: PID, origin: VictimOrigin, startTicks: UInt64?) throws(ReaperError) -> Victim {
    let kernel = unsafe shop.pointee.kernel
    let process = try open(pid)
    let statusFile = try openStatus(of: pid)
    let stat: ProcessStat
    let before: ProcessStatus
    do throws(Errno) {
      stat = try kernel.procfs.stat(of: pid)
      before = try Procfs.status(from: statusFile)
    } catch {
      throw Self.error(error, of: pid)
    }
    if let startTicks, stat.startTicks != startTicks { throw .identityChanged(pid) }
    if let reason = unsafe shop.pointee.protection.reason(against: stat, kernel.procfs) {
      throw .untouchable(pid, reason)
    }
    let freezer = (try? Freezer.state(of: pid, kernel.procfs)) ?? .thawed
    let isDead: Bool
    // Asked last: a process that can still be signalled has not been waited for, so its number has not been used again,
    // and all that was read was about it.
    do throws(Errno) {
      try kernel.send(.none, to: process)
      isDead = try kernel.waitForExit(of: process, timeoutMilliseconds: 0)
    } catch {
      throw Self.error(error, of: pid)
    }
    if isDead { throw .alreadyDead(pid) }
    return Victim(
      stat: stat, before: before, origin: origin, process: process, statusFile: statusFile,
      freezer: freezer, space: 0)
  }

  private func open(_ pid: PID) throws(ReaperError) -> ProcessDescriptor {
    do throws(Errno) {
      return try unsafe shop.pointee.kernel.openProcess(pid)
    } catch {
      switch error {
      case .noSuchProcess:
        throw .noSuchProcess(pid)
      case .invalidArgument, .noSuchFileOrDirectory:
        // What the kernel says of a thread that is no leader; which of the two depends on its version.
        let procfs = unsafe shop.pointee.kernel.procfs
        if let leader = try? procfs.status(of: pid).leader, leader != pid { throw .notALeader(pid, leader: leader) }
        throw .noSuchProcess(pid)
      default:
        throw .kernel(error)
      }
    }
  }

  private func openStatus(of pid: PID) throws(ReaperError) -> FileDescriptor {
    do throws(Errno) {
      return try unsafe shop.pointee.kernel.procfs.open("status", of: pid)
    } catch {
      throw Self.error(error, of: pid)
    }
  }

  /// The row of a victim of this kill.
  func row(of pid: PID) -> Int? {
    for row in firstRow..<(unsafe shop.pointee.victims.count) where unsafe shop.pointee.victims[row].pid == pid {
      return row
    }
    return nil
  }

  /// Adds the members of a group and of those below it that are no victims yet.
  ///
  /// - Returns: how many were added.
  mutating func addMembers(of group: borrowing ControlGroup) throws(ReaperError) -> Int {
    var added = 0
    var failure: ReaperError?
    do throws(Errno) {
      try group.forEachProcessInSubtree { (pid) throws(Errno) in
        do throws(ReaperError) {
          if try addOrSpare(pid, origin: .controlGroup) { added += 1 }
        } catch {
          failure = error
        }
        return failure == nil
      }
    } catch {
      // A group that was removed has no members left.
      if error != .noSuchDevice && error != .noSuchFileOrDirectory { throw .notAControlGroup(error) }
    }
    if let failure { throw failure }
    return added
  }

  /// Adds the children of those victims that are to die with their descendants.
  ///
  /// - Parameter stopping: whether each is stopped at once, so that it cannot fork: no fork ends while a signal is
  ///   pending.
  /// - Returns: how many were added.
  mutating func addDescendants(stopping: Bool) throws(ReaperError) -> Int {
    let kernel = unsafe shop.pointee.kernel
    var added = 0
    var failure: ReaperError?
    do throws(Errno) {
      try kernel.procfs.forEachProcess { (pid) throws(Errno) in
        guard let stat = try? kernel.procfs.stat(of: pid), let parent = row(of: stat.parent),
          unsafe shop.pointee.victims[parent].origin == .tree
        else { return true }
        // One that has been waited for has no children: its number may have been used again.
        guard (try? kernel.send(.none, to: unsafe shop.pointee.victims[parent].process)) != nil else { return true }
        do throws(ReaperError) {
          if try addOrSpare(pid, origin: .tree) {
            added += 1
            if stopping, let row = row(of: pid) {
              try? kernel.send(.stop, to: unsafe shop.pointee.victims[row].process)
            }
          }
        } catch {
          failure = error
        }
        return failure == nil
      }
    } catch {
      throw .kernel(error)
    }
    if let failure { throw failure }
    return added
  }

  /// - Returns: whether it became a victim now: not if it was one, is spared, or is gone.
  private mutating func addOrSpare(_ pid: PID, origin: VictimOrigin) throws(ReaperError) -> Bool {
    for index in 0..<sparedCount where spared(at: index).pid == pid { return false }
    if row(of: pid) != nil { return false }
    do throws(ReaperError) {
      _ = try add(pid, origin: origin, startTicks: nil)
      return true
    } catch {
      switch error {
      case .untouchable(_, let reason): spare(pid, reason)
      case .notPermitted: spare(pid, nil)
      case .tooManyVictims, .kernel: throw error
      default: break
      }
      return false
    }
  }

  private mutating func spare(_ pid: PID, _ reason: Untouchable?) {
    let name = (try? unsafe shop.pointee.kernel.procfs.stat(of: pid))?.name ?? ProcessName()
    // A cgroup with more untouchable members than the table has rows has nothing to lose by a shorter list.
    guard unsafe !shop.pointee.spared.isFull else { return }
    unsafe shop.pointee.spared.append(SparedProcess(pid: pid, name: name, reason: reason))
  }
}
