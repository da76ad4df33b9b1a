import Glibc
import LabCatalog
import ScytheLinux

/// One hog after the other under the unit, for a long time: each dies by the daemon, and nothing of the daemon grows.
enum Soak {
  /// Whatever is used for the first time is used by then.
  private static let warmUp = 10
  private static let hogs: [[String]] = [
    ServiceTrial.fast, ["step=\(1 << 20)"], ["step=\(4 << 20)", "huge=1", "pause=20000"],
    ["step=\(1 << 20)", "pause=2000", "percent=20"],
  ]

  static func run(_ trial: ServiceTrial, minutes: Int) {
    trial.area = "start"
    let start = ServiceManager.control("start", ServiceManager.unit)
    trial.check("it starts", start.status == 0 && ServiceManager.isActive(), "ends with \(start.status)")
    trial.area = "hogs"
    let daemon = trial.daemonProcess
    let kernelKills = Self.kernelKills
    var enders: [String: Int] = [:]
    var count = 0
    var usage: Usage?
    let begin = MonotonicClock.nowNanoseconds
    while MonotonicClock.nowNanoseconds - begin < Int64(minutes) * 60_000_000_000 || count < warmUp {
      count += 1
      enders[trial.killHog("hog-\(count)", hogs[count % hogs.count]), default: 0] += 1
      trial.clear()
      if count == warmUp { usage = Usage(of: daemon) }
    }
    let after = Usage(of: daemon)
    let told = enders.sorted { $0.value > $1.value }.map { "\($0.value) by \($0.key)" }.joined(separator: ", ")
    trial.check("all hogs of \(minutes) minutes are killed by scythed", enders == ["scythed": count], told)
    trial.check("the kernel kills nobody", Self.kernelKills == kernelKills, "\(Self.kernelKills - kernelKills)")
    history(trial, count)

    trial.area = "daemon"
    trial.check("it is the process that was started", "\(ServiceManager.daemon)", is: "\(daemon)")
    trial.check("it was never started again", ServiceManager.property("NRestarts"), is: "0")
    if let usage { usage.check(trial, after) }
    let lines = trial.journal.mark
    let errors = trial.journal.errors(after: 0)
    trial.check("there is no error in the journal", errors.isEmpty, errors.first ?? "no such line of \(lines)")
  }

  /// Each kill is put down once, in its order.
  private static func history(_ trial: ServiceTrial, _ count: Int) {
    // The last one is stored a little after its victim is dead.
    _ = ServiceTrial.wait(seconds: 10) { trial.records >= count }
    let history = ServiceTrial.scythe("history", "--json").output
    let kills = history.ranges(of: "\"outcome\":\"killed\"").count + history.ranges(of: "\"outcome\":\"ended\"").count
    trial.check("the kill log has each kill", kills == count, "\(kills) of \(count)")
    let numbers = JSONText.numbers("sequence", in: history)
    trial.check(
      "without a gap", numbers == Array(1...max(1, numbers.count)), "\(numbers.first ?? 0) to \(numbers.last ?? 0)")
    trial.check(
      "none of them damaged", JSONText.number("damaged", in: history) == 0,
      "\(JSONText.number("damaged", in: history) ?? -1)")
    let top = ServiceTrial.scythe("top", "--once", "--json").output
    let counted = (JSONText.number("kills", in: top) ?? 0) + (JSONText.number("asked", in: top) ?? 0)
    trial.check("the status page has counted as many", counted >= count, "\(counted)")
    trial.journal.read()
    let lines = trial.journal.lines.filter { $0.contains("scythed: killed ") || $0.contains(": it did;") }
    trial.check("the journal has a line for each", lines.count == count, "\(lines.count) lines")
  }

  private static var kernelKills: Int { Text.number("oom_kill ", in: Text.read("/proc/vmstat") ?? "") ?? 0 }

  /// What may grow, in KiB or as a number.
  private struct Usage {
    private let values: [(name: String, value: Int)]

    init(of pid: pid_t) {
      let status = Text.read("/proc/\(pid)/status") ?? ""
      let fields = ["VmRSS", "VmLck", "VmPTE", "VmData", "VmSwap"].map {
        ("\($0), KiB", Text.number("\($0):", in: status) ?? -1)
      }
      let descriptors = Folder.entries("/proc/\(pid)/fd")
      let mappings = (Text.read("/proc/\(pid)/maps") ?? "").split(separator: "\n").count
      values =
        fields + [
          ("threads", Text.number("Threads:", in: status) ?? -1), ("open files", descriptors), ("mappings", mappings),
        ]
    }

    func check(_ trial: ServiceTrial, _ after: Usage) {
      for (old, new) in zip(values, after.values) {
        trial.check(
          "no growth: \(old.name)", old.value >= 0 && new.value <= old.value, "\(old.value) before, \(new.value) after")
      }
    }
  }
}
