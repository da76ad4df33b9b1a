import BenchmarkResults
import Testing

@testable import LabResults

@Suite struct `A comparison` {
  private func cell(_ results: [RunResult], _ killer: String, kernel: String = "6.1") throws -> ExhaustionCell {
    let cells = Comparison(results).exhaustion
    return try #require(cells.first { $0.key.killer == killer && $0.key.platform == kernel })
  }

  @Test func `of nothing is empty`() {
    let comparison = Comparison([])
    #expect(comparison.exhaustion.isEmpty && comparison.standings.isEmpty && comparison.unfinished.isEmpty)
    #expect(comparison.began == nil)
  }

  @Test func `has medians over repetitions, counted from the low moment`() throws {
    let results = [4000, 2500, 2000].enumerated().map { number, back in
      Synthetic.exhaustion("kernel", number + 1, back: Int64(back), stall: Int64(back) / 10)
    }
    let cell = try cell(results, "kernel")
    #expect(cell.runs == 3 && cell.timed == 3)
    #expect(cell.low?.median == 1_000_000)
    #expect(cell.shortage?.median == 1_500_000)
    #expect(cell.shortage?.minimum == 1_000_000 && cell.shortage?.maximum == 3_000_000)
    #expect(cell.signal?.median == 200_000)
    #expect(cell.worstStall?.median == 250_000)
    #expect(cell.stallSum?.median == 500_000)
  }

  @Test func `keeps a starved run out of every median, but not its dead`() throws {
    let good = (1...3).map { Synthetic.exhaustion("kernel", $0, back: 2000, stall: 100) }
    let starved = Synthetic.exhaustion(
      "kernel", 4, back: 90_000, stall: 9000, gap: 101, falseKills: 1, victims: ["hog", "sshd"])
    let cell = try cell(good + [starved], "kernel")
    let without = try self.cell(good, "kernel")
    #expect(cell.starved == 1 && cell.runs == 4 && !cell.isStarved)
    #expect(cell.low == without.low && cell.decision == without.decision && cell.signal == without.signal)
    #expect(cell.shortage == without.shortage && cell.worstStall == without.worstStall)
    #expect(cell.stallSum == without.stallSum && cell.minimumHeadroom == without.minimumHeadroom)
    #expect(cell.worstFalseKills == 1)
    #expect(cell.victims.text == "hog; sshd in 1 of 4")
    let edge = try self.cell([Synthetic.exhaustion("kernel", gap: 100)], "kernel")
    #expect(edge.starved == 0)
  }

  @Test func `shows a cell of starved runs alone as starved, and lets it neither win nor lose`() throws {
    let results = [
      Synthetic.exhaustion("scythed", stall: 1, gap: 500), Synthetic.exhaustion("kernel", stall: 100),
      Synthetic.exhaustion("nohang", stall: 200),
    ]
    let cell = try cell(results, "scythed")
    #expect(cell.isStarved && cell.missing == "starved" && cell.worstStall == nil && cell.worstStallRatio == nil)
    let standing = try #require(Comparison(results).standings.first { $0.measure == .worstStall })
    #expect(standing.place == .absent && standing.best == ["kernel"])
  }

  @Test func `has ratios to the kernel alone on the same kernel and the same machine only`() throws {
    var results = [
      Synthetic.exhaustion("kernel", back: 3000, stall: 400), Synthetic.exhaustion("nohang", back: 2000, stall: 100),
      Synthetic.exhaustion("nohang", back: 2000, stall: 100, kernel: "7.2"),
    ]
    #expect(try cell(results, "nohang").worstStallRatio == 0.25)
    #expect(try cell(results, "nohang").shortageRatio == 0.5)
    #expect(try cell(results, "kernel").worstStallRatio == nil)
    #expect(try cell(results, "nohang", kernel: "7.2").worstStallRatio == nil)
    results[0].accelerator = "kvm"
    let comparison = Comparison(results)
    #expect(comparison.machines.count == 2)
    #expect(comparison.exhaustion.allSatisfy { $0.worstStallRatio == nil })
    #expect(Set(comparison.exhaustion.map(\.key.platform)).count == 3)
    #expect(comparison.standings.isEmpty)
    results[0].accelerator = "tcg"
    results[0].host = MachineFacts(
      kernel: "6.18", processors: 2, processorModel: "a CPU", isVirtual: true, memoryBytes: 1 << 30,
      transparentHugePages: "never")
    #expect(Comparison(results).exhaustion.allSatisfy { $0.worstStallRatio == nil })
  }

  @Test func `tells memory that was never back from memory that was never low`() throws {
    let never = try cell([Synthetic.exhaustion("kernel", back: nil)], "kernel")
    #expect(never.shortage?.median == nil && never.shortage?.never == 1)
    let notLow = try cell([Synthetic.exhaustion("scythed", isLow: false)], "scythed")
    #expect(notLow.shortage?.median == 0 && notLow.neverLow == 1 && notLow.signal == nil)
    // Back at the low moment itself is no matter of never having been low.
    #expect(try cell([Synthetic.exhaustion("nohang", back: 1000)], "nohang").shortage?.median == 1)
  }

