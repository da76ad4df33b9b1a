import ScytheLinux
import ScytheReaper
import ScytheReclaim
import TestSupport
import Testing

@Suite struct `A victim that cannot exit` {
  @Test func `gives its memory back all the same`() throws {
    let victim = try VictimProcess("--anon", "64M", "--held")
    var reaper = try Reaper(kernel: LiveKernel())
    try reaper.select(victim.pid)
    let summary = try reaper.kill()
    let report = reaper.report(at: 0)
    #expect(report.fate == .released)
    #expect(report.evidence == .residentSetAfterRelease)
    #expect(report.bytesBack >= 64 << 20)
    #expect(report.robust == .clear)
    #expect(summary.isAllBack)
    #expect(victim.ask("r").hasPrefix("rss 0"))
  }
}
