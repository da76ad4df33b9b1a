import BenchmarkResults
import Foundation
import Scythe

/// From the decision to the signal, in the daemon as it is installed.
enum DaemonSignalCase {
  static let daemonSignal = BenchmarkCase(
    name: "daemon-signal", title: "From the daemon's decision to the signal", presentation: .latency,
    note:
      "From the decision until `pidfd_send_signal` has returned, as the kill log of `scythed` has it, the static build."
      + " It runs in a pid namespace among 1,000 other processes, ten of them larger than any hog, and kills one hog after"
      + " the other: each fills a memory group of its own, and up to eight do so at a time. Those that the kernel kills"
      + " first are no samples; it takes the first few, while the daemon still sleeps. No round is thrown away: the first"
      + " kill of a daemon counts. Busy:"
      + " two spinning processes per CPU. Ordinary: without CAP_SYS_NICE, so neither the real-time class nor a nice value.",
    rounds: 1, isWarmed: false, isQuick: true, bytes: 2 << 30
  ) { settings in
    let stage = try DaemonSignalStage(settings)
    return RealTimeRight.variants(
      [("real-time, idle", true, false), ("real-time, busy", true, true), ("ordinary, busy", false, true)],
      measure: stage.nanoseconds)
  }
}

/// Where the daemon is, and where it may kill.
private struct DaemonSignalStage {
  private let daemon: String
  /// The memory group that this program is in.
  private let group: String
  private let samples: Int

  /// The command is the first process of a pid namespace, so that the daemon in that sees nobody else, and all of them end
  /// with it. What would be left of them is taken away here, by a shell that heeds no interrupt: whoever started it may be
  /// gone.
  private static let script = #"""
    trap : HUP INT TERM
    groups=$(mktemp -d "$1/scythe-bench.XXXXXX") && run=$(mktemp -d /dev/shm/scythe-bench.XXXXXX) && state=$(mktemp -d)
    if [ $? = 0 ]; then
      shift
      unshare --pid --fork --mount-proc --kill-child "$@" --groups "$groups" \
        --run-directory "$run" --state-directory "$state"
      status=$?
    else
      status=1
    fi
    [ -z "$groups" ] || find "$groups" -depth -type d -exec rmdir {} +
    rm -rf "$run" "$state"
    exit $status
    """#

  init(_ settings: Settings) throws {
    samples = settings.isQuick ? 5 : 60
    daemon = "\(settings.installedFolder)/sbin/scythed"
    guard FileManager.default.isExecutableFile(atPath: daemon) else {
      throw CaseUnavailable(reason: "\(daemon) is missing; 'make bench' installs it there")
    }
    guard geteuid() == 0, FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare") else {
      throw CaseUnavailable(reason: "a pid namespace needs root and unshare(1)")
    }
    guard let path = try Procfs().controlGroupPath(of: .current, in: .memory) else {
      throw CaseUnavailable(reason: "there are no memory groups of version 1")
    }
    group = path.withBytes { bytes in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }
  }

  func nanoseconds(isRealTime: Bool, isBusy: Bool) throws -> [Int64] {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    var command = [own, "daemon-signal", "--daemon", daemon, "--samples", "\(samples)"]
    if isRealTime { command.append("--real-time") }
    if isBusy { command.append("--busy") }
    if RealTimeRight.isHeld, !isRealTime { command.append("--without-right") }
    let output = try Subprocess.output(of: "/bin/sh", ["-c", DaemonSignalStage.script, "sh", group] + command)
    let times = output.split(separator: "\n").compactMap { Int64($0) }
    guard times.count == samples else { throw SampleFailure(description: "\(times.count) samples of \(samples)") }
    return times
  }
}
