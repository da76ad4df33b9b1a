public import ScytheLinux

/// Frees the memory of dying processes on kernels without `process_mrelease` (5.10 to 5.14), by the kernel's own OOM
/// machinery: with `memory.max` at 0 on the cgroup that they have for themselves, the kernel runs out of memory there,
/// finds them dying, and hands them to its reaper, which waits two seconds for robust mutexes and then frees all.
///
/// A limit belongs to whoever manages the group, so it is lowered only for a group of victims alone; only until the
/// kernel has marked a victim, some 20 ms; and a guardian process puts it back if this one dies meanwhile.
public enum LimitCarrier {
  /// Has one member of a group marked for the kernel's reaper, the one that the kernel chooses. Its memory is back after
  /// two seconds or so.
  ///
  /// The kernel writes of it to its log, and counts it as `oom` in `memory.events`.
  ///
  /// - Parameters:
  ///   - group: a cgroup v2 with the memory controller.
  ///   - mayBeFreed: whether SIGKILL is pending for a process, and no robust mutex would be lost; asked for every member.
  /// - Throws: `ReclaimError.notAlone` if a member may not be freed, or if there are groups below; `.notCharged` if the
  ///   kernel did not run out of memory there; `.unsupported` without `memory.max`; `.notPermitted`; `.kernel` with
  ///   `Errno.resourceTemporarilyUnavailable` if another caller is at it, or if no guardian could be made. The limit is
  ///   what it was then.
  public static func apply(to group: borrowing ControlGroup, mayBeFreed: (PID) -> Bool) throws(ReclaimError) {
    try checkAlone(group, mayBeFreed)
    let isMarked: Bool
    do throws(Errno) {
      isMarked = try markOne(of: group)
    } catch {
      switch error {
      case .noSuchFileOrDirectory: throw .unsupported
      case .notPermitted, .permissionDenied, .readOnlyFileSystem: throw .notPermitted(error)
      default: throw .kernel(error)
      }
    }
    if !isMarked { throw .notCharged }
  }

  private static func markOne(of group: borrowing ControlGroup) throws(Errno) -> Bool {
    let maximum = try group.open("memory.max", .readWrite)
    // Two callers at once would take each other's zero for what the limit was.
    try maximum.lockExclusively()
    let maximumText = try text(of: maximum)
    // Without the swap controller there is no such file, and nothing to keep from swapping.
    let hasSwap = (try? group.open("memory.swap.max", .read).close()) != nil
    let swap = try group.open(hasSwap ? "memory.swap.max" : "memory.max", .readWrite)
    let swapText = hasSwap ? try text(of: swap) : copy maximumText
    let eventsBefore = try group.memoryEvents().oom
    let guardian = try LimitGuardian(maximum, maximumText, swap, swapText)
    // Swap first: what can still be swapped out is moved there instead of being freed.
    if hasSwap { try? swap.write("0") }
    let isMarked = (try? lowerUntilMarked(maximum, group, eventsBefore)) ?? false
    try? maximum.write(maximumText)
    if hasSwap { try? swap.write(swapText) }
    guardian.dismiss()
    return isMarked
  }

  private static func lowerUntilMarked(
    _ maximum: borrowing FileDescriptor, _ group: borrowing ControlGroup, _ eventsBefore: UInt64
  ) throws(Errno) -> Bool {
    var writer = try LimitWriter(PathBuffer("0"), to: maximum)
    // The first event finds the victim, the second one finds it marked. Three seconds: the kernel's own two, and some.
    for _ in 0..<3000 {
      let events = try group.memoryEvents().oom
      if events >= eventsBefore + 2 { return true }
      if writer.isDone() { return try group.memoryEvents().oom > eventsBefore }
      MonotonicClock.sleep(nanoseconds: 1_000_000)
    }
    return false
  }

  private static func text(of file: borrowing FileDescriptor) throws(Errno) -> PathBuffer {
    var text = PathBuffer()
    try file.forEachLine { (line) throws(Errno) in
      text.append(line)
      return false
    }
    return text
  }

  private static func checkAlone(
    _ group: borrowing ControlGroup, _ mayBeFreed: (PID) -> Bool
  ) throws(ReclaimError) {
    guard group.version == .v2, !group.isRoot else { throw .unsupported }
    var isAlone = true
    do throws(Errno) {
      try group.forEachChild { (_) throws(Errno) in
        isAlone = false
        return false
      }
      try group.forEachProcess { (pid) throws(Errno) in
        if !mayBeFreed(pid) { isAlone = false }
        return isAlone
      }
    } catch {
      throw .kernel(error)
    }
    guard isAlone else { throw .notAlone }
  }
}
