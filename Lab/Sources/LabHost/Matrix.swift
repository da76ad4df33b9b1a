import LabCatalog

/// Which runs there are.
package enum Matrix {
  /// All runs of a choice, in the order in which they are run.
  ///
  /// - Parameters:
  ///   - kernels: by name; empty for those that the family of each scenario is run on when nobody says.
  ///   - killers: by name; empty for all that make sense.
  ///   - scenarios: names or families; empty for all but those that test the lab itself.
  ///   - withExtension: whether the kernel extension is loaded: its own scenarios then, and no others.
  ///   - repetitions: how often each.
  ///   - seed: the number of the first repetition.
  /// - Throws: `LabFailure` if a name is unknown, or nothing is left.
  package static func runs(
    kernels: [String], killers: [String], scenarios: [String], withExtension: Bool = false, repetitions: Int, seed: Int
  ) throws(LabFailure) -> [Run] {
    let chosenKernels = try choose(kernels, from: Kernel.all, called: "kernel") { [$0.name] }
    let chosenKillers = try choose(killers, from: Killer.all, called: "killer") { [$0.name] }
    let chosenScenarios =
      try scenarios.isEmpty
      ? Scenario.all.filter { $0.family != .broken && ($0.family == .extension) == withExtension }
      : choose(scenarios, from: Scenario.all, called: "scenario") { [$0.name, $0.family.rawValue] }
    if let other = chosenScenarios.first(where: { ($0.family == .extension) != withExtension }) {
      throw LabFailure(
        "cannot run the scenario \(other.name) with\(withExtension ? "" : "out") --extension: see `lab list`",
        exit: LabFailure.usage)
    }
    if !withExtension, !kernels.isEmpty, let kernel = chosenKernels.first(where: \.checksItself) {
      throw LabFailure(
        "cannot run the kernel \(kernel.name) without --extension: it is there for the extension alone",
        exit: LabFailure.usage)
    }
    var runs: [Run] = []
    for repetition in 0..<repetitions {
      for kernel in chosenKernels {
        for scenario in chosenScenarios where !kernels.isEmpty || scenario.isUsual(on: kernel) {
          for killer in chosenKillers where scenario.suits(killer) {
            runs.append(
              Run(kernel: kernel, killer: killer, scenario: scenario, repetition: seed + repetition))
          }
        }
      }
    }
    guard !runs.isEmpty else {
      throw LabFailure("cannot run this choice: no scenario of it goes with a killer of it; see `lab list`", exit: 64)
    }
    return runs
  }

  private static func choose<Thing>(
    _ names: [String], from all: [Thing], called kind: String, by namesOf: (Thing) -> [String]
  ) throws(LabFailure) -> [Thing] {
    if names.isEmpty { return all }
    for name in names where !all.contains(where: { namesOf($0).contains(name) }) {
      throw LabFailure(
        "cannot run the \(kind) \(name): there is none of that name; there are \(all.flatMap { namesOf($0).prefix(1) }.joined(separator: ", "))",
        exit: LabFailure.usage)
    }
    return all.filter { thing in names.contains { namesOf(thing).contains($0) } }
  }
}
