/// What a guest is to do: words on its kernel's command line.
package struct Request: Sendable, Equatable {
  package var scenario: String
  package var killer: String
  /// What everything that is random in the scenario begins from.
  package var seed: UInt64
  /// How long a soak lasts; `nil` for as long as it is meant to.
  package var minutes: Int?

  package init(scenario: String, killer: String, seed: UInt64, minutes: Int? = nil) {
    self.scenario = scenario
    self.killer = killer
    self.seed = seed
    self.minutes = minutes
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
    self.init(
      scenario: String(scenario), killer: String(killer), seed: seed, minutes: values["minutes"].flatMap { Int($0) })
  }

  /// The words, and those that the guest's start needs to know of the scenario.
  package var commandLine: String {
    "lab.scenario=\(scenario) lab.killer=\(killer) lab.seed=\(seed)"
      + " lab.swap=\((Scenario.named(scenario)?.swap ?? .none).rawValue)" + (minutes.map { " lab.minutes=\($0)" } ?? "")
  }
}
