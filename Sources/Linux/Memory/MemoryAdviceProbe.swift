internal import CScytheLinux

extension MemoryAdvice {
  /// `MADV_WILLNEED`
  public static var willNeed: MemoryAdvice { MemoryAdvice(rawValue: 3) }
  /// `MADV_COLLAPSE`
  public static var collapse: MemoryAdvice { MemoryAdvice(rawValue: 25) }
}

extension ProcessDescriptor {
  /// Whether an advice can be given to the process, tried on no memory at all.
  ///
  /// - Parameter advice: the advice.
  /// - Throws: `Errno.invalidArgument` if the kernel does not take it for others; `Errno.noSuchProcess` if the process
  ///   is dead or has left its memory; `Errno.permissionDenied` without ptrace read rights; `Errno.notPermitted` without
  ///   `CAP_SYS_NICE`; `Errno.badFileDescriptor` if this is no pidfd.
  ///
  /// The corresponding system call is `process_madvise(2)`, Linux 5.10.
  public func checkAdvice(_ advice: MemoryAdvice) throws(Errno) {
    let none: InlineArray<0, AddressRange> = []
    _ = try self.advise(advice, none.span)
  }
}

/// What this kernel knows about advice to other processes, found out without touching any: flags are tried with the
/// descriptor -1, which no call can act on, and advice on no bytes of the caller.
public enum MemoryAdviceProbe {
  /// Whether `process_madvise(2)` can be called.
  ///
  /// - Throws: `Errno.noFunction` if the kernel lacks it (before 5.10); `Errno.notPermitted` if a seccomp filter forbids
  ///   it.
  public static func checkCall() throws(Errno) { try check(flags: 0) }

  /// Whether it knows the flag that means the whole address space, `PMADV_FLAG_RANGE`. No released kernel does.
  ///
  /// - Throws: `Errno.invalidArgument` if it does not; else as `checkCall()`.
  public static func checkWholeProcessFlag() throws(Errno) { try check(flags: 1) }

  /// Whether an advice can be given to another process. That `CAP_SYS_NICE` is needed for it is not looked at.
  ///
  /// - Throws: `Errno.invalidArgument` if the kernel does not take it; else as `checkCall()`.
  public static func check(_ advice: MemoryAdvice) throws(Errno) {
    try checkCall()
    // Since 6.13 a process may give itself any advice, and on no bytes even an unknown one; before, `process_madvise`
    // takes on oneself only what it takes on others. So both calls have to know it.
    _ = try valueOrErrno(clinux_madvise_nothing(advice.rawValue))
    let own = try ProcessDescriptor(PID.current)
    do throws(Errno) {
      try own.checkAdvice(advice)
    } catch {
      // Before 6.13 a right that comes after the check of the advice is missing.
      if error != .notPermitted { throw error }
    }
  }

  private static func check(flags: UInt32) throws(Errno) {
    do throws(Errno) {
      _ = try valueOrErrno(clinux_process_madvise(-1, nil, 0, MemoryAdvice.cold.rawValue, flags))
    } catch {
      if error != .badFileDescriptor { throw error }
    }
  }
}

extension MemoryReleaseProbe {
  /// Whether `process_mrelease(2)` knows a flag by which it kills as well, `PROCESS_MRELEASE_REAP_KILL`. No released
  /// kernel does.
  ///
  /// - Throws: `Errno.invalidArgument` if it does not; else as `checkRelease()`.
  public static func checkKillFlag() throws(Errno) {
    do throws(Errno) {
      _ = try valueOrErrno(clinux_process_mrelease(-1, 1))
    } catch {
      if error != .badFileDescriptor { throw error }
    }
  }
}
