/// Whether the calls that look at a process, or signal it, can be made here: each is tried on the calling process itself,
/// which nothing happens to.
///
/// A call that the kernel lacks throws `Errno.noFunction`; one that a seccomp filter forbids throws what the filter says,
/// most often `Errno.notPermitted` or again `Errno.noFunction`. On oneself no call lacks a right.
public enum ProcessCallProbe {
  /// Tries `pidfd_open(2)`, Linux 5.3.
  ///
  /// - Throws: as said above.
  public static func checkOpen() throws(Errno) { try ProcessDescriptor(PID.current).close() }

  /// Tries `pidfd_send_signal(2)`, Linux 5.1, with signal 0, which only asks.
  ///
  /// - Throws: as said above; also what `checkOpen()` throws.
  public static func checkSignal() throws(Errno) { try ProcessDescriptor(PID.current).send(.none) }

  /// Tries the ioctl `PIDFD_GET_INFO`, Linux 6.13.
  ///
  /// - Throws: `Errno.notTerminal` if the kernel does not know it; also what `checkOpen()` throws.
  public static func checkInformation() throws(Errno) {
    if try ProcessDescriptor(PID.current).information() == nil { throw .notTerminal }
  }

  /// Tries `kcmp(2)`, Linux 3.5 with `CONFIG_KCMP`.
  ///
  /// - Throws: as said above.
  public static func checkComparison() throws(Errno) {
    _ = try MemorySharing.isShared(between: PID.current, and: PID.current)
  }

  /// Tries `get_robust_list(2)`, Linux 2.6.17.
  ///
  /// - Throws: as said above.
  public static func checkRobustListHead() throws(Errno) { _ = try RobustList.head(of: PID.currentThread) }

  /// Tries `process_vm_readv(2)`, Linux 3.2, on a variable of this function.
  ///
  /// - Throws: as said above; `Errno.badMessage` if what was read is not what is there.
  public static func checkRemoteReading() throws(Errno) {
    var source = RobustListWords()
    source.next = 0x5c1e_7e20_2611_23ab
    var copy: InlineArray<1, RobustListWords> = [RobustListWords()]
    let read = try unsafe withUnsafePointer(to: &source) { (pointer) throws(Errno) in
      let addresses: InlineArray<1, UInt64> = [UInt64(UInt(bitPattern: pointer))]
      var into = copy.mutableSpan
      return try RobustList.read(of: PID.current, at: addresses.span, into: &into)
    }
    guard read == 1, copy[0] == source else { throw .badMessage }
  }
}
