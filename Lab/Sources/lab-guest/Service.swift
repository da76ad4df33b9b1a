/// The daemon as a service: what its unit promises, looked at under a systemd that runs.
enum Service {
  static func run(_ stage: Stage) throws {
    let trial = try ServiceTrial(stage)
    ServiceStart.check(trial)
  }
}
