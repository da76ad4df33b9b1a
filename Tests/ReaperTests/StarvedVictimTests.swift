import Foundation
import ScytheLinux
import ScytheReaper
import TestSupport
import Testing

/// Makes a victim; `nil`, and a line that says why, if this machine cannot.
private func victim(_ arguments: [String]) throws -> VictimProcess? {
  do {
    return try VictimProcess(arguments)
  } catch let refusal as VictimProcess.Unavailable where refusal.isRefusal {
    print("not run: \(arguments): \(refusal)")
    return nil
  }
}

/// What a SIGKILL alone leaves with its memory for seconds, or for ever.
@Suite struct `A victim that gets no CPU, or sleeps uninterruptibly,` {
  @Test func `in the idle class beside spinners gives its memory back`() throws {
    let victim = try VictimProcess("--anon", "64M", "--idle")
    let report = try kill(victim.pid)
    #expect(report.bytesBack >= 64 << 20 - KernelFeatures.countLag)
    #expect(report.isAllBack)
  }

  @Test(
    .needsRelease, .enabled(if: TestControlGroup.isAvailable(.cpu), "needs a v1 CPU hierarchy that takes groups"))
  func `out of its CPU quota gives its memory back, and the quota stays`() throws {
    let folder = try #require(TestControlGroup.home(in: .cpu))
    let victim = try VictimProcess("--anon", "64M", "--spin", "--throttle", folder)
    let group = try #require(victim.values["group"])
    let report = try kill(victim.pid)
    #expect(report.bytesBack >= 64 << 20 - KernelFeatures.countLag)
    #expect(report.isAllBack)
    #expect(try String(contentsOfFile: "\(group)/cpu.cfs_quota_us", encoding: .utf8) == "1000\n")
  }

  @Test(.needsRelease)
  func `in a write to a frozen file system gives its memory back, and is not dead`() throws {
    guard let victim = try victim(["--anon", "64M", "--frozen-write"]) else { return }
    let report = try kill(victim.pid)
    #expect(report.fate == .released)
    #expect(report.bytesBack >= 64 << 20 - KernelFeatures.countLag)
    #expect(report.left.totalBytes == 0)
    #expect(victim.ask("r").hasPrefix("rss 0"))
  }

  @Test func `in a write to a frozen file system keeps a robust mutex until the thaw`() throws {
    guard let victim = try victim(["--anon", "8M", "--robust", "held", "--frozen-write"]) else { return }
    let report = try kill(victim.pid, .deadline(milliseconds: 200))
    #expect(report.fate == .withheld(.held))
    victim.tell("u")
    #expect(victim.ask("w") == "exited 9")
    #expect(victim.ask("m") == "mutex ok=0 recovered=1 lost=0")
  }
}
