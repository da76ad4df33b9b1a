public import ScytheLinux
import ScytheReaper
public import ScytheReclaim

/// What `scythed --kill` ends with; the same numbers as `scythe kill`.
@frozen public enum OneShotExit: CInt, Sendable {
  /// All that a kill can return is back.
  case allBack = 0
  /// Some of it is not back.
  case partly = 1
  /// The caller may not signal the process.
  case notPermitted = 3
  /// There is no such process.
  case noSuchProcess = 4
  /// The process is never killed, or not without its sharers.
  case refused = 5
  /// The command line is wrong.
  case usage = 64
  /// The kernel refused something that is needed before the kill.
  case kernel = 71
}

/// Kills one process, releases its memory, and writes one line about it: the same Reaper as in `scythe kill`, in a
/// program without a heap, for a machine that already thrashes.
///
/// - Parameters:
///   - pid: the process.
///   - carrier: the means of the release.
/// - Returns: what to end with.
@export(interface) public func killOnce(_ pid: PID, carrier: Carrier) -> OneShotExit {
  Scheduling.favourCurrentThread()
  do throws(Errno) {
    var configuration = ReaperConfiguration()
    configuration.capacity = 64
    var reaper = try Reaper(kernel: LiveKernel(), configuration)
    return killOnce(pid, carrier, &reaper)
  } catch {
    var line = PathBuffer("scythed: cannot start the reaper: ")
    line.append(error.explanation ?? "unknown error")
    line.append("\n")
    StandardStream.error.write(line)
    return .kernel
  }
}

private func killOnce(_ pid: PID, _ carrier: Carrier, _ reaper: inout Reaper<LiveKernel>) -> OneShotExit {
  var options = KillOptions()
  options.carrier = carrier
  let summary: KillSummary
  do throws(ReaperError) {
    try reaper.select(pid)
    summary = try reaper.kill(options)
  } catch {
    let (reason, exit) = words(for: error)
    var line = PathBuffer("scythed: cannot kill ")
    line.append(decimal: pid.rawValue)
    line.append(": ")
    line.append(reason)
    line.append("\n")
    StandardStream.error.write(line)
    return exit
  }
  let report = reaper.report(at: 0)
  var line = PathBuffer()
  line.append(decimal: pid.rawValue)
  line.append(": ")
  line.append(decimal: report.bytesBack)
  line.append(" bytes back")
  if let back = report.backNanoseconds {
    line.append(" in ")
    line.append(decimal: back / 1000)
    line.append(" us")
  }
  line.append(", ")
  line.append(decimal: report.left.totalBytes)
  line.append(" left; ")
  line.append(words(for: report.fate))
  line.append("\n")
  StandardStream.output.write(line)
  return summary.isAllBack ? .allBack : summary.notSignalled > 0 ? .notPermitted : .partly
}
