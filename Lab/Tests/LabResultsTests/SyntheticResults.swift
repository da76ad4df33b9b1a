import BenchmarkResults

@testable import LabResults

/// Results as the lab would have them, of which a test changes what it is about.
enum Synthetic {
  static func run(
    _ scenario: String, _ killer: String, _ repetition: Int = 1, kernel: String = "6.1", accelerator: String = "tcg"
  ) -> RunResult {
    var result = RunResult(
      kernel: kernel, killer: killer, scenario: scenario, repetition: repetition, state: .done, reason: nil,
      accelerator: accelerator, command: "make lab LAB='run \(kernel) \(scenario) \(killer) \(repetition)'",
      wallSeconds: 20, hostLoad: 1, began: 1_790_000_000)
    result.guest = GuestDescription(
      release: "\(kernel).0-9-cloud-amd64", memoryBytes: 1 << 30, swapBytes: 0, processors: 2)
    return result
  }

  /// Memory was low after a second; times in milliseconds.
  static func exhaustion(
    _ killer: String, _ repetition: Int = 1, in scenario: String = "hog", back: Int64? = 2000, stall: Int64 = 100,
    isLow: Bool = true, gap: Int64 = 1, falseKills: Int = 0, kernelFirst: Bool = false, victims: [String] = ["hog"],
    kernel: String = "6.1", accelerator: String = "tcg"
  ) -> RunResult {
    var result = run(scenario, killer, repetition, kernel: kernel, accelerator: accelerator)
    result.exhaustion = ExhaustionResult(
      end: back == nil ? .timeLimit : .back, lowMicroseconds: isLow ? 1_000_000 : nil,
      lowCause: isLow ? .headroom : nil, decisionMicroseconds: 1_100_000, signalMicroseconds: 1_200_000,
      signalHeadroomBytes: 50 << 20, deathMicroseconds: 1_300_000, backMicroseconds: back.map { $0 * 1000 },
      minimumHeadroomBytes: 20 << 20, minimumAvailableBytes: 30 << 20, minimumSwapFreeBytes: 0,
      worstStallMicroseconds: stall * 1000, worstFreshMicroseconds: stall * 1000, worstFileMicroseconds: 0,
      stallSumMicroseconds: stall * 2000, calmStallMicroseconds: 1000, falseKills: falseKills, kernelKills: 0,
      kernelCameFirst: kernelFirst, instrumentGapMicroseconds: gap * 1000)
    result.processes = victims.enumerated().map { index, name in
      ProcessResult(
        name: name, role: .cause, pid: Int32(100 + index), scoreAdjustment: 0, bytes: 400 << 20,
        diedMicroseconds: 1_300_000, by: "SIGKILL")
    }
    return result
  }

  static func hard(
    _ victim: String, _ means: String, back: Int64?, left: UInt64? = 0, mutex: HardResult.Mutex? = nil,
    unavailable: String? = nil
  ) -> HardResult {
    HardResult(
      victim: victim, title: "a victim: \(victim)", means: means, unavailable: unavailable,
      beforeBytes: 512 << 20, backMicroseconds: back.map { $0 * 1000 },
      exitMicroseconds: back.map { $0 * 1000 + 500 }, limitMicroseconds: 3_000_000, leftBytes: left,
      evidence: "RssAnon", mutex: mutex, said: nil)
  }

  static func calm(_ killer: String, resident: UInt64, wakeUps: Double, isAlive: Bool = true) -> RunResult {
    var result = run("calm-90", killer)
    result.calm = CalmResult(
      availablePercent: 90, seconds: 30, residentBytes: resident, proportionalBytes: resident / 2,
      lockedBytes: resident, threads: 1, wakeUpsPerSecond: wakeUps, callsPerSecond: wakeUps * 3,
      processorMicrosecondsPerSecond: wakeUps * 700, isAlive: isAlive)
    return result
  }

  static func checks(_ states: [(area: String, name: String, state: String)], kernel: String) -> RunResult {
    var result = run("doctor", "kernel", kernel: kernel)
    var checks = KernelChecks()
    checks.doctorStatus = 0
    checks.checks = states.map {
      KernelChecks.Check(
        area: $0.area, name: $0.name, state: $0.state, found: "found",
        instead: $0.state == "missing" ? "another way" : nil, remedy: nil)
    }
    result.checks = checks
    return result
  }

  static func tests(passed: Int, failed: Int, skipped: Int, kernel: String) -> RunResult {
    var result = run("calls", "kernel", kernel: kernel)
    var checks = KernelChecks()
    (checks.testsPassed, checks.testsFailed, checks.testsSkipped) = (passed, failed, skipped)
    result.checks = checks
    return result
  }

  /// Samples in turns: nanoseconds by way, one of each in a round.
  static func speed(
    _ ways: [(way: String, isStock: Bool, nanoseconds: [Int64])], repetition: Int = 1, kernel: String = "6.1"
  ) -> RunResult {
    var result = run("extension-speed", "kernel", repetition, kernel: kernel)
    result.speed = ways.flatMap { way in
      way.nanoseconds.enumerated().map { round, nanoseconds in
        SpeedResult(
          measure: "cold", way: way.way, isStock: way.isStock, round: round, nanoseconds: nanoseconds,
          systemCalls: way.isStock ? 61 : 1)
      }
    }
    return result
  }
}
