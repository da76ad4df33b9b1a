import BenchmarkResults
import Foundation
import Scythe
import ScytheVictims

/// From the decision to the signal, in a reaper that stands ready as in a daemon.
enum DeliveryCase {
  static let decision = BenchmarkCase(
    name: "decision", title: "From the decision to the signal", presentation: .latency,
    note:
      "From the call of `kill` on a planned victim until `pidfd_send_signal` has returned in the executor, in a child"
      + " of the benchmark, among 1,000 other processes. Busy: two spinning processes per CPU. Ordinary: without"
      + " CAP_SYS_NICE, so neither the real-time class nor a nice value.",
    isQuick: true
  ) { settings in
    let stage = try DeliveryStage(settings)
    return RealTimeRight.variants(
      [
        ("real-time, idle", true, false), ("ordinary, idle", false, false), ("real-time, busy", true, true),
        ("ordinary, busy", false, true),
      ], measure: stage.nanoseconds)
  }
}

/// The others on the machine, and the child that measures.
private final class DeliveryStage {
  private let settings: Settings
  private let crowd: VictimProcess
  private let samples: Int

  init(_ settings: Settings) throws {
    self.settings = settings
    samples = settings.isQuick ? 20 : 60
    // The victim and its children.
    crowd = try settings.victim(["--fork", "999"])
  }

  func nanoseconds(isRealTime: Bool, isBusy: Bool) throws -> [Int64] {
    var spinners: [VictimProcess] = []
    defer { for spinner in spinners { spinner.end() } }
    for _ in 0..<(isBusy ? 2 * Machine.usableProcessors : 0) { spinners.append(try settings.victim(["--spin"])) }
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let delivery = [own, "deliver", "--samples", "\(samples)"] + (isRealTime ? ["--real-time"] : [])
    let dropsRights = RealTimeRight.isHeld && !isRealTime
    let output = try Subprocess.output(of: "/usr/bin/env", (dropsRights ? RealTimeRight.drop : []) + delivery)
    let times = output.split(separator: "\n").compactMap { Int64($0) }
    guard times.count == samples else { throw SampleFailure(description: "\(times.count) samples of \(samples)") }
    return times
  }
}
