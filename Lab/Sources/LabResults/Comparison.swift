import BenchmarkResults
import LabCatalog

/// What results say of each other: killers beside the kernel alone, on the same kernel in the same situation.
package struct Comparison: Codable, Equatable, Sendable {
  /// The layout of this type as JSON.
  package static let currentFormat = 1

  /// The layout that it was made in.
  package private(set) var format = currentFormat
  /// The first and the last beginning of a run, in seconds since 1970; `nil` without runs.
  let began: Int64?
  let ended: Int64?
  let machines: [Machine]
  let platforms: [Platform]
  let killers: [KillerVersion]
  /// Memory ran out, or seemed to.
  let exhaustion: [ExhaustionCell]
  let neverNeeded: [ExhaustionCell]
  let hard: [HardCell]
  let calm: [CalmCell]
  let checks: [CheckedKernel]
  /// The daemon as a service, on each kernel; `nil` where that was not asked.
  let services: [CheckedService]?
  /// The tests of the extended call; `nil` where they were not run.
  let extensionTests: [CheckedKernel]?
  /// The tests of the calls with the extension there; `nil` where they were not run.
  let extensionCalls: [CheckedKernel]?
  /// How long the extended call takes; `nil` where that was not measured.
  let speed: [SpeedCell]?
  let standings: [Standing]
  /// Runs that brought nothing, each with its reason.
  let unfinished: [Unfinished]
  /// Guests that were broken on purpose.
  let broken: [Unfinished]
  /// Files that could not be used, a line each.
  let problems: [String]

  /// Compares.
  ///
  /// - Parameters:
  ///   - results: in any order. Repetitions of one run are told apart by their number alone.
  ///   - problems: a line for each file that could not be used, which the reports repeat.
  package init(_ results: [RunResult], problems: [String] = []) {
    let machines = Machine.all(of: results)
    let platforms = Platform.all(of: results, on: machines)
    let runs = CellRuns(results, on: platforms, machines)
    func cells<Cell>(_ family: Scenario.Family, _ cell: (CellKey, [RunResult]) -> Cell) -> [Cell] {
      runs.all(in: family).map { cell($0.key, $0.results) }
    }
    let alone = ExhaustionCell.kernelAlone
    let exhaustion = cells(.exhaustion) { ExhaustionCell($0, $1) }.comparedWith(alone)
    let neverNeeded = cells(.neverNeeded) { ExhaustionCell($0, $1) }.comparedWith(alone)
    let hard = HardCell.all(cells(.hard) { ($0.platform, $1) })
    began = results.map(\.began).min()
    ended = results.map(\.began).max()
    self.machines = machines
    self.platforms = platforms
    killers = KillerVersion.all(of: results)
    self.exhaustion = exhaustion
    self.neverNeeded = neverNeeded
    self.hard = hard
    calm = cells(.calm) { CalmCell($0, $1) }.filter { $0.runs > 0 }
    checks = CheckedKernel.all(cells(.kernel) { ($0.platform, $1) })
    let services = CheckedService.all(runs.all(in: .service))
    self.services = services.isEmpty ? nil : services
    let extensionRuns = runs.all(in: .extension)
    func tests(_ scenario: String) -> [CheckedKernel]? {
      let own = extensionRuns.filter { $0.key.scenario == scenario }
      let tests = CheckedKernel.all(own.map { ($0.key.platform, $0.results) }, withFailed: true)
      return tests.isEmpty ? nil : tests
    }
    extensionTests = tests("extension-tests")
    extensionCalls = tests("extension-calls")
    let speed = SpeedCell.all(extensionRuns.map { ($0.key.platform, $0.results) })
    self.speed = speed.isEmpty ? nil : speed
    standings = Standing.all(exhaustion: exhaustion, neverNeeded: neverNeeded, hard: hard)
    let families = Scenario.Family.allCases.filter { $0 != .broken }
    unfinished = families.flatMap { family in cells(family) { Unfinished.all($0, $1) } }.flatMap { $0 }
    broken = cells(.broken) { Unfinished.told($0, $1) }.flatMap { $0 }
    self.problems = problems
  }
}

/// Where guests ran. Times of two machines are never compared.
struct Machine: Codable, Equatable, Sendable {
  let accelerator: String
  let host: MachineFacts?

  var isEmulated: Bool { accelerator == "tcg" }

  static func all(of results: [RunResult]) -> [Machine] {
    results.reduce(into: []) { machines, result in
      let machine = Machine(accelerator: result.accelerator, host: result.host)
      if !machines.contains(machine) { machines.append(machine) }
    }
  }
}

