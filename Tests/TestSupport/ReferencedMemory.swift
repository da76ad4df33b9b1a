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
