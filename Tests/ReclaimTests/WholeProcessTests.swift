import ScytheLinux
import ScytheReclaim
import TestSupport
import Testing

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
