import Glibc

/// Beside systemd-oomd, which is not ended: a distribution may have its own reasons for it.
enum ServicePeer {
  private static let unit = "systemd-oomd.service"

  static func check(_ trial: ServiceTrial) {
    trial.area = "beside systemd-oomd"
    let begun = ServiceManager.control("start", unit)
    trial.check("systemd-oomd runs", ServiceManager.isActive(unit), "start ends with \(begun.status) \(begun.output)")
    let mark = trial.journal.mark
    let start = ServiceManager.startAnew()
    trial.check("the daemon starts beside it", start.status == 0, "ends with \(start.status) \(start.output)")
    trial.check("systemd-oomd lives on", ServiceManager.property("ActiveState", of: unit), is: "active")
    trial.check("the journal warns of it", line: trial.journal.line(with: "systemd-oomd runs too", after: mark))
    trial.check(
      "systemd-oomd leaves the daemon alone", ServiceManager.property("ManagedOOMPreference"), is: "omit")
    let records = trial.records
    trial.check("a hog is killed", trial.killHog("hog-of-both"), is: "scythed")
    trial.clear()
    trial.check("and nobody else", trial.records == records + 1, "\(trial.records - records) kills")
    let doctor = ServiceTrial.scythe("doctor")
    trial.check("scythe doctor names both", line: line(of: doctor.output))
    ServiceManager.control("stop", unit, "systemd-oomd.socket")
  }

  private static func line(of doctor: String) -> String? {
    doctor.split(separator: "\n").first { $0.contains("systemd-oomd") }.map(String.init)
  }
}
