import ScytheLinux
import ScytheReaper
import ScytheReclaim
import TestSupport
import Testing

@Suite struct `A victim that cannot exit` {
  @Test(.needsRelease, arguments: [1, 2, 4])
  func `gives its memory back all the same`(workers: Int) throws {
    let victim = try VictimProcess("--anon", "128M", "--held")
    let report = try kill(victim.pid, workers: workers)
    #expect(report.fate == .released)
    #expect(report.evidence == .residentSetAfterRelease)
    #expect(report.bytesBack >= 128 << 20 - KernelFeatures.countLag)
    #expect(report.left.totalBytes == 0)
    #expect(report.left.pageTableBytes > 0)
    #expect(report.robust == .clear)
    let delivered = try #require(report.deliveredNanoseconds)
    let back = try #require(report.backNanoseconds)
    #expect(delivered > report.signalNanoseconds)
    #expect(delivered < report.signalNanoseconds + back)
    #expect(report.exitNanoseconds == nil)
    #expect(victim.ask("r").hasPrefix("rss 0"))
  }

  @Test(.needsRelease, arguments: ["--locked", "--thp", "--ignore-term"])
  func `gives back what is`(kind: String) throws {
    let victim = try VictimProcess("--anon", "16M", kind, "--held")
    let report = try kill(victim.pid)
    #expect(report.isAllBack)
    #expect(report.bytesBack >= 16 << 20 - KernelFeatures.countLag)
  }

  @Test(.needsRelease, arguments: ["--memfd-private", "--prot-none"])
  func `gives back private memory of kind`(kind: String) throws {
    let victim = try VictimProcess(kind, "16M", "--held")
    // The file behind a private memfd mapping is shared memory, which only the exit returns.
    let report = try kill(victim.pid, .deadline(milliseconds: 300))
    #expect(report.bytesBack >= 16 << 20 - KernelFeatures.countLag)
    #expect(report.left.privateBytes == 0)
  }

  @Test(.needsRelease)
  func `keeps shared memory, and that is said`() throws {
    let victim = try VictimProcess("--anon", "8M", "--shared", "16M", "--held")
    let report = try kill(victim.pid, .deadline(milliseconds: 300))
    #expect(report.fate == .released)
    #expect(!report.isAllBack)
    #expect(report.left.sharedBytes >= 16 << 20 - KernelFeatures.countLag)
    #expect(report.bytesBack >= 8 << 20 - KernelFeatures.countLag)
    #expect(report.bytesBack < 16 << 20)
  }

  @Test(.needsRelease)
  func `is released again without harm`() throws {
    let victim = try VictimProcess("--anon", "8M", "--held")
    #expect(try kill(victim.pid).bytesBack >= 8 << 20 - KernelFeatures.countLag)
    // The robust list went with the memory, so it cannot be read any more; but nothing is left that it could hold back.
    let second = try kill(victim.pid)
    #expect(second.bytesBack == 0)
    #expect(second.isAllBack)
  }

  @Test(.needsRelease)
  func `with 500 threads is released`() throws {
    let victim = try VictimProcess("--anon", "16M", "--threads", "500", "--held")
    let report = try kill(victim.pid)
    #expect(report.robust == .clear)
    #expect(report.isAllBack)
    #expect(report.bytesBack >= 16 << 20 - KernelFeatures.countLag)
  }

  @Test(.needsRelease)
  func `with 20,000 VMAs is released`() throws {
    let victim = try VictimProcess("--anon", "160M", "--vmas", "20000", "--held")
    let report = try kill(victim.pid)
    #expect(report.isAllBack)
  }

  /// How many executors release a large victim, beside as many spinners.
  private func workers(besides spinnerCount: Int = 0) throws -> Int {
    let victim = try VictimProcess("--anon", "256M", "--held")
    // Only now, or the victim would share the processors with them while it fills its memory.
    let spinners = try (0..<spinnerCount).map { _ in try VictimProcess("--spin") }
    defer { for spinner in spinners { spinner.end() } }
    let report = try kill(victim.pid, workers: 2)
    #expect(report.isAllBack)
    return report.workers
  }

  @Test(.needsRelease, .enabled(if: Machine.usableProcessors > 1, "needs two CPUs"))
  func `is released by a second worker where a CPU is idle`() throws {
    // The first one may be done before the second finds a CPU, while other tests use them.
    var most = 0
    for _ in 0..<20 where most < 2 { most = max(most, try workers()) }
    #expect(most == 2)
  }

  @Test(.needsRelease)
  func `is released where no CPU is idle, and a helper that has not begun is not waited for`() throws {
    for _ in 0..<10 { #expect(try (1...2).contains(workers(besides: 2 * Machine.usableProcessors))) }
  }

  @Test func `only signalled, keeps its memory`() throws {
    let victim = try VictimProcess("--anon", "8M", "--held")
    var options = KillOptions.deadline(milliseconds: 200)
    options.carrier = nil
    let report = try kill(victim.pid, options)
    #expect(report.fate == .notReleased)
    #expect(report.bytesBack == 0)
    #expect(report.evidence == .none)
    #expect(report.left.privateBytes >= 8 << 20 - KernelFeatures.countLag)
    #expect(victim.ask("r") != "rss 0")
  }
}

@Suite struct `A victim that runs` {
  @Test(arguments: [[], ["--spin"], ["--ignore-term"], ["--threads", "64"], ["--locked"]])
  func `is dead, and its memory back`(kind: [String]) throws {
    let victim = try VictimProcess(["--anon", "16M"] + kind)
    let report = try kill(victim.pid)
    #expect(report.fate == .exited)
    #expect(report.evidence == .exit)
    #expect(report.bytesBack >= 16 << 20 - KernelFeatures.countLag)
    #expect(report.exitNanoseconds != nil)
    #expect(victim.ask("w") == "exited 9")
  }

  @Test func `and is stopped dies too`() throws {
    let victim = try VictimProcess("--anon", "8M")
    try ProcessDescriptor(victim.pid).send(.stop)
    #expect(try kill(victim.pid).fate == .exited)
  }

  @Test func `and exits by itself at any moment ends in a documented outcome`() throws {
    for round in 0..<60 {
      let victim = try VictimProcess("--anon", "4M", "--exit-after", "\(round % 20)")
      do {
        let report = try kill(victim.pid)
        #expect(report.fate == .exited, "round \(round)")
      } catch let error as ReaperError {
        #expect([.noSuchProcess(victim.pid), .alreadyDead(victim.pid)].contains(error), "round \(round)")
      }
    }
  }
}
