import ArgumentParser
import BenchmarkMachine
import BenchmarkResults
import Foundation
import Scythe
import ScytheVictims

/// `scythe-bench run`
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Measure.",
    discussion: """
      Takes at most half of the available memory; kills only processes that it made. A quiet machine matters. Exit 1 if a \
      sample went wrong; the results are written all the same.
      """)

  @Option(name: .customLong("case"), help: "Only this case; may be given more than once.")
  var names: [String] = []

  @Option(help: "How many rounds are counted; 7 or more by default, 3 with --quick.")
  var runs: Int?

  @Flag(help: "Only the small cases, and few rounds: to see that it works.")
  var quick = false

  @Option(help: "Write the results here, with all samples.")
  var json: String?

  @Option(help: "Write the tables here, instead of printing them.")
  var markdown: String?

  @Option(help: "Where 'make install' has put the commands.")
  var installed = ".build/installed"

  @Option(help: "Where 'make bench' has put what is compared with.")
  var peers = ".build/peers"

  func validate() throws {
    for name in names where !Catalogue.cases.contains(where: { $0.name == name }) {
      throw ValidationError("no case is named '\(name)'; see 'scythe-bench list'")
    }
    if let runs, runs < 1 { throw ValidationError("cannot make \(runs) rounds: give 1 or more") }
  }

  func run() throws {
    guard let victimProgram = VictimProcess.findProgram() else {
      throw ValidationError("no scythe-victim beside scythe-bench; build it with 'make bench'")
    }
    // Found out now, not after ten minutes of measuring.
    for path in [json, markdown] { if let path { try ResultsFile.checkWritable(path) } }
    // As `scythe kill` runs, and the daemon will; what is started from here is ordinary again.
    Scheduling.favourCurrentThread()
    let settings = Settings(
      victimProgram: victimProgram, installedFolder: installed, peersFolder: peers, isQuick: quick, rounds: runs)
    var results = BenchmarkResults(
      revision: Revision.current, isQuick: quick, machine: MachineSurvey.facts,
      loadBefore: MachineSurvey.loadAverages)
    Progress.line("load average \(results.loadBefore); a quiet machine is below 0.5")
    for benchmark in Catalogue.cases where names.isEmpty || names.contains(benchmark.name) {
      results.cases.append(Runner(settings: settings, benchmark: benchmark).run())
    }
    results.loadAfter = MachineSurvey.loadAverages
    if let json { try ResultsFile.write(results, to: json) }
    if let markdown { try ResultsFile.write(results.markdown, to: markdown) } else { print(results.markdown) }
    let failures = results.cases.reduce(0) { $0 + $1.failures.count }
    if failures > 0 {
      Progress.line("\(failures) sample\(failures == 1 ? "" : "s") went wrong; the tables name them")
      throw ExitCode(1)
    }
  }
}
