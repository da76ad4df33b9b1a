import BenchmarkResults
import Scythe
import ScytheVictims

/// Memory that is moved to swap from outside, against a process that does the same to itself.
enum PageOutCases {
  static let all = [
    make("pageout-256m", "256 MiB", bytes: 256 << 20, isQuick: true),
    make("pageout-1g", "1 GiB", bytes: 1 << 30),
  ]

  private static func make(_ name: String, _ title: String, bytes: UInt64, isQuick: Bool = false) -> BenchmarkCase {
    let baseline = "madvise by itself"
    return BenchmarkCase(
      name: name, title: "Page-out of \(title) of 4 KiB pages",
      note: "Until the call has returned; the page tables say then that it is in swap, but for a 64th at most. The"
        + " process itself makes one call of `madvise(MADV_PAGEOUT)`. Neither is favoured by the scheduler.",
      baseline: baseline, isQuick: isQuick, bytes: bytes
    ) { settings in
      try checkSwap(2 * bytes)
      let memory = ["--anon", "\(bytes)"]
      let alone = Variant(series: [baseline]) {
        let victim = try settings.victim(memory + ["--pageout-self"])
        defer { victim.end() }
        guard let nanoseconds = victim.values["pageout"].flatMap({ Int64($0) }) else {
          throw SampleFailure(description: "the victim did not tell how long its madvise took")
        }
        try check(try Procfs().status(of: victim.pid), bytes)
        return [Measurement(series: baseline, nanoseconds: nanoseconds)]
      }
      let scythe = Variant(series: ["Scythe"]) {
        let victim = try settings.victim(memory)
        defer { victim.end() }
        let process = try ProcessDescriptor(victim.pid)
        // The other one runs as ordinary too, and both wait for a disk and its kernel threads.
        try Scheduling.set(.other, of: PID(0))
        try Scheduling.setNice(0, of: PID(0))
        defer { Scheduling.favourCurrentThread() }
        let begun = MonotonicClock.nowNanoseconds
        let report = try Reclaim(kernel: LiveKernel()).apply(
          .pageOut, to: .wholeProcess, of: process, pid: victim.pid)
        let nanoseconds = MonotonicClock.nowNanoseconds - begun
        guard report.end == .completed, let after = report.after else {
          throw SampleFailure(description: "the advice ended: \(report.end)")
        }
        try check(after, bytes)
        return [Measurement(series: "Scythe", nanoseconds: nanoseconds)]
      }
      return [alone, scythe]
    }
  }

  private static func checkSwap(_ needed: UInt64) throws {
    let swap = try? Procfs().swapInformation()
    let free = swap.map { $0.totalBytes - $0.usedBytes } ?? 0
    guard free >= needed else {
      throw CaseUnavailable(reason: "it needs \(needed >> 20) MiB of free swap, and there are \(free >> 20)")
    }
  }

  /// A page that is in use at the moment of the call, or in a batch of another CPU, stays.
  private static func check(_ status: ProcessStatus, _ bytes: UInt64) throws {
    guard status.swapBytes >= bytes - bytes / 64 else {
      throw SampleFailure(description: "\(status.swapBytes) of \(bytes) bytes are in swap")
    }
  }
}
