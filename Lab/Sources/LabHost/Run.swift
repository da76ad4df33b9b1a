package import LabCatalog

/// One run of the matrix.
package struct Run: Sendable, Equatable {
  package let kernel: Kernel
  package let killer: Killer
  package let scenario: Scenario
  /// The first is 1; what is random begins from it.
  package let repetition: Int
  /// How long a soak lasts; `nil` for as long as it is meant to.
  package var minutes: Int?

  package init(kernel: Kernel, killer: Killer, scenario: Scenario, repetition: Int) {
    self.kernel = kernel
    self.killer = killer
    self.scenario = scenario
    self.repetition = repetition
  }

  /// What repeats it alone.
  package var command: String {
    "make lab LAB='run --again\(scenario.family == .extension ? " --extension" : "") --kernel \(kernel.name) --killer \(killer.name) --scenario \(scenario.name)"
      + " --seed \(repetition)\(minutes.map { " --minutes \($0)" } ?? "")'"
  }
}
