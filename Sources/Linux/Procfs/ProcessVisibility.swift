extension Procfs {
  /// Whether `/proc` is mounted so that it hides processes of others, by the option `hidepid`; from `/proc/self/mountinfo`:
  ///
  ///     22 27 0:21 / /proc rw,relatime shared:12 - proc proc rw,hidepid=invisible
  ///
  /// `CAP_SYS_PTRACE`, or the group that the mount names, sees them all the same. The kernel's page is
  /// `Documentation/filesystems/proc.rst`, section 4.
  ///
  /// - Throws: what `open(2)` and `read(2)` say.
  public func hidesProcesses() throws(Errno) -> Bool {
    let file = try FileDescriptor(path("self/mountinfo"), .read)
    var isHiding = false
    try file.forEachLine { (line) throws(Errno) in
      // A later mount covers an earlier one.
      isHiding = Procfs.hidesProcesses(parsing: line) ?? isHiding
      return true
    }
    return isHiding
  }

  /// - Returns: `nil` if the line is not that of `/proc`.
  static func hidesProcesses(parsing line: Span<UInt8>) -> Bool? {
    var position = 0
    for _ in 0..<4 { guard line.skipField(&position) else { return nil } }
    guard line.hasPrefix(" /proc ", at: position) else { return nil }
    line.skipMountOptions(&position)
    guard line.hasPrefix("proc ", at: position) else { return nil }
    position += 5
    guard line.skipField(&position) else { return nil }
    while position < line.count {
      // 0 and `off` show all; the numbers 1, 2 and 4 got names in 5.8.
      if line.hasPrefix("hidepid=", at: position) {
        return !line.hasPrefix("0", at: position + 8) && !line.hasPrefix("off", at: position + 8)
      }
      position += 1
    }
    return false
  }
}
