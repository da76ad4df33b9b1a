internal import CScytheLinux

extension Procfs {
  /// Finds one mapping of a process without going through a list of all of them.
  ///
  /// - Parameter address: where to begin.
  /// - Returns: the mapping that covers the address, or the first one behind it; `nil` if there is none.
  /// - Throws: `Errno.notTerminal` before Linux 6.11; `Errno.noSuchProcess`; `Errno.permissionDenied` without ptrace
  ///   read rights.
  ///
  /// The corresponding call is the ioctl `PROCMAP_QUERY` on `/proc/PID/maps`, Linux 6.11.
  public func mapping(of pid: PID, atOrAfter address: UInt64) throws(Errno) -> AddressRange? {
    let file = try open("maps", of: pid)
    var range = clinux_range(base: 0, length: 0)
    do throws(Errno) {
      _ = try valueOrErrno(unsafe clinux_procmap_query(file.rawValue, address, &range))
    } catch {
      if error == .noSuchFileOrDirectory { return nil }
      throw error
    }
    return AddressRange(base: range.base, length: range.length)
  }
}
