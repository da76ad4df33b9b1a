import Glibc
import ScytheLinux

/// Whom systemd has marked as one to be spared.
enum ServiceMarks {
  private static let unit = "precious.service"

  static func check(_ trial: ServiceTrial) {
    trial.area = "marked units"
    // Without the mark it is the one that dies: else that it lives would say nothing.
    trial.check("the largest service is killed", fate(trial, preference: "none"), is: "it dies")
    trial.check(
      "with ManagedOOMPreference=omit it lives, and a smaller one dies", fate(trial, preference: "omit"), is: "it lives"
    )
  }

  /// Runs a service that takes half of the memory, and then a hog.
  ///
  /// - Returns: whether the service dies, or what else happens.
  private static func fate(_ trial: ServiceTrial, preference: String) -> String {
    let bytes = trial.stage.totalBytes / 2 & ~0xfff
    let start = Spawn.run(
      "/usr/bin/systemd-run",
      [
        "--unit=\(unit)", "--property=ManagedOOMPreference=\(preference)", "/lab/lab-guest", "work", "hog",
        "name=precious", "step=\(1 << 20)", "limit=\(bytes)",
      ])
    let precious = pid_t(ServiceManager.property("MainPID", of: unit)) ?? 0
    defer {
      ServiceManager.control("stop", unit)
      ServiceManager.control("reset-failed", unit)
      trial.clear()
    }
    guard precious > 0, ServiceTrial.wait(seconds: 40, { Cast.bytes(of: precious) >= bytes / 10 * 9 }) else {
      return "it does not start: \(start.status) \(start.output)"
    }
    let hog = trial.stage.cast.start(.hog, "marked-hog", .cause, ServiceTrial.fast)
    var isHogDead = false
    _ = ServiceTrial.wait(seconds: 60) {
      trial.stage.cast.reap(at: MonotonicClock.nowNanoseconds)
      isHogDead = ServiceTrial.isGone(hog.pid)
      return isHogDead || ServiceTrial.isGone(precious)
    }
    if ServiceTrial.isGone(precious) { return "it dies" }
    return isHogDead ? "it lives" : "nobody dies"
  }
}
