import ArgumentParser
import Foundation
import LabCatalog
import LabHost
import LabResults

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "run", abstract: "Boot guests, and keep what comes of it.")

  @Option(help: "A kernel, such as 6.1; may be given more than once.") var kernel: [String] = []
  @Option(help: "A killer, such as earlyoom-1.9.0; may be given more than once.") var killer: [String] = []
  @Option(help: "A scenario or a family; may be given more than once.") var scenario: [String] = []
  @Option(name: .customLong("repeat"), help: "How often each is run.") var repetitions = 1
  @Option(help: "What all that is random begins from.") var seed: UInt64 = 1
  @Flag(help: "Run also what has a result already.") var again = false
  @Option(help: "A scythed to be used.") var scythed: String?
  @Option(help: "The folder that keeps kernels and disks.") var cache: String?
  @Option(help: "The folder that keeps results.") var results = ".build/lab-results"
  @Option(help: "The folder of the repository.") var repository = "."

  func run() async throws {
    let runs = try Matrix.runs(
      kernels: kernel, killers: killer, scenarios: scenario, repetitions: repetitions, seed: seed)
    let base = URL(filePath: repository, directoryHint: .isDirectory)
    let places = Laboratory.Places(
      repository: base, tools: base.appending(path: ".build/lab-tools"), cache: Cache(cache), daemon: scythed)
    let laboratory = try await Laboratory(places, kernels: Kernel.all.filter { k in runs.contains { $0.kernel == k } }) {
      print("lab: \($0)")
    }
    defer { laboratory.close() }
    for run in runs {
      print("== \(run.kernel.name) \(run.scenario.name) \(run.killer.name)")
      let result = try await laboratory.run(run)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      print(String(decoding: try encoder.encode(result), as: UTF8.self))
    }
  }
}
