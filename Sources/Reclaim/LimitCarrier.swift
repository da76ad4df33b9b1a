public import ScytheLinux

/// Frees the memory of dying processes on kernels without `process_mrelease` (5.10 to 5.14), by the kernel's own OOM
/// machinery: with `memory.max` at 0 on the cgroup that they have for themselves, the kernel runs out of memory there,
/// finds them dying, and hands them to its reaper, which waits two seconds for robust mutexes and then frees all.
///
/// A limit belongs to whoever manages the group, so it is lowered only for a group of victims alone, put back at once,
/// and put back by a guardian process if this one dies meanwhile.
public enum LimitCarrier {
  /// Frees the memory of all members of a group. Blocks until the kernel is done: two to three seconds.
  ///
  /// - Parameters:
  ///   - group: a cgroup v2 with the memory controller.
  ///   - isVictim: whether SIGKILL is pending for a process; asked for every member.
  /// - Throws: `ReclaimError.notAlone` if a member is no victim, or if there are groups below;
  ///   `.unsupported` without `memory.max`; `.notPermitted`; `.kernel` if no guardian could be made. The limit is
  ///   untouched then.
  public static func apply(
    to group: borrowing ControlGroup, isVictim: (PID) -> Bool
  ) throws(ReclaimError) {
    try checkAlone(group, isVictim)
    do throws(Errno) {
      let maximum = try group.open("memory.max", .readWrite)
      let maximumText = try text(of: maximum)
      // Without the swap controller there is no such file, and nothing to keep from swapping.
      let hasSwap = (try? group.open("memory.swap.max", .read).close()) != nil
      let swap = try group.open(hasSwap ? "memory.swap.max" : "memory.max", .readWrite)
      let swapText = hasSwap ? try text(of: swap) : copy maximumText
      let guardian = try LimitGuardian(maximum, maximumText, swap, swapText)
      // Swap first: what can still be swapped out is moved there instead of being freed.
      if hasSwap { try? swap.write("0") }
      let outcome = written("0", to: maximum)
      try? maximum.write(maximumText)
      if hasSwap { try? swap.write(swapText) }
      guardian.dismiss()
      if let outcome { throw outcome }
    } catch {
      switch error {
      case .noSuchFileOrDirectory: throw .unsupported
      case .notPermitted, .permissionDenied, .readOnlyFileSystem: throw .notPermitted(error)
      default: throw .kernel(error)
      }
    }
  }

  private static func written(_ text: StaticString, to file: borrowing FileDescriptor) -> Errno? {
    do throws(Errno) {
      try file.write(text)
      return nil
    } catch {
      return error
    }
  }

  private static func text(of file: borrowing FileDescriptor) throws(Errno) -> PathBuffer {
    var reader = LineReader()
    var text = PathBuffer()
    _ = try reader.next(of: file) { (line) throws(Errno) in text.append(line) }
    return text
  }

  private static func checkAlone(
    _ group: borrowing ControlGroup, _ isVictim: (PID) -> Bool
  ) throws(ReclaimError) {
    guard group.version == .v2, !group.isRoot else { throw .unsupported }
    var isAlone = true
    do throws(Errno) {
      try group.forEachChild { (_) throws(Errno) in
        isAlone = false
        return false
      }
      try group.forEachProcess { (pid) throws(Errno) in
        if !isVictim(pid) { isAlone = false }
        return isAlone
      }
    } catch {
      throw .kernel(error)
    }
    guard isAlone else { throw .notAlone }
  }
}
