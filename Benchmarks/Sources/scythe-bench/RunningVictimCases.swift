import Scythe
import ScytheVictims

/// A victim that can die by itself: Scythe must not be slower than SIGKILL alone.
enum RunningVictimCases {
  static let all = [
    make("running-64m", "64 MiB", bytes: 64 << 20, isQuick: true),
    make("running-1g", "1 GiB", bytes: 1 << 30),
    make("running-vmas-1g", "1 GiB in 64 VMAs", bytes: 1 << 30, kind: ["--vmas", "64"]),
  ]

  private static func make(
    _ name: String, _ title: String, bytes: UInt64, kind: [String] = [], isQuick: Bool = false
  ) -> BenchmarkCase {
    BenchmarkCase(
      name: name, title: "Running victim: \(title)",
      note: "From the signal until the pidfd is readable, or the memory known to be back. SIGKILL alone is"
        + " `pidfd_send_signal` and `poll` by this program, favoured by the scheduler as Scythe is.",
      baseline: "SIGKILL alone", rounds: 12, isQuick: isQuick, bytes: bytes
    ) { settings in
      let memory = ["--anon", "\(bytes)"] + kind
      let alone = Variant(series: ["SIGKILL alone"]) {
        let victim = try settings.victim(memory)
        defer { victim.end() }
        let process = try ProcessDescriptor(victim.pid)
        let begun = MonotonicClock.nowNanoseconds
        try process.send(.kill)
        guard try process.waitForExit(timeoutMilliseconds: 10_000) else {
          throw SampleFailure(description: "not dead after 10 s")
        }
        return [Measurement(series: "SIGKILL alone", nanoseconds: MonotonicClock.nowNanoseconds - begun)]
      }
      let scythe = Variant(series: ["Scythe, memory back", "Scythe, dead"]) {
        let victim = try settings.victim(memory)
        defer { victim.end() }
        let report = try KilledVictim.report(victim.pid)
        let back = try report.nanosecondsBack(bytes, .exited)
        return [
          Measurement(series: "Scythe, memory back", nanoseconds: back),
          Measurement(series: "Scythe, dead", nanoseconds: report.exitNanoseconds ?? back),
        ]
      }
      let signalOnly = Variant(series: ["Scythe without a release, dead"]) {
        let victim = try settings.victim(memory)
        defer { victim.end() }
        let report = try KilledVictim.report(victim.pid, releasing: false)
        let back = try report.nanosecondsBack(bytes, .exited)
        return [Measurement(series: "Scythe without a release, dead", nanoseconds: back)]
      }
      return [alone, scythe, signalOnly]
    }
  }
}
