import Foundation
import LabCatalog
import LabHost
import LabResults

/// What is said while guests run.
enum Progress {
  /// At once, also through a pipe.
  static func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

  static func complain(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }

  /// A line for a run that has ended.
  ///
  /// - Parameters:
  ///   - place: such as `3/12`.
  ///   - left: seconds that the rest will take, as far as anybody can tell.
  static func line(_ run: Run, _ result: RunResult, place: String, left: Double) -> String {
    let name = "\(run.kernel.name) \(run.scenario.name) \(run.killer.name) \(run.repetition)"
    let rest = left >= 60 ? ", \(Int(left / 60) + 1) min left" : ""
    return "[\(place)] \(name): \(words(for: result)) (\(Int(result.wallSeconds)) s\(rest))"
  }

  private static func words(for result: RunResult) -> String {
    switch result.state {
    case .failed: return "FAILED: \(result.reason ?? "for no reason")"
    case .notBuilt: return "not built"
    case .notApplicable: return "not here: \(result.reason ?? "")"
    case .done: break
    }
    if let exhaustion = result.exhaustion { return words(for: exhaustion, result.processes) }
    if let calm = result.calm {
      return "\(tenths(calm.wakeUpsPerSecond)) wake-ups/s, \(calm.residentBytes >> 10) KiB resident"
    }
    if !result.hard.isEmpty {
      let made = result.hard.filter { $0.unavailable == nil }
      let back = made.count { $0.backMicroseconds != nil }
      let lost = made.count { $0.mutex == .lost }
      return "memory back in \(back) of \(made.count) kills, \(lost) mutexes lost"
    }
    if let service = result.service { return service.inWords }
    if let speed = result.speed { return "\(speed.count) samples" }
    if let checks = result.checks {
      if let passed = checks.testsPassed {
        return "\(passed) tests passed, \(checks.testsSkipped ?? 0) skipped, \(checks.testsFailed ?? 0) failed"
      }
      return "\(checks.checks.count { $0.state == "works" }) of \(checks.checks.count) checks say that it works"
    }
    return "done"
  }

  private static func words(for result: ExhaustionResult, _ processes: [ProcessResult]) -> String {
    var words = [
      "worst stall \(result.worstStallMicroseconds / 1000) ms, sum \(result.stallSumMicroseconds / 1000) ms"
    ]
    let dead = processes.filter(\.wasKilled).map(\.name)
    words.append(dead.isEmpty ? "nobody died" : "killed: \(Set(dead).sorted().joined(separator: ", "))")
    if result.kernelCameFirst { words.append("the kernel came first") }
    if result.end == .timeLimit { words.append("memory did not come back") }
    if result.isStarved { words.append("starved, its times are not used") }
    return words.joined(separator: "; ")
  }

  private static func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
