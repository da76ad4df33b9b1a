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
    let variants: [(series: String, isRealTime: Bool, isBusy: Bool)] = [
      ("real-time, idle", true, false), ("ordinary, idle", false, false), ("real-time, busy", true, true),
      ("ordinary, busy", false, true),
    ]
    // Where nobody may have the class, there is nothing to take away either.
    return variants.filter { stage.mayUseRealTime || !$0.isRealTime }.map { variant in
      Variant(series: [variant.series]) {
        try stage.nanoseconds(isRealTime: variant.isRealTime, isBusy: variant.isBusy).map {
          Measurement(series: variant.series, nanoseconds: $0)
        }
      }
    }
  }
}

/// The others on the machine, and the child that measures.
private final class DeliveryStage {
  private let settings: Settings
  private let crowd: VictimProcess
  private let samples: Int
  let mayUseRealTime: Bool

  init(_ settings: Settings) throws {
    self.settings = settings
    samples = settings.isQuick ? 20 : 60
    mayUseRealTime = (try? Scheduling.schedulingClass(of: PID(0))) == .roundRobin
    // The victim and its children.
    crowd = try settings.victim(["--fork", "999"])
  }

  func nanoseconds(isRealTime: Bool, isBusy: Bool) throws -> [Int64] {
    var spinners: [VictimProcess] = []
    defer { for spinner in spinners { spinner.end() } }
    for _ in 0..<(isBusy ? 2 * Machine.usableProcessors : 0) { spinners.append(try settings.victim(["--spin"])) }
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let delivery = [own, "deliver", "--samples", "\(samples)"] + (isRealTime ? ["--real-time"] : [])
    let dropsRights = mayUseRealTime && !isRealTime
    let drop = ["setpriv", "--bounding-set", "-sys_nice", "--inh-caps", "-sys_nice"]
    let output = try Subprocess.output(of: "/usr/bin/env", (dropsRights ? drop : []) + delivery)
    let times = output.split(separator: "\n").compactMap { Int64($0) }
    guard times.count == samples else { throw SampleFailure(description: "\(times.count) samples of \(samples)") }
    return times
  }
}
