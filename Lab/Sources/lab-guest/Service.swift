import LabCatalog

/// The daemon as a service: what its unit promises, looked at under a systemd that runs.
enum Service {
  /// - Parameter minutes: how long a soak lasts; `nil` for as long as it is meant to.
  static func run(_ stage: Stage, minutes: Int?) throws {
    let trial = try ServiceTrial(stage)
    if stage.scenario.name == "soak" { return Soak.run(trial, minutes: minutes ?? Scenario.soakMinutes) }
    ServiceStart.check(trial)
    ServiceRights.check(trial)
    ServiceRecovery.check(trial)
    // systemd-oomd, and its marks, are for version 2 alone.
    if !GuestGroups.areOfVersion1 {
      ServicePeer.check(trial)
      ServiceMarks.check(trial)
    }
    ServiceReload.check(trial)
    try ServiceCalls.check(trial)
    ServiceDisk.check(trial)
    ServiceStop.check(trial)
  }
}
