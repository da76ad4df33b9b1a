import Glibc
import ScytheLinux

/// The end of the service, and what it leaves.
enum ServiceStop {
  static func check(_ trial: ServiceTrial) {
    trial.area = "stop"
    let records = trial.records
    let refused = JSONText.number("unknownCalls", in: ServiceTrial.scythe("top", "--once", "--json").output)
    trial.check(
      "its filter has refused it nothing", refused == 0, refused.map { "\($0) calls" } ?? "no such number in scythe top"
    )
    let mark = trial.journal.mark
    let begin = MonotonicClock.nowNanoseconds
    let stop = ServiceManager.control("disable", "--now", ServiceManager.unit)
    let milliseconds = (MonotonicClock.nowNanoseconds - begin) / 1_000_000
    trial.check("systemctl disable --now", stop.status == 0, "ends with \(stop.status) after \(milliseconds) ms")
    trial.check("it has ended by itself", ServiceManager.property("Result"), is: "success")
    trial.check("the journal says so", line: trial.journal.line(with: "scythed: ends", after: mark))
    let top = ServiceTrial.scythe("top", "--once")
    trial.check(
      "scythe top finds nobody", top.status == 4 || top.status == 71, "ends with \(top.status): \(top.output)")
    trial.check(
      "scythe history reads what it has left", trial.records == records && records > 0, "\(trial.records) records")
    let start = ServiceManager.control("start", "earlyoom.service")
    trial.check(
      "another killer can be started", start.status == 0 && ServiceManager.isActive("earlyoom.service"),
      "ends with \(start.status)")
    ServiceManager.control("stop", "earlyoom.service")
  }
}
