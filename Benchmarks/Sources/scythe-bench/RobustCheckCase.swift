import BenchmarkResults
import Scythe
import ScytheVictims

/// What it costs to look at the robust mutexes of every thread before a release.
enum RobustCheckCase {
  static let robustCheck = BenchmarkCase(
    name: "robust-check", title: "Robust check, by threads of the victim", presentation: .slope,
    note: "The victim is held in its exit, where all its threads still have their lists. The last column is the slope"
      + " from one thread.",
    isQuick: true, bytes: 1 << 20
  ) { settings in
    [1, 8, 64, 500, 2000].map { threads in
      let series = threads == 1 ? "1 thread" : "\(threads) threads"
      return Variant(series: [series], count: threads) {
        let victim = try settings.victim(["--anon", "1M", "--threads", "\(threads)", "--held"])
        defer { victim.end() }
        let report = try KilledVictim.report(victim.pid)
        guard report.robust == .clear else { throw SampleFailure(description: "\(report.robust), \(report.fate)") }
        return [Measurement(series: series, nanoseconds: report.checkNanoseconds)]
      }
    }
  }
}
