/// What a guest is to do: words on its kernel's command line.
package struct Request: Sendable, Equatable {
  package var scenario: String
  package var killer: String
  /// What everything that is random in the scenario begins from.
  package var seed: UInt64

  package init(scenario: String, killer: String, seed: UInt64) {
    self.scenario = scenario
    self.killer = killer
    self.seed = seed
  }

  /// Reads it from a kernel's command line.
  ///
  /// - Returns: `nil` if a word is missing or makes no sense.
  package init?(commandLine: String) {
    var values: [Substring: Substring] = [:]
    for word in commandLine.split(whereSeparator: { $0 == " " || $0 == "\n" }) where word.hasPrefix("lab.") {
      let parts = word.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { values[parts[0].dropFirst(4)] = parts[1] }
    }
    guard let scenario = values["scenario"], let killer = values["killer"],
      let seed = values["seed"].flatMap({ UInt64($0) })
    else { return nil }
    self.init(scenario: String(scenario), killer: String(killer), seed: seed)
  }

  /// The words, and those that the guest's start needs to know of the scenario.
  package var commandLine: String {
    "lab.scenario=\(scenario) lab.killer=\(killer) lab.seed=\(seed)"
      + " lab.swap=\((Scenario.named(scenario)?.swap ?? .none).rawValue)"
  }
}