  @Test func `says who was killed in each repetition, and whether it was the same`() throws {
    let same = try cell((1...2).map { Synthetic.exhaustion("kernel", $0, victims: ["hog", "hog"]) }, "kernel")
    #expect(same.isSameVictim && same.victims.text == "hog x2" && same.victims.detail == nil)
    let other = try cell(
      [Synthetic.exhaustion("kernel", 1), Synthetic.exhaustion("kernel", 2, victims: ["sshd"])], "kernel")
    #expect(!other.isSameVictim && other.victims.text == "hog in 1 of 2; sshd in 1 of 2")
    #expect(try cell([Synthetic.exhaustion("kernel", victims: [])], "kernel").victims.text == "nobody")
  }

  @Test func `counts as killed who died of a signal, and strangers that the kernel or the killer chose`() throws {
    var result = Synthetic.exhaustion("nohang", victims: ["hog", "left", "lives", "crashed"])
    result.processes[1].by = "exit 0"
    result.processes[3].by = "SIGBUS"
    result.processes[2].diedMicroseconds = nil
    result.processes.append(
      ProcessResult(
        name: "nohang", role: .killer, pid: 50, scoreAdjustment: 0, bytes: 1, diedMicroseconds: nil, by: nil))
    func signal(_ signal: String, _ target: Int32, _ name: String = "child", from sender: Int32) -> SignalResult {
      SignalResult(microseconds: 1, signal: signal, target: target, targetName: name, sender: sender, senderName: "")
    }
    result.signals = [
      signal("SIGTERM", 100, from: 50), signal("OOM", 900, "", from: 0), signal("SIGKILL", 900, from: 3),
      signal("SIGTERM", 901, from: 50), signal("SIGKILL", 901, from: 50), signal("SIGKILL", 902, from: 7),
    ]
    #expect(try cell([result], "nohang").victims.text == "child x2; hog")
    result.signals = [signal("OOM", 900, "", from: 0)]
    #expect(try cell([result], "nohang").victims.text == "a process without a name; hog")
    result.killer = "systemd-oomd"
    result.signals = [signal("SIGKILL", 903, from: 8)]
    #expect(try cell([result], "systemd-oomd").victims.text == "hog")
    result.signals[0].senderName = "systemd-oomd"
    #expect(try cell([result], "systemd-oomd").victims.text == "child; hog")
  }

  @Test func `keeps what brought nothing, with its reason`() throws {
    var failed = Synthetic.run("hog", "oomd", 1)
    (failed.state, failed.reason) = (.failed, "the guest's kernel panicked")
    var again = failed
    again.repetition = 2
    var missing = Synthetic.run("hog", "scythed", 1)
    (missing.state, missing.reason) = (.notBuilt, "no scythed was built")
    var unfit = Synthetic.run("hog", "nohang", 1)
    (unfit.state, unfit.reason) = (.notApplicable, "this kernel has no PSI")
    let comparison = Comparison([failed, again, missing, unfit])
    #expect(comparison.unfinished.map(\.runs).sorted() == [1, 1, 2])
    #expect(try cell([failed, again], "oomd").missing == "failed")
    #expect(try cell([missing], "scythed").missing == "not built")
    #expect(try cell([unfit], "nohang").missing == "not applicable")
    var hang = Synthetic.run("hang", "kernel")
    hang.state = .failed
    #expect(Comparison([hang]).unfinished.isEmpty && Comparison([hang]).broken.count == 1)
  }

  @Test func `compares hard victims with SIGKILL alone`() throws {
    var result = Synthetic.run("hard", "scythe-kill")
    result.hard = [
      Synthetic.hard("threads", "SIGKILL", back: 100),
      Synthetic.hard("frozen-v1", "SIGKILL", back: nil, left: 513 << 20),
      Synthetic.hard("threads", "scythe kill", back: 50, mutex: .recovered),
      Synthetic.hard("frozen-v1", "scythe kill", back: 40),
      Synthetic.hard("threads", "scythed --kill", back: nil, unavailable: "not built"),
    ]
    let cells = Comparison([result]).hard
    #expect(cells.map(\.victim) == ["threads", "threads", "threads", "frozen-v1", "frozen-v1"])
    #expect(cells[1].backRatio == 0.5 && cells[0].backRatio == nil && cells[4].backRatio == nil)
    #expect(cells[2].unavailable == "not built" && cells[2].back == nil)
    #expect(cells[3].back?.median == nil && cells[3].leftBytes?.median == 513 << 20)
  }

  @Test func `takes checks and tests of a kernel from the last run of each scenario`() throws {
    var old = Synthetic.tests(passed: 1, failed: 1, skipped: 1, kernel: "6.1")
    let new = Synthetic.tests(passed: 9, failed: 0, skipped: 2, kernel: "6.1")
    (old.repetition, old.began) = (1, 1)
    var newer = new
    newer.repetition = 2
    let doctor = Synthetic.checks([("release", "process_mrelease", "works")], kernel: "6.1")
    let kernel = try #require(Comparison([newer, old, doctor]).checks.first)
    #expect(kernel.testsInWords == "9 passed, 2 skipped, 0 failed")
    #expect(kernel.doctorStatus == 0 && kernel.check("process_mrelease")?.state == "works")
    #expect(kernel.release == "6.1.0-9-cloud-amd64" && kernel.commands.count == 2)
  }
}
