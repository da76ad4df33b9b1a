import Glibc
import LabCatalog
import ScytheLinux

/// What a killer costs while nothing happens.
enum Calm {
  private static let seconds = 30

  static func run(_ stage: Stage) throws {
    guard let level = stage.scenario.name.split(separator: "-").last.flatMap({ Int($0) }) else { return }
    let killer = KillerProcess(stage.killer)
    defer { killer.end() }
    stage.leave(percent: level)
    guard stage.cast.settle(seconds: 60) else { throw Stage.Refusal(reason: "the memory was not filled") }
    defer { stage.cast.end() }
    // What a start costs is not asked here.
    pause(microseconds: 5_000_000)
    guard killer.isAlive else {
      killer.report(to: stage.port)
      throw Stage.Refusal(reason: "\(stage.killer.name) does not run")
    }
    let counter = CallCounter(of: killer.pid)
    let before = Usage(of: killer.pid)
    let begin = MonotonicClock.nowNanoseconds
    pause(microseconds: seconds * 1_000_000)
    let after = Usage(of: killer.pid)
    let elapsed = Double(MonotonicClock.nowNanoseconds - begin) / 1e9
    let calls = counter.calls

    let memory = Text.read("/proc/\(killer.pid)/smaps_rollup") ?? ""
    func bytes(_ word: String) -> Int { (Text.number(word, in: memory) ?? 0) << 10 }
    let status = try Procfs().status(of: PID(killer.pid))
    var record = Record("calm")
    record.set("availablePercent", level)
    record.set("seconds", elapsed)
    record.set("residentBytes", bytes("Rss:"))
    record.set("proportionalBytes", bytes("Pss:"))
    record.set("lockedBytes", status.lockedBytes)
    record.set("threads", status.threads)
    record.set("wakeUpsPerSecond", Double(after.switches - before.switches) / elapsed)
    if let calls { record.set("callsPerSecond", Double(calls) / elapsed) }
    record.set("processorMicrosecondsPerSecond", Double(after.nanoseconds - before.nanoseconds) / 1000 / elapsed)
    record.set("isAlive", killer.isAlive)
    stage.port.write(record)
    killer.report(to: stage.port)
  }

  /// What all threads of a process have used.
  private struct Usage {
    var switches = 0
    var nanoseconds = 0

    init(of pid: pid_t) {
      try? Procfs().forEachThread(of: PID(pid)) { (thread) in
        let folder = "/proc/\(pid)/task/\(thread.rawValue)"
        switches += Text.number("voluntary_ctxt_switches:", in: Text.read("\(folder)/status") ?? "") ?? 0
        nanoseconds += Text.read("\(folder)/schedstat").flatMap { Int($0.prefix { $0 != " " }) } ?? 0
        return true
      }
    }
  }
}