/// A kernel on a machine.
struct Platform: Codable, Equatable, Sendable {
  /// As the catalogue calls it.
  let kernel: String
  /// What it is called in a table: with its machine, where there are several.
  let name: String
  /// What `uname -r` said in its guests: one, unless the package was updated between two runs.
  let releases: [String]
  /// Which of the machines.
  let machine: Int

  static func all(of results: [RunResult], on machines: [Machine]) -> [Platform] {
    let known = Kernel.all.map(\.name)
    let kernels = known + Set(results.map(\.kernel)).subtracting(known).sorted()
    return machines.indices.flatMap { machine in
      kernels.compactMap { kernel in
        let own = results.filter { $0.kernel == kernel && machines[machine].made($0) }
        guard !own.isEmpty else { return nil }
        return Platform(
          kernel: kernel, name: machines.count == 1 ? kernel : "\(kernel), machine \(machine + 1)",
          releases: Set(own.compactMap { $0.guest?.release }).sorted(), machine: machine)
      }
    }
  }
}

extension Machine {
  fileprivate func made(_ result: RunResult) -> Bool {
    accelerator == result.accelerator && host == result.host
  }
}

/// A killer, and what its packages or commits called themselves.
struct KillerVersion: Codable, Equatable, Sendable {
  let name: String
  let title: String
  let versions: [String]

  static func all(of results: [RunResult]) -> [KillerVersion] {
    CellKey.killers(of: results).map { name in
      let versions = results.filter { $0.killer == name }.compactMap(\.killerVersion)
      return KillerVersion(
        name: name, title: Killer.named(name)?.title ?? name, versions: Set(versions).sorted())
    }
  }
}

/// A kernel, a situation and a killer: what repetitions are of.
struct CellKey: Codable, Hashable, Sendable {
  let platform: String
  let scenario: String
  let killer: String

  /// What the situation is, in a few words.
  var situation: String { Scenario.named(scenario)?.title ?? scenario }

  /// The killers of results, in the order of the catalogue.
  static func killers(of results: [RunResult]) -> [String] {
    let known = Killer.all.map(\.name)
    let present = Set(results.map(\.killer))
    return known.filter { present.contains($0) } + present.subtracting(known).sorted()
  }
}

/// The runs of each cell.
private struct CellRuns {
  private let platforms: [String]
  private let killers: [String]
  private let runs: [CellKey: [RunResult]]

  init(_ results: [RunResult], on platforms: [Platform], _ machines: [Machine]) {
    self.platforms = platforms.map(\.name)
    killers = CellKey.killers(of: results)
    runs = Dictionary(grouping: results) { result in
      let platform = platforms.first { $0.kernel == result.kernel && machines[$0.machine].made(result) }
      return CellKey(platform: platform?.name ?? result.kernel, scenario: result.scenario, killer: result.killer)
    }
  }

  /// All of a family, in the order of the catalogue, each with its runs in the order of their repetitions.
  func all(in family: Scenario.Family) -> [(key: CellKey, results: [RunResult])] {
    let scenarios = Scenario.all.filter { $0.family == family }.map(\.name)
    return platforms.flatMap { platform in
      scenarios.flatMap { scenario in
        killers.compactMap { killer in
          let key = CellKey(platform: platform, scenario: scenario, killer: killer)
          return runs[key].map { (key, $0.sorted { $0.repetition < $1.repetition }) }
        }
      }
    }
  }
}

/// Runs of a cell that ended alike, and brought nothing.
struct Unfinished: Codable, Equatable, Sendable {
  let key: CellKey
  let state: RunResult.State
  let reason: String?
  let runs: Int
  let command: String

  /// Those that are not done.
  static func all(_ key: CellKey, _ results: [RunResult]) -> [Unfinished] {
    told(key, results).filter { $0.state != .done }
  }

  /// All of them, whatever they ended in.
  static func told(_ key: CellKey, _ results: [RunResult]) -> [Unfinished] {
    var groups: [[RunResult]] = []
    for result in results {
      if let index = groups.firstIndex(where: { $0[0].state == result.state && $0[0].reason == result.reason }) {
        groups[index].append(result)
      } else {
        groups.append([result])
      }
    }
    return groups.map { group in
      Unfinished(
        key: key, state: group[0].state, reason: group[0].reason, runs: group.count, command: group[0].command)
    }
  }
}
