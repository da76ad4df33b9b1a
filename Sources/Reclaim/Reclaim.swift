public import ScytheLinux

/// What shall happen to memory.
@frozen public enum Advice: Equatable, Sendable, BitwiseCopyable {
  /// Free it; its content is lost. Only for a process that is dying. The C name is `MADV_DONTNEED`.
  case dontNeed
}

/// Which memory of a process is meant.
@frozen public enum AddressSelection: Equatable, Sendable, BitwiseCopyable {
  /// All of it. Holes are no error; what cannot take the advice is skipped; shared mappings keep their content.
  case wholeProcess
}

/// The means by which advice reaches another process.
@frozen public enum Carrier: Equatable, Sendable, BitwiseCopyable {
  /// `process_mrelease(2)`, Linux 5.15.
  case release
  /// `memory.max = 0` on a cgroup v2 of its own: see `LimitCarrier`.
  case limit
}

/// What advice came to, where that is no failure.
@frozen public enum Outcome: Equatable, Sendable, BitwiseCopyable {
  /// The whole address space was walked.
  case released
  /// The process is dead, and its memory with it.
  case goneAlready
  /// The process has left its memory by itself and is on its way out; when the memory is back, the pidfd tells.
  case exitUnderWay
  /// A driver refused for a part; all else was done.
  case partly
  /// Other processes that live use the same memory; nothing was done.
  case shared(Sharers)
  /// The process writes a core dump, and keeps its memory until that is done.
  case dumpingCore
}

/// Why advice failed.
@frozen public enum ReclaimError: Error, Equatable, Sendable {
  /// The process is not dying; it was not touched.
  case notDying
  /// The cgroup has members that may not be freed, or groups below it; its limit was not touched.
  case notAlone
  /// The memory is not charged to the cgroup whose limit was lowered.
  case notCharged
  /// The caller lacks a right.
  case notPermitted(Errno)
  /// This kernel, or a seccomp filter, does not let this carrier through.
  case unsupported
  /// The kernel said something else.
  case kernel(Errno)
}

/// Advice about the memory of another process.
public struct Reclaim<K: Kernel>: Sendable {
  let kernel: K

  /// Makes a reclaimer on a kernel.
  public init(kernel: K) { self.kernel = kernel }

  /// Gives advice about the memory of a process. May block for as long as the process's mmap lock is held.
  ///
  /// A release before the exit has walked the robust list loses the mutexes of the process: whoever shares one waits for
  /// ever. This call does not look; `Reaper` does.
  ///
  /// - Parameters:
  ///   - advice: what shall happen.
  ///   - selection: which memory.
  ///   - process: the process.
  ///   - pid: its number, to look for others that share its memory.
  ///   - isKillPending: whether the caller has sent SIGKILL; the kernel shows it to nobody once the process has begun
  ///     to act on it.
  /// - Returns: what it came to.
  /// - Throws: `ReclaimError.notDying` if the process lives; `.unsupported` before Linux 5.15 or under a seccomp
  ///   filter.
  ///
  /// The corresponding system call is `process_mrelease(2)`, Linux 5.15. No privilege is needed.
  public func apply(
    _ advice: Advice, to selection: AddressSelection, of process: borrowing ProcessDescriptor, pid: PID,
    isKillPending: Bool = false
  ) throws(ReclaimError) -> Outcome {
    do throws(Errno) {
      try kernel.releaseMemory(of: process)
      return .released
    } catch {
      switch error {
      case .noSuchProcess:
        let isDead = (try? kernel.waitForExit(of: process, timeoutMilliseconds: 0)) ?? false
        return isDead ? .goneAlready : .exitUnderWay
      case .resourceTemporarilyUnavailable:
        return .partly
      case .invalidArgument:
        return try whyRefused(pid, isKillPending: isKillPending)
      case .noFunction, .notPermitted:
        // The kernel checks no permission here: EPERM is a filter's word.
        throw .unsupported
      default:
        throw .kernel(error)
      }
    }
  }

  /// Whether a carrier works here, found out without touching any process.
  ///
  /// - Throws: `ReclaimError.unsupported`.
  public func probe(_ carrier: Carrier) throws(ReclaimError) {
    switch carrier {
    case .release:
      do throws(Errno) { try kernel.probeRelease() } catch { throw .unsupported }
    case .limit:
      let path = try? kernel.procfs.controlGroupPath(of: PID.current, in: .unified)
      // Only a group that the memory controller counts has the file; the root never has.
      guard let path, let group = try? ControlGroup(path: path),
        (try? group.memoryMaximumBytes()) != nil
      else { throw .unsupported }
    }
  }

  private func whyRefused(_ pid: PID, isKillPending: Bool) throws(ReclaimError) -> Outcome {
    let status = try? kernel.procfs.status(of: pid)
    if let status, status.isDumpingCore { return .dumpingCore }
    let isDying =
      isKillPending || status?.isKillPending ?? false
      || ((try? kernel.procfs.stat(of: pid))?.isExiting ?? false)
    guard isDying else { throw .notDying }
    return .shared(Sharers(of: pid, kernel))
  }
}
