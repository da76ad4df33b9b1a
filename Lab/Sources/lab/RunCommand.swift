import ArgumentParser
import Dispatch
import Foundation
import LabCatalog
import LabHost
import LabResults

/// `lab run`
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Boot guests, and keep what comes of it.",
    discussion: """
      What has a result already is not run again, so that a run that was interrupted goes on where it was; results of
      another build of Scythe's own programs are none. Without a choice of kernels each scenario is run on those that
      tell most about it.
      """)

  @Option(help: "A kernel, such as 6.1; may be given more than once.")
  var kernel: [String] = []

  @Option(help: "A killer, such as earlyoom-1.9.0; may be given more than once.")
  var killer: [String] = []

  @Option(help: "A scenario or a family of them; may be given more than once.")
  var scenario: [String] = []

  @Option(name: .customLong("repeat"), help: "How often each is run.")
  var repetitions = 1

  @Option(help: "The first repetition; what is random in it begins from its number.")
  var seed = 1

  @Option(help: "How long a soak lasts, if not \(Scenario.soakMinutes) minutes: for a trial.")
  var minutes: Int?

  @Flag(help: "Run also what has a result already.")
  var again = false

  @Flag(help: "Run also what was starved, so that its times are not used.")
  var starved = false

  @Flag(
    name: .customLong("extension"),
    help: "Load the kernel extension, built for each kernel, and run its scenarios instead of all others.")
  var withExtension = false

  @Option(help: "A scythed to be used.")
  var scythed: String?

  @Option(help: "The folder of the repository.")
  var repository = "."

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (1...100).contains(repetitions), (1...1_000_000).contains(seed) else {
      throw ValidationError("cannot repeat that: --repeat is 1 to 100, --seed 1 to 1000000")
    }
    guard (1...600).contains(minutes ?? 1) else {
      throw ValidationError("cannot soak that long: --minutes is 1 to 600")
    }
  }

  func run() async throws {
    var chosen = try Matrix.runs(
      kernels: kernel, killers: killer, scenarios: scenario, withExtension: withExtension, repetitions: repetitions,
      seed: seed)
    for index in chosen.indices where chosen[index].scenario.name == "soak" { chosen[index].minutes = minutes }
    let store = common.store
    let base = URL(filePath: repository, directoryHint: .isDirectory)
    let places = Laboratory.Places(
      repository: base, tools: base.appending(path: ".build/lab-tools"), cache: Cache(common.cache), daemon: scythed)
    let contents = store.read()
    // Read once: a program that is linked statically has tens of megabytes.
    let builds = Dictionary(uniqueKeysWithValues: Killer.all.map { ($0.name, places.version(of: $0)) })
    let runs =
      again ? chosen : chosen.filter { contents.lacks($0.key, of: builds[$0.killer.name] ?? nil, isTimed: starved) }
    if runs.count < chosen.count { Progress.say("lab: \(chosen.count - runs.count) results are there already") }
    guard !runs.isEmpty else { return }

    let running = Task { try await boot(runs, places, keepingIn: store) }
    let interruptions = [SIGINT, SIGTERM, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { running.cancel() }
      source.resume()
      return source
    }
    defer { for source in interruptions { source.cancel() } }
    do {
      let failed = try await running.value
      guard failed == 0 else {
        Progress.complain("lab: \(failed) of \(runs.count) runs failed; each line above says why")
        throw ExitCode(1)
      }
    } catch is CancellationError {
      throw LabFailure("interrupted; what is done is kept, and the same command goes on", exit: 130)
    }
  }

  /// - Returns: how many failed.
  private func boot(
    _ runs: [Run], _ places: Laboratory.Places, keepingIn store: ResultStore
  ) async throws -> Int {
    let kernels = Kernel.all.filter { kernel in runs.contains { $0.kernel == kernel } }
    let extended = kernels.filter { kernel in
      runs.contains {
        $0.kernel == kernel && $0.scenario.family == .extension && $0.scenario.refusal(on: kernel) == nil
      }
    }
    let laboratory = try await Laboratory(places, kernels: kernels, extended: extended) {
      Progress.say("lab: \($0)")
    }
    defer { laboratory.close() }
    for failure in laboratory.missingKernels.values { Progress.complain("lab: \(failure)") }
    for failure in laboratory.missingModules.values { Progress.complain("lab: \(failure)") }
    if laboratory.accelerator == .tcg {
      Progress.say("lab: guests are emulated here (TCG): only ratios within one kernel and scenario say something")
    }
    var failed = 0
    var seconds = 0.0
    for (index, run) in runs.enumerated() {
      let result = try await laboratory.run(run)
      try store.write(result)
      failed += result.state == .failed ? 1 : 0
      seconds += result.wallSeconds
      let left = seconds / Double(index + 1) * Double(runs.count - index - 1)
      Progress.say(Progress.line(run, result, place: "\(index + 1)/\(runs.count)", left: left))
    }
    return failed
  }
}

extension Run {
  var key: ResultStore.Key {
    ResultStore.Key(kernel: kernel.name, scenario: scenario.name, killer: killer.name, repetition: repetition)
  }
}
