public import ScytheLinux

/// Advice about the memory of another process.
public struct Reclaim<K: Kernel>: Sendable {
  let kernel: K

  /// Makes a reclaimer on a kernel.
  public init(kernel: K) { self.kernel = kernel }

  /// Frees the memory of a dying process. May block for as long as the process's mmap lock is held.
  ///
  /// A release before the exit has walked the robust list loses the mutexes of the process: whoever shares one waits for
  /// ever. This call does not look; `Reaper` does.
  ///
  /// - Parameters:
  ///   - process: the process.
  ///   - pid: its number, to look for others that share its memory.
  ///   - isKillPending: whether the caller has sent SIGKILL; of other ends the kernel shows nothing once they have begun.
  /// - Returns: what it came to.
  /// - Throws: `ReclaimError.notDying` if the process lives; `.unsupported` before Linux 5.15 or under a seccomp
  ///   filter.
  ///
  /// The corresponding system call is `process_mrelease(2)`, Linux 5.15. No privilege is needed.
  public func release(
    _ process: borrowing ProcessDescriptor, pid: PID, isKillPending: Bool = false
  ) throws(ReclaimError) -> Outcome {
    do throws(Errno) {
      try kernel.releaseMemory(of: process)
      return .released
    } catch {
      switch error {
      case .noSuchProcess:
        return outcomeOfNoMemory(process)
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
      // Only a group that the memory controller counts has the file, whether it sets a limit or none; the root never has.
      guard let path, let group = try? ControlGroup(path: path), (try? group.check("memory.max", .read)) != nil
      else { throw .unsupported }
    case .extension:
      guard let found = try? kernel.queryExtension(), found.canRelease else { throw .unsupported }
    }
  }

  /// What it means that a process has no memory.
  func outcomeOfNoMemory(_ process: borrowing ProcessDescriptor) -> Outcome {
    let isDead = (try? kernel.waitForExit(of: process, timeoutMilliseconds: 0)) ?? false
    return isDead ? .goneAlready : .exitUnderWay
  }

  /// What it means that the kernel does not take a process for one that is dying.
  func whyRefused(_ pid: PID, isKillPending: Bool) throws(ReclaimError) -> Outcome {
    let status = try? kernel.procfs.status(of: pid)
    if let status, status.isDumpingCore { return .dumpingCore }
    let isDying =
      isKillPending || status?.isKillPending ?? false
      || ((try? kernel.procfs.stat(of: pid))?.isExiting ?? false)
    guard isDying else { throw .notDying }
    return .shared(Sharers(of: pid, kernel))
  }
}
