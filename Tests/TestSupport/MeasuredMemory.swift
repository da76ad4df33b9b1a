public import ScytheLinux

/// What was used of a process's memory since that was last forgotten, of areas at least this large.
public func referencedBytes(of pid: PID, atLeast bytes: UInt64) throws -> UInt64 {
  var sum: UInt64 = 0
  try Procfs().forEachArea(of: pid) { (details) throws(Errno) in
    if details.area.length >= bytes { sum += details.referencedBytes }
    return true
  }
  return sum
}

/// What is in use of a process's areas of at least this size, counted page by page.
///
/// Unlike the kernel's own counts it never lags behind, and counts the pages of a file alike wherever that lies: those
/// of a tmpfs are shared memory to the kernel, and so is the text of a program that is started from one.
public func residentBytes(of pid: PID, atLeast bytes: UInt64) throws -> UInt64 {
  var sum: UInt64 = 0
  try Procfs().forEachArea(of: pid) { (details) throws(Errno) in
    if details.area.length >= bytes { sum += details.residentBytes }
    return true
  }
  return sum
}
