import Glibc
import ScytheLinux

/// What becomes of a daemon that dies or hangs, and of what it has written.
enum ServiceRecovery {
  static func check(_ trial: ServiceTrial) {
    trial.area = "recovery"
    trial.check("a hog is killed", trial.killHog("first-hog"), is: "scythed")
    trial.clear()
    let status = ServiceManager.property("StatusText")
    trial.check("systemctl status says who died", status.contains(" (first-hog), "), status)
    let records = trial.records
    trial.check("the kill is in the kill log", records == 1, "\(records) records")
    for (signal, name) in [(SIGKILL, "SIGKILL"), (SIGABRT, "SIGABRT")] {
      restart(trial, "\(name) ends it", seconds: 20) { kill($0, signal) }
    }
    let mark = trial.journal.mark
    // Twice the time of the watchdog.
    restart(trial, "its loop does nothing (SIGSTOP)", seconds: 40) { kill($0, SIGSTOP) }
    trial.check("the journal names the watchdog", line: trial.journal.line(with: "Watchdog timeout", after: mark))
    trial.check("what was in the kill log is in it", trial.records == records, "\(trial.records) records")
    let top = ServiceTrial.scythe("top", "--once", "--json").output
    trial.check(
      "the status page goes on with the last kill", top.contains("\"name\":\"first-hog\""),
      JSONText.text("mode", in: top) ?? "no page")
    trial.check("a hog is killed after all that", trial.killHog("later-hog"), is: "scythed")
    trial.clear()
    trial.check(
      "its number follows",
      JSONText.numbers("sequence", in: ServiceTrial.scythe("history", "--json").output) == [1, 2],
      "\(trial.records) records")
    badPage(trial)
  }

  /// Does something to the daemon after which systemd has to start another one.
  private static func restart(_ trial: ServiceTrial, _ what: String, seconds: Int, _ act: (pid_t) -> Void) {
    let before = ServiceManager.daemon
    let count = Int(ServiceManager.property("NRestarts")) ?? -1
    let begin = MonotonicClock.nowNanoseconds
    act(before)
    let isBack = ServiceTrial.wait(seconds: seconds) {
      let now = ServiceManager.daemon
      return now > 0 && now != before && ServiceManager.isActive()
    }
    let milliseconds = (MonotonicClock.nowNanoseconds - begin) / 1_000_000
    let restarts = (Int(ServiceManager.property("NRestarts")) ?? -1) - count
    trial.check(
      "\(what): systemd starts it again", isBack && restarts == 1, "after \(milliseconds) ms, \(restarts) restart")
  }

  /// A page that it must refuse ends it for good: it would not know whom to spare.
  private static func badPage(_ trial: ServiceTrial) {
    // With a fault in it no page is compiled, and what is there stays.
    ServiceManager.writeConfiguration("profil = \"desktop\"\n")
    ServiceManager.control("stop", ServiceManager.unit)
    Text.create("/var/lib/scythe/policy.page", "no page\n")
    let mark = trial.journal.mark
    let start = ServiceManager.control("start", ServiceManager.unit)
    trial.check("it does not start with a page that is none", start.status != 0, "ends with \(start.status)")
    trial.check("it has ended with 78", ServiceManager.property("ExecMainStatus"), is: "78")
    // Longer than RestartSec.
    pause(microseconds: 3_000_000)
    trial.check("and is not started again", ServiceManager.property("ActiveState"), is: "failed")
    trial.check(
      "the journal names the fault of the configuration",
      line: trial.journal.line(with: "scythe.toml:1: profil:", after: mark))
    trial.check(
      "the journal names the page", line: trial.journal.line(with: "policy.page: it is too short", after: mark))
    ServiceManager.writeConfiguration(nil)
    let again = ServiceManager.startAnew()
    trial.check(
      "it starts when that is mended", again.status == 0 && ServiceManager.isActive(), "ends with \(again.status)")
  }
}
