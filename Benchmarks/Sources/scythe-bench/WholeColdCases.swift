import BenchmarkResults
import Foundation
import Scythe
import ScytheVictims

/// What it costs to say of the whole memory of a process that it is cold. CPU time, because on a machine with something
/// better to do that is what it takes away.
enum WholeColdCases {
  static let all = [fiftyThousand(isUsed: false), fiftyThousand(isUsed: true), curve]

  private static let bytes: UInt64 = 256 << 20
  private static let clock = "CPU time of the calling thread, its own and the kernel's, not the time on the clock."

  /// - Parameter isUsed: whether each sample has a victim of its own, instead of one that lives through all rounds.
  private static func fiftyThousand(isUsed: Bool) -> BenchmarkCase {
    let state =
      isUsed
      ? "Each sample has a victim of its own, which has just written all of its memory."
      : "The victim lives through all rounds, and its memory is cold after the first."
    return BenchmarkCase(
      name: "whole-cold-50k\(isUsed ? "-used" : "")",
      title: "CPU time of whole-process cold: 256 MiB in 50,000 VMAs, \(isUsed ? "just used" : "cold already")",
      note: "\(clock) \(state) maps is the text of `/proc/PID/maps`, read by a program in C. Each way is first tried on"
        + " a victim that has used its memory, and has to leave none of it referenced, but for what the kernel still has"
        + " in the batches of its CPUs. A tracer has counted the system calls.",
      baseline: WholeCold.callPerArea.series, rounds: 11, isQuick: !isUsed, bytes: 2 * bytes
    ) { settings in
      for way in WholeCold.allCases { _ = try checkedSample(way, settings) }
      let victim = try victim(settings, 50_000)
      return try WholeCold.allCases.map { way in
        Variant(series: [way.series], systemCalls: try systemCalls(of: way, on: victim)) {
          [isUsed ? try checkedSample(way, settings) : try sample(way, victim)]
        }
      }
    }
  }

  private static let curve = BenchmarkCase(
    name: "whole-cold-curve", title: "CPU time of whole-process cold: 256 MiB, by VMAs", presentation: .slope,
    note: "\(clock) The memory is always as much, and cold already; only the number of VMAs grows. The last column is"
      + " the slope from 100 VMAs in the same way.",
    rounds: 7, bytes: 5 * bytes
  ) { settings in
    let victims = try [100, 1_000, 10_000, 30_000, 60_000].map { (areas: $0, process: try victim(settings, $0)) }
    return [WholeCold.scythe, .callPerArea].flatMap { way in
      victims.map { victim in
        let series = "\(way.series), \(victim.areas) VMAs"
        return Variant(series: [series], count: victim.areas) {
          [Measurement(series: series, nanoseconds: try nanoseconds(way, victim.process))]
        }
      }
    }
  }

  private static func victim(_ settings: Settings, _ areas: Int) throws -> VictimProcess {
    try settings.victim(["--anon", "\(bytes)", "--vmas", "\(areas)"])
  }

  private static func sample(_ way: WholeCold, _ victim: VictimProcess) throws -> Measurement {
    Measurement(series: way.series, nanoseconds: try nanoseconds(way, victim))
  }

  private static func nanoseconds(_ way: WholeCold, _ victim: VictimProcess) throws -> Int64 {
    let begun = ThreadClock.nowNanoseconds
    try way.advise(victim.pid)
    return ThreadClock.nowNanoseconds - begun
  }

  /// A sample on a victim of its own. A way that left something out would be compared with others that do the work, so what
  /// it did is looked at.
  private static func checkedSample(_ way: WholeCold, _ settings: Settings) throws -> Measurement {
    let victim = try victim(settings, 50_000)
    defer { victim.end() }
    let before = try AnonymousMemory(of: victim.pid)
    guard before.areas == 50_000, before.bytes == bytes, before.referencedBytes == bytes else {
      throw SampleFailure(description: "the victim is not what it should be: \(before)")
    }
    let sample = try sample(way, victim)
    let left = try AnonymousMemory(of: victim.pid).referencedBytes
    guard left <= batchedBytes else {
      throw SampleFailure(description: "\(way.series) left \(left) bytes referenced")
    }
    return sample
  }

  /// What the kernel leaves as it is, however it is asked: new pages wait in batches of 31 for each CPU before they are on
  /// the list that `cold` is about, and a call empties only the batch of the CPU that it is made on.
  private static var batchedBytes: UInt64 { 31 * UInt64(Machine.usableProcessors) * Machine.pageBytes }

  private static func systemCalls(of way: WholeCold, on victim: VictimProcess) throws -> Int {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let counter = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("count-calls").path
    let output = try Subprocess.output(of: counter, [own, "advise", "--way", way.rawValue, "\(victim.pid.rawValue)"])
    guard let calls = Int(output.trimmingCharacters(in: .newlines)) else {
      throw SampleFailure(description: "no count of system calls: \(output)")
    }
    return calls
  }
}
