import ScytheLinux
import ScytheReaper
import ScytheReclaim
import TestSupport
import Testing

extension `The kernel extension` {
  /// Scythe's own use of it.
  @Suite struct `carries` {
    private func kill(
      _ victim: VictimProcess, _ options: KillOptions = KillOptions(), workers: Int = 0
    ) throws -> VictimReport {
      var configuration = ReaperConfiguration()
      configuration.workers = workers
      var reaper = try Reaper(kernel: LiveKernel(), configuration)
      try reaper.select(victim.pid)
      _ = try reaper.kill(options)
      return reaper.report(at: 0)
    }

    private func advise(
      _ victim: VictimProcess, _ advice: Advice, _ ranges: [AddressRange]? = nil,
      _ options: AdviceOptions = AdviceOptions()
    ) throws -> AdviceReport {
      let process = try ProcessDescriptor(victim.pid)
      let reclaim = Reclaim(kernel: LiveKernel())
      guard let ranges else {
        return try reclaim.apply(advice, to: .wholeProcess, of: process, pid: victim.pid, options)
      }
      return try reclaim.apply(advice, to: .ranges(ranges.span), of: process, pid: victim.pid, options)
    }

    @Test func `advice to a process of 20,000 areas by one call`() throws {
      let victim = try VictimProcess("--anon", "80M", "--vmas", "20000")
      let report = try advise(victim, .cold)
      #expect(report.carrier == .extension)
      #expect(report.adviceCalls == 1)
      #expect(report.areaCalls == 0)
      #expect(report.end == .completed)
      #expect(try referencedBytes(of: victim.pid, atLeast: pageBytes) < 4 << 20)
    }

    @Test func `advice page by page, as the budget has it`() throws {
      let victim = try VictimProcess("--areas", "a40,x4,a40")
      let range = [AddressRange(base: try #require(victim.address("areas")), length: 84 * pageBytes)]
      var options = AdviceOptions()
      options.maximumBytes = 50 * pageBytes
      let report = try advise(victim, .cold, range, options)
      #expect(report.end == .maximumReached)
      #expect(report.nextAddress == range[0].base + 54 * pageBytes)
      options.maximumBytes = nil
      options.firstAddress = report.nextAddress
      #expect(try advise(victim, .cold, range, options).end == .completed)
    }

    @Test func `the release of a part`() throws {
      let victim = try dyingVictim("--areas", "a16")
      let base = try #require(victim.address("areas"))
      let report = try advise(victim, .dontNeed, [AddressRange(base: base + 4 * pageBytes, length: 8 * pageBytes)])
      #expect(report.release == .released)
      #expect(report.carrier == .extension)
      #expect(try residentPages(of: victim, "a16") == [8])
    }

    @Test func `no release of a part of one that lives`() throws {
      let victim = try VictimProcess("--areas", "a16")
      let base = try #require(victim.address("areas"))
      #expect(throws: ReclaimError.notDying) {
        try advise(victim, .dontNeed, [AddressRange(base: base, length: 8 * pageBytes)])
      }
      #expect(try residentPages(of: victim, "a16") == [16])
    }

    @Test func `a kill, and nothing is left`() throws {
      let victim = try VictimProcess("--anon", "32M", "--locked", "--threads", "8", "--held")
      let report = try kill(victim)
      #expect(report.fate == .released)
      #expect(report.carrier == .extension)
      #expect(report.isAllBack)
      #expect(report.bytesBack >= 32 << 20 - KernelFeatures.countLag)
    }

    @Test func `a kill of who holds a robust mutex, which is released at once and loses none`() throws {
      let victim = try VictimProcess("--anon", "32M", "--robust", "held", "--threads", "4", "--held")
      let report = try kill(victim)
      #expect(report.fate == .released)
      #expect(report.carrier == .extension)
      // A count that lags behind may say that nothing is left; then nobody looks why.
      #expect(report.robust == (report.left.privateBytes > 0 ? .held : .unchecked))
      #expect(report.left.privateBytes > 0 || KernelFeatures.countLag > 0)
      #expect(report.left.privateBytes <= 16 * pageBytes + KernelFeatures.countLag)
      #expect(report.bytesBack >= 31 << 20)
      #expect(victim.ask("x") == "exited 9")
      #expect(victim.ask("m") == "mutex ok=0 recovered=4 lost=0")
    }

    @Test func `a kill of a victim that runs and holds mutexes`() throws {
      for round in 0..<50 {
        let victim = try VictimProcess("--anon", "16M", "--robust", "held", "--threads", "4")
        // One that is released, and gets no CPU for a tenth of a second, dies after the report.
        let fate = try kill(victim).fate
        #expect(fate == .exited || fate == .released)
        #expect(victim.ask("w") == "exited 9")
        #expect(victim.ask("m") == "mutex ok=0 recovered=4 lost=0", "round \(round)")
      }
    }

    @Test(.enabled(if: Machine.usableProcessors > 1, "needs two CPUs"))
    func `a large victim, split between workers`() throws {
      var most = 0
      for _ in 0..<20 where most < 2 {
        let victim = try VictimProcess("--anon", "320M", "--robust", "held", "--held")
        let report = try kill(victim, workers: 2)
        #expect(report.carrier == .extension)
        #expect(report.fate == .released)
        #expect(report.left.privateBytes <= 8 * pageBytes)
        most = max(most, report.workers)
        #expect(victim.ask("x") == "exited 9")
        #expect(victim.ask("m") == "mutex ok=0 recovered=1 lost=0")
      }
      #expect(most == 2)
    }

    @Test func `nothing where process_mrelease is asked for by name`() throws {
      let victim = try VictimProcess("--anon", "16M", "--held")
      var options = KillOptions()
      options.prefersExtension = false
      let report = try kill(victim, options)
      #expect(report.carrier == .release)
      #expect(report.isAllBack)
    }
  }
}
