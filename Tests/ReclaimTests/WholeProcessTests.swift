import ScytheLinux
import ScytheReclaim
import TestSupport
import Testing

/// What was used of a process's memory since that was last forgotten, of areas at least this large.
func referencedBytes(of pid: PID, atLeast bytes: UInt64) throws -> UInt64 {
  var sum: UInt64 = 0
  try Procfs().forEachArea(of: pid) { (details) throws(Errno) in
    if details.area.length >= bytes { sum += details.referencedBytes }
    return true
  }
  return sum
}

@Suite struct `Advice about a whole process` {
  @Test(arguments: [false, true])
  func `reaches every page`(countsAreas: Bool) throws {
    let victim = try VictimProcess("--anon", "64M")
    #expect(try referencedBytes(of: victim.pid, atLeast: 64 << 20) == 64 << 20)
    var options = AdviceOptions()
    options.countsAreas = countsAreas
    let report = try advise(victim.pid, .cold, nil, options)
    #expect(report.end == .completed)
    #expect(try referencedBytes(of: victim.pid, atLeast: 64 << 20) == 0)
    #expect(isAlive(victim.pid))
  }
}
