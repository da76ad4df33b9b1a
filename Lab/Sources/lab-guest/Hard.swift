import LabCatalog

/// Processes that are hard to kill, one of each kind for each means, in one guest.
enum Hard {
  static func run(_ stage: Stage) throws {
    guard SignalTrace.begin() else { throw Stage.Refusal(reason: "this kernel does not trace signals") }
    let kinds = stage.scenario.name == "frozen" ? [HardKind.running, .frozenV1] : HardKind.allCases
    let means = HardMeans.here
    try warmUp(means)
    for (number, kind) in kinds.enumerated() {
      // Each kind begins with another one: whatever comes first finds another machine.
      let first = number % means.count
      let trials = try trials(kind, Array(means[first...] + means[..<first]))
      for each in means {
        if let trial = trials.first(where: { $0.means == each }) { stage.port.write(trial.record) }
      }
    }
  }

  /// Lets every means read its program, and everybody's memory be taken once.
  private static func warmUp(_ means: [HardMeans]) throws {
    _ = try trials(.running, means)
  }

  private static func trials(_ kind: HardKind, _ means: [HardMeans]) throws -> [HardTrial] {
    do {
      let place = try HardPlace(kind)
      defer { place.close() }
      return try means.map { try HardTrial(in: place, $0) }
    } catch let reason as HardPlace.Unavailable {
      return means.map { HardTrial(kind, $0, unavailable: reason.reason) }
    }
  }
}
