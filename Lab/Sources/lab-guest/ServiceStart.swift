import Glibc
import LabCatalog

/// From the installation to a daemon that watches.
enum ServiceStart {
  static func check(_ trial: ServiceTrial) {
    trial.area = "start"
    let verdict = Spawn.run("/usr/bin/systemd-analyze", ["verify", "--man=no", ServiceManager.unit])
    let faults = verdict.output.split(separator: "\n").filter { $0.contains("scythed") }
    trial.check(
      "systemd-analyze verify finds nothing", verdict.status == 0 && faults.isEmpty,
      faults.first.map(String.init) ?? "ends with \(verdict.status)")
    let peers = ["earlyoom.service", "nohang.service"]
    for peer in peers + ["nohang-desktop.service"] { ServiceManager.control("unmask", peer) }
    for peer in peers { ServiceManager.control("start", peer) }
    let running = peers.filter { ServiceManager.isActive($0) }
    trial.check("earlyoom and nohang run before", running == peers, running.joined(separator: ", "))
    let start = ServiceManager.control("enable", "--now", ServiceManager.unit)
    trial.check("systemctl enable --now", start.status == 0, "ends with \(start.status) \(start.output)")
    trial.check("it is active when start returns", ServiceManager.property("ActiveState"), is: "active")
    let left = peers.filter { ServiceManager.isActive($0) }
    trial.check("earlyoom and nohang are stopped by its start", left.isEmpty, left.joined(separator: ", "))
    trial.check("the journal says that it watches", line: trial.journal.line(with: "watches: ", after: 0))
    trial.check(
      "it starts with the machine",
      ServiceManager.control("is-enabled", ServiceManager.unit).output.split(separator: "\n").first.map(String.init)
        ?? "", is: "enabled")

    let top = ServiceTrial.scythe("top", "--once", "--json").output
    let daemon = Int(ServiceManager.daemon)
    trial.check(
      "scythe top reads the page of this process", JSONText.number("pid", in: top) == daemon && daemon > 0,
      "process \(JSONText.number("pid", in: top) ?? 0) of \(daemon)")
    trial.check("the page says that it watches", JSONText.text("mode", in: top) ?? "", is: "watches")
    let history = ServiceTrial.scythe("history", "--json")
    trial.check(
      "scythe history reads the kill log", history.status == 0, "ends with \(history.status): \(trial.records) records")
    for command in [["top", "--once"], ["history"]] {
      let words = ["--reuid=65534", "--clear-groups", "\(ServiceUnit.prefix)/bin/scythe"] + command
      let (status, output) = Spawn.run("/usr/bin/setpriv", words)
      trial.check("anybody may read it: scythe \(command[0])", status == 0, output)
    }
    let status = ServiceManager.property("StatusText")
    trial.check("systemctl status says what it does", status, is: "watches, profile desktop")
  }
}
