import Testing

@testable import LabResults

@Suite struct `Who wins` {
  private func standing(_ results: [RunResult], _ measure: Standing.Measure = .worstStall) throws -> Standing {
    try #require(Comparison(results).standings.first { $0.measure == measure })
  }

  /// Three repetitions around a stall.
  private func runs(_ killer: String, stall: Int64, spread: Int64 = 5, falseKills: Int = 0) -> [RunResult] {
    [-spread, 0, spread].enumerated().map { number, offset in
      Synthetic.exhaustion(killer, number + 1, back: 2000 + stall, stall: stall + offset, falseKills: falseKills)
    }
  }

  @Test func `is Scythe where it is clearly better`() throws {
    let standing = try standing(runs("kernel", stall: 500) + runs("scythed", stall: 50))
    #expect(standing.place == .wins && standing.best == ["scythed"])
  }

  @Test func `is another where that is clearly better, and the loss is said`() throws {
    let results = runs("earlyoom-1.9.0", stall: 50) + runs("scythed", stall: 500) + runs("kernel", stall: 900)
    let standing = try standing(results)
    #expect(standing.place == .loses && standing.best == ["earlyoom-1.9.0"])
    #expect(standing.bestMedian == 50_000 && standing.scytheMedian == 500_000)
    let text = MarkdownReport(Comparison(results)).text
    #expect(text.contains("| earlyoom 1.9.0 | 50.0 ms | **behind: scythed** (500 ms; 10.00x) |"))
    let page = HTMLReport(Comparison(results), chartScript: nil).page
    #expect(page.contains("behind: scythed<small>500 ms; 10.00x</small>"))
  }

  @Test func `are all whose ranges overlap`() throws {
    let results = runs("earlyoom-1.9.0", stall: 100, spread: 60) + runs("scythed", stall: 140, spread: 30)
    #expect(try standing(results).place == .level)
    #expect(try Set(standing(results).best) == ["earlyoom-1.9.0", "scythed"])
  }

  @Test func `are all that the instrument does not tell apart`() throws {
    let near = [Synthetic.exhaustion("earlyoom-1.9.0", stall: 12), Synthetic.exhaustion("scythed", stall: 22)]
    #expect(try standing(near).place == .level)
    let apart = [Synthetic.exhaustion("earlyoom-1.9.0", stall: 12), Synthetic.exhaustion("scythed", stall: 23)]
    #expect(try standing(apart).place == .loses)
  }

  @Test func `is nobody who kills what had to live, however fast`() throws {
    let results = runs("scythed", stall: 20, falseKills: 1) + runs("nohang", stall: 900)
    let standing = try standing(results)
    #expect(standing.place == .loses && standing.best == ["nohang"] && standing.scytheFaults == 1)
    #expect(MarkdownReport(Comparison(results)).text.contains("**behind: scythed** (20.0 ms; 0.02x; 1 fault)"))
  }

  @Test func `is not decided by one false kill in one starved run being left out`() throws {
    var starved = Synthetic.exhaustion("scythed", 4, stall: 20, gap: 300)
    starved.exhaustion?.falseKills = 2
    let standing = try standing(runs("scythed", stall: 20) + [starved] + runs("nohang", stall: 900))
    #expect(standing.place == .loses && standing.scytheFaults == 2)
  }

  @Test func `is nobody whose memory never came back`() throws {
    let results = [Synthetic.exhaustion("scythed", back: nil, stall: 20), Synthetic.exhaustion("kernel", stall: 900)]
    #expect(try standing(results, .shortage).place == .loses)
    #expect(try standing(results, .worstStall).place == .loses)
  }

  @Test func `is whoever kills nobody where nobody needs to die`() throws {
    func run(_ killer: String, _ victims: [String]) -> RunResult {
      Synthetic.exhaustion(killer, in: "spike", victims: victims)
    }
    let bad = try standing([run("scythed", ["hog"]), run("kernel", [])], .nobodyDies)
    #expect(bad.place == .loses && bad.best == ["kernel"])
    #expect(try standing([run("scythed", []), run("kernel", [])], .nobodyDies).place == .level)
    #expect(try standing([run("scythed", []), run("nohang", ["hog"])], .nobodyDies).place == .wins)
    // One that was not run has killed nobody, and wins nothing.
    var failed = run("oomd", [])
    failed.state = .failed
    #expect(try standing([run("scythed", []), run("nohang", ["hog"]), failed], .nobodyDies).best == ["scythed"])
  }

  @Test func `of hard victims loses who loses a mutex`() throws {
    var result = Synthetic.run("hard", "scythe-kill")
    result.hard = [
      Synthetic.hard("robust", "SIGKILL", back: 300, mutex: .recovered),
      Synthetic.hard("robust", "SIGKILL and process_mrelease", back: 30, mutex: .lost),
      Synthetic.hard("robust", "scythe kill", back: 280, mutex: .recovered),
    ]
    let standing = try standing([result], .hardBack)
    #expect(standing.place == .wins && standing.best == ["scythe kill"])
  }

  @Test func `is not said where there is nothing to compare with`() {
    #expect(Comparison(runs("scythed", stall: 20)).standings.isEmpty)
  }
}
