import Glibc
import LabCatalog
import ScytheLinux

/// The daemon installed as a service, and what is looked at of it.
final class ServiceTrial {
  let stage: Stage
  let journal = ServiceJournal()
  /// What the next checks are about.
  var area = ""

  /// Installs the programs and the unit, as `make install` does.
  ///
  /// - Throws: `Stage.Refusal` if no systemd runs here.
  init(_ stage: Stage) throws {
    self.stage = stage
    guard Text.read("/proc/1/comm") == "systemd\n" else { throw Stage.Refusal(reason: "no systemd runs here") }
    for (file, folder) in [("scythe", "bin"), ("scythed", "sbin"), (ServiceUnit.name, "lib/systemd/system")] {
      let folder = "\(ServiceUnit.prefix)/\(folder)"
      _ = Spawn.run("/usr/bin/busybox", ["mkdir", "-p", folder])
      let (status, output) = Spawn.run("/usr/bin/busybox", ["cp", "/lab/\(file)", folder])
      guard status == 0 else { throw Stage.Refusal(reason: "\(file) cannot be installed: \(output)") }
    }
    // It would kill what the trial starts, by rules of its own.
    ServiceManager.control("stop", "systemd-oomd.service", "systemd-oomd.socket")
    ServiceManager.control("daemon-reload")
    guard SignalTrace.begin() else { throw Stage.Refusal(reason: "this kernel does not trace signals") }
  }

  /// Says of something whether it holds.
  ///
  /// - Parameter found: what was seen.
  func check(_ name: String, _ isPassed: Bool, _ found: String) {
    var record = Record("check")
    record.set("area", area)
    record.set("name", name)
    record.set("isPassed", isPassed)
    record.set("found", String(found.split(separator: "\n").joined(separator: " / ").prefix(300)))
    stage.port.write(record)
    if !isPassed { sayWhatItSaid() }
  }

  /// The last lines of the journal, for whoever wants to know why something does not hold.
  private func sayWhatItSaid() {
    _ = journal.mark
    for line in journal.lines.suffix(4) {
      var record = Record("log")
      record.set("source", "killer")
      record.set("line", String(line.prefix(300)))
      stage.port.write(record)
    }
  }

  /// The same of a value that has to be a certain one.
  func check(_ name: String, _ value: String, is wanted: String) {
    check(name, value == wanted, value.isEmpty ? "nothing" : value)
  }

  /// The same of a line that has to be there.
  func check(_ name: String, line: String?) { check(name, line != nil, line ?? "no such line") }

  /// Waits for something.
  ///
  /// - Returns: whether it came.
  static func wait(seconds: Int, _ condition: () -> Bool) -> Bool {
    let end = MonotonicClock.nowNanoseconds + Int64(seconds) * 1_000_000_000
    while true {
      if condition() { return true }
      if MonotonicClock.nowNanoseconds > end { return false }
      pause(microseconds: 100_000)
    }
  }

  /// What `scythe` answers.
  static func scythe(_ words: String...) -> ServiceManager.Answer {
    Spawn.run("\(ServiceUnit.prefix)/bin/scythe", words)
  }

  /// The process of the daemon, by its control group: systemd is asked nothing. 0 if there is none.
  var daemonProcess: pid_t {
    pid_t(Text.line("\(GuestGroups.root("unified"))/system.slice/\(ServiceManager.unit)/cgroup.procs")) ?? 0
  }

  /// How many records the kill log has.
  var records: Int { JSONText.numbers("sequence", in: Self.scythe("history", "--json").output).count }
}
