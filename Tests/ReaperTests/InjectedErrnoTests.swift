import ScytheLinux
import ScytheReaper
import ScytheReclaim
import TestSupport
import Testing

/// Answers of `process_mrelease` that this kernel cannot be made to give on demand.
@Suite struct `A release that is answered` {
  private func report(_ error: Errno, times: Int = .max) throws -> (VictimReport, InjectingKernel.Script) {
    let victim = try VictimProcess("--anon", "8M", "--held")
    let script = InjectingKernel.Script()
    script.inject(error, into: .releaseMemory, times: times)
    return (try kill(victim.pid, InjectingKernel(script), .deadline(milliseconds: 300)), script)
  }

  @Test func `ENOSYS is one that this kernel does not know`() throws {
    let (report, _) = try report(.noFunction)
    #expect(report.fate == .unsupported)
    #expect(report.bytesBack == 0)
    #expect(report.left.privateBytes >= 8 << 20 - KernelFeatures.countLag)
  }

  @Test func `EPERM is a filter's word`() throws {
    #expect(try report(.notPermitted).0.fate == .unsupported)
  }

  @Test(.needsRelease)
  func `EAGAIN twice is asked again, and done`() throws {
    let (report, script) = try report(.resourceTemporarilyUnavailable, times: 2)
    #expect(report.fate == .released)
    #expect(report.isAllBack)
    #expect(script.count(of: .releaseMemory) == 3)
  }

  @Test func `EAGAIN for ever is judged by what is left`() throws {
    let (report, _) = try report(.resourceTemporarilyUnavailable)
    #expect(report.fate == .released)
    #expect(report.bytesBack == 0)
    #expect(!report.isAllBack)
  }

  @Test func `ESRCH for ever is an exit under way, and claims nothing`() throws {
    let (report, _) = try report(.noSuchProcess)
    #expect(report.fate == .exitUnderWay)
    #expect(report.bytesBack == 0)
    #expect(report.evidence == .none)
  }

  @Test func `EINVAL with nobody to be found is shared with somebody unknown`() throws {
    #expect(try report(.invalidArgument).0.fate == .sharedMemory(Sharers()))
  }

  @Test func `EINTR and other numbers are passed on`() throws {
    #expect(try report(.interrupted).0.fate == .failed(.interrupted))
    #expect(try report(Errno(rawValue: 5)).0.fate == .failed(Errno(rawValue: 5)))
  }
}

@Suite struct `A signal that is answered` {
  @Test func `EPERM leaves the victim alone, and that is reported`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let script = InjectingKernel.Script()
    script.inject(.notPermitted, into: .send)
    let report = try kill(victim.pid, InjectingKernel(script), .deadline(milliseconds: 200))
    #expect(report.fate == .notSignalled(.notPermitted))
    #expect(report.deliveredNanoseconds == nil)
    #expect(isAlive(victim.pid))
  }

  @Test(.timeLimit(.minutes(1))) func `EPERM is not waited for`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let script = InjectingKernel.Script()
    script.inject(.notPermitted, into: .send)
    let report = try kill(victim.pid, InjectingKernel(script), .deadline(milliseconds: 600_000))
    #expect(report.fate == .notSignalled(.notPermitted))
  }

  @Test func `ESRCH is a victim that is gone`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let script = InjectingKernel.Script()
    script.inject(.noSuchProcess, into: .send)
    let report = try kill(victim.pid, InjectingKernel(script), .deadline(milliseconds: 200))
    #expect(report.fate == .exited)
  }
}
