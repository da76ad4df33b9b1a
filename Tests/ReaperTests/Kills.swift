public import ScytheLinux
public import ScytheReaper
public import TestSupport
import Testing

/// Kills one process, and returns what is said of it.
func kill(
  _ pid: PID, _ options: KillOptions = KillOptions(), killsSharers: Bool = false, workers: Int = 0
) throws -> VictimReport {
  try kill(pid, StockKernel(), options, killsSharers: killsSharers, workers: workers)
}

/// The same on another kernel.
func kill<K: ReaperKernel>(
  _ pid: PID, _ kernel: K, _ options: KillOptions = KillOptions(), killsSharers: Bool = false, workers: Int = 0
) throws -> VictimReport {
  var configuration = ReaperConfiguration()
  configuration.workers = workers
  var reaper = try Reaper(kernel: kernel, configuration)
  try reaper.select(pid)
  _ = try reaper.kill(options, killsSharers: killsSharers)
  return reaper.report(at: 0)
}

extension StockKernel: ReaperKernel {
  /// Runs an executor on it.
  public static var executorBody: ThreadBody { { unsafe runExecutor(StockKernel.self, $0) } }
}

extension KillOptions {
  /// Options with a short deadline, for victims that are not expected to die.
  static func deadline(milliseconds: Int64) -> KillOptions {
    var options = KillOptions()
    options.deadlineNanoseconds = milliseconds * 1_000_000
    return options
  }
}

extension Trait where Self == ConditionTrait {
  /// For a victim whose memory comes back by a release alone.
  static var needsRelease: Self {
    .enabled(if: KernelFeatures.hasRelease, "process_mrelease came with Linux 5.15")
  }
}
