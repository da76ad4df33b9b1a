internal import CScytheLinux

/// Whether two processes are two faces of one memory.
public enum MemorySharing {
  /// Compares the address spaces of two processes, not their content.
  ///
  /// - Returns: whether both use the same one now: made by `vfork(2)`, or by `clone(2)` with `CLONE_VM`. After one has
  ///   left its memory, dying, the answer is no.
  /// - Throws: `Errno.noSuchProcess`; `Errno.notPermitted` without ptrace read rights to both; `Errno.noFunction` in a
  ///   kernel without `CONFIG_KCMP`.
  ///
  /// The corresponding system call is `kcmp(2)` with `KCMP_VM`, Linux 3.5.
  public static func isShared(between first: PID, and second: PID) throws(Errno) -> Bool {
    try valueOrErrno(clinux_kcmp_vm(first.rawValue, second.rawValue)) == 0
  }
}
