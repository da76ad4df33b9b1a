import Scythe
import ScytheVictims

/// A victim that is killed, but held in its exit: time until its memory is back, against one `munmap` of the same by the
/// process itself.
enum StuckVictimCases {
  static let all = [
    make("stuck-64m", "64 MiB of 4 KiB pages", bytes: 64 << 20, workers: [1, 2], isQuick: true),
    make("stuck-256m", "256 MiB of 4 KiB pages", bytes: 256 << 20, workers: [1, 2], isQuick: true),
    make("stuck-1g", "1 GiB of 4 KiB pages", bytes: 1 << 30, workers: [1, 2, 3, 4]),
    make("stuck-4g", "4 GiB of 4 KiB pages", bytes: 4 << 30, workers: [1, 2, 3, 4]),
    make("stuck-huge-1g", "1 GiB of transparent huge pages", bytes: 1 << 30, workers: [1, 2], kind: ["--thp"]),
    make("stuck-vmas-1g", "1 GiB in 64 VMAs", bytes: 1 << 30, workers: [1, 2], kind: ["--vmas", "64"]),
    make("stuck-locked-1g", "1 GiB, locked", bytes: 1 << 30, workers: [1, 2], kind: ["--locked"]),
    make(
      "stuck-threads-256m", "256 MiB, 500 threads", bytes: 256 << 20, workers: [1, 2], kind: ["--threads", "500"]),
  ]

  private static func make(
    _ name: String, _ title: String, bytes: UInt64, workers: [Int], kind: [String] = [], isQuick: Bool = false
  ) -> BenchmarkCase {
    BenchmarkCase(
      name: name, title: "Stuck victim: \(title)",
      note: "From the signal until the memory is back. Threads are those that took part, however"
        + " late; more than half of the CPUs are used only where they are idle.",
      baseline: "munmap", isQuick: isQuick, bytes: bytes
    ) { settings in
      let memory = ["--anon", "\(bytes)"] + kind
      let baseline = Variant(series: ["munmap"]) {
        let victim = try settings.victim(memory + ["--unmap"])
        defer { victim.end() }
        guard let nanoseconds = victim.values["unmap"].flatMap({ Int64($0) }) else {
          throw SampleFailure(description: "the victim did not tell how long its munmap took")
        }
        return [Measurement(series: "munmap", nanoseconds: nanoseconds)]
      }
      return [baseline]
        + workers.map { count in
          let series = count == 1 ? "1 worker" : "\(count) workers"
          return Variant(series: [series]) {
            let victim = try settings.victim(memory + ["--held"])
            defer { victim.end() }
            let report = try KilledVictim.report(victim.pid, workers: count)
            let nanoseconds = try report.nanosecondsBack(bytes, .released)
            return [Measurement(series: series, nanoseconds: nanoseconds, workers: report.workers)]
          }
        }
    }
  }
}

/// One victim, killed as the command does it.
enum KilledVictim {
  /// - Parameter releasing: false to signal only.
  static func report(_ pid: PID, workers: Int = 0, releasing: Bool = true) throws(ReaperError) -> VictimReport {
    var request = KillRequest(processes: [pid])
    request.workers = workers
    request.options.carrier = releasing ? .release : nil
    return try killAndRelease(request).victims[0]
  }
}

extension VictimReport {
  /// When the memory was back.
  ///
  /// - Throws: `SampleFailure` if the victim ended otherwise, or if less came back than it had.
  func nanosecondsBack(_ bytes: UInt64, _ expected: Fate) throws -> Int64 {
    // Before Linux 6.2 the counts may miss 64 pages for each thread.
    guard fate == expected, bytesBack >= bytes - bytes / 64, let backNanoseconds else {
      throw SampleFailure(description: "\(fate), \(bytesBack) of \(bytes) bytes back")
    }
    return backNanoseconds
  }
}
