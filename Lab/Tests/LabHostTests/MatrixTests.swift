import LabCatalog
import LabHost
import Testing

@Suite struct `The matrix` {
  @Test(arguments: [(["6.1", "4.4"], [], []), ([], ["oomd", "zenoom"], []), ([], [], ["hog", "hug"])])
  func `an unknown name is refused by name`(kernels: [String], killers: [String], scenarios: [String]) {
    let unknown = (kernels + killers + scenarios).last ?? ""
    #expect {
      try Matrix.runs(kernels: kernels, killers: killers, scenarios: scenarios, repetitions: 1, seed: 1)
    } throws: { error in
      "\(error)".contains(unknown) && (error as? LabFailure)?.exit == LabFailure.usage
    }
  }

  @Test func `a family stands for all of its scenarios`() throws {
    let runs = try Matrix.runs(
      kernels: ["6.1"], killers: ["kernel"], scenarios: ["exhaustion"], repetitions: 1, seed: 1)
    #expect(runs.map(\.scenario) == Scenario.all.filter { $0.family == .exhaustion })
  }

  @Test func `each repetition has a seed of its own, and a command that gives it again`() throws {
    let runs = try Matrix.runs(
      kernels: ["6.1"], killers: ["kernel"], scenarios: ["hog"], repetitions: 3, seed: 7)
    #expect(runs.map(\.repetition) == [7, 8, 9])
    #expect(runs[2].command.contains("--kernel 6.1 --killer kernel --scenario hog --seed 9"))
  }

  @Test func `a choice of which nothing is left is refused`() {
    #expect(throws: LabFailure.self) {
      try Matrix.runs(kernels: [], killers: ["earlyoom-1.7"], scenarios: ["hard"], repetitions: 1, seed: 1)
    }
  }

  @Test func `a service is one of the daemon alone`() throws {
    let runs = try Matrix.runs(kernels: [], killers: [], scenarios: ["service"], repetitions: 1, seed: 1)
    #expect(runs.map(\.killer.name) == ["scythed"] && runs.map(\.kernel.name) == ["6.1"])
  }

  @Test func `what a guest is told is what it reads`() {
    for scenario in Scenario.all {
      let request = Request(scenario: scenario.name, killer: "oomd", seed: 12)
      #expect(Request(commandLine: "console=ttyS0 \(request.commandLine) lab.init=systemd\n") == request)
    }
  }

  @Test func `a soak may be told how long it lasts, and so may its guest`() throws {
    var run = try Matrix.runs(kernels: [], killers: [], scenarios: ["soak"], repetitions: 1, seed: 1)[0]
    #expect(!run.command.contains("--minutes"))
    run.minutes = 2
    #expect(run.command.contains("--scenario soak --seed 1 --minutes 2'"))
    let request = Request(scenario: "soak", killer: "scythed", seed: 1, minutes: 2)
    #expect(Request(commandLine: request.commandLine) == request)
    let whole = run.scenario.limitSeconds(ofMinutes: nil)
    #expect(whole > Scenario.soakMinutes * 60)
    #expect(run.scenario.limitSeconds(ofMinutes: 2) == whole - (Scenario.soakMinutes - 2) * 60)
  }

  @Test func `names are given once`() {
    #expect(Set(Scenario.all.map(\.name)).count == Scenario.all.count)
    #expect(Set(Killer.all.map(\.name)).count == Killer.all.count)
  }
}
