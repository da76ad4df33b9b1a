public import LabCatalog

/// One run of the matrix.
public struct Run: Sendable, Equatable {
  public let kernel: Kernel
  public let killer: Killer
  public let scenario: Scenario
  /// The first is 1; what is random begins from it.
  public let repetition: Int

  public init(kernel: Kernel, killer: Killer, scenario: Scenario, repetition: Int) {
    self.kernel = kernel
    self.killer = killer
    self.scenario = scenario
    self.repetition = repetition
  }

  /// What repeats it alone.
  public var command: String {
    "make lab LAB='run --again --kernel \(kernel.name) --killer \(killer.name) --scenario \(scenario.name)"
      + " --seed \(repetition)'"
  }
}
