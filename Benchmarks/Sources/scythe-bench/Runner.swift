import BenchmarkResults
import Scythe

/// One sample.
struct Measurement {
  let series: String
  let nanoseconds: Int64
  var workers: Int?
}

/// A sample that is not what it should be: an error of the run.
struct SampleFailure: Error, CustomStringConvertible {
  let description: String
}

/// A case that cannot be measured here.
struct CaseUnavailable: Error {
  let reason: String
}

/// One of the things that are compared: takes the samples of one round.
struct Variant {
  /// The series that it adds to, in the order of the table.
  let series: [String]
  /// How many there are of what a slope counts.
  var count: Int?
  /// How many system calls it takes, where they were counted.
  var systemCalls: Int?
  let measure: () throws -> [Measurement]
}

/// A question, and how it is answered.
struct BenchmarkCase: Sendable {
  let name: String
  let title: String
  var presentation = Presentation.comparison
  var note = ""
  var baseline: String?
  var rounds = 7
  /// Whether a first round warms caches and page lists, and is no sample.
  var isWarmed = true
  /// Whether it is small enough for a quick run.
  var isQuick = false
  /// The most memory that it needs at any time.
  var bytes: UInt64 = 0
  /// Makes the variants and what they have in common, which ends with them.
  let variants: @Sendable (Settings) throws -> [Variant]
}

/// Measures one case: a round that is thrown away, if it wants that, then rounds of all variants, in another order each.
struct Runner {
  let settings: Settings
  let benchmark: BenchmarkCase

  private var rounds: Int { settings.rounds ?? min(benchmark.rounds, settings.isQuick ? 3 : .max) }

  func run() -> CaseResult {
    var result = CaseResult(
      name: benchmark.name, title: benchmark.title, presentation: benchmark.presentation, note: benchmark.note,
      baseline: benchmark.baseline, rounds: rounds)
    do {
      try checkFit()
      let variants = try benchmark.variants(settings)
      for variant in variants {
        result.series += variant.series.map {
          SampleSeries(name: $0, count: variant.count, systemCalls: variant.systemCalls)
        }
      }
      measure(variants, into: &result)
    } catch let unavailable as CaseUnavailable {
      result.reasonNotRun = unavailable.reason
    } catch {
      result.reasonNotRun = "\(error)"
    }
    report(result)
    return result
  }

  private func checkFit() throws {
    if settings.isQuick, !benchmark.isQuick { throw CaseUnavailable(reason: "too large for a quick run") }
    let available = try Procfs().takeableBytes()
    guard benchmark.bytes <= available / 2 else {
      throw CaseUnavailable(reason: "it needs \(benchmark.bytes >> 20) MiB, more than half of what is available")
    }
  }

  private func measure(_ variants: [Variant], into result: inout CaseResult) {
    for round in (benchmark.isWarmed ? 0 : 1)...rounds {
      for step in variants.indices {
        let variant = variants[(step + round) % variants.count]
        Progress.passing("\(benchmark.name): round \(round) of \(rounds), \(variant.series[0])")
        let outcome = Result { try variant.measure() }
        // What goes wrong in the round that is thrown away counts.
        if case .failure(let error) = outcome {
          result.failures.append("round \(round), \(variant.series[0]): \(error)")
        }
        if round > 0 { Runner.take(outcome, of: variant, into: &result) }
      }
    }
  }

  private static func take(
    _ outcome: Result<[Measurement], any Error>, of variant: Variant, into result: inout CaseResult
  ) {
    let samples = (try? outcome.get()) ?? []
    for name in variant.series {
      guard let index = result.series.firstIndex(where: { $0.name == name }) else { continue }
      let own = samples.filter { $0.series == name }
      // A hole keeps the other samples in their rounds.
      if own.isEmpty { result.series[index].rounds.append(nil) }
      for sample in own {
        result.series[index].rounds.append(sample.nanoseconds)
        if let workers = sample.workers { result.series[index].workers.append(workers) }
      }
    }
  }

  private func report(_ result: CaseResult) {
    if let reason = result.reasonNotRun { return Progress.line("\(result.name): not run: \(reason)") }
    for one in result.series { Progress.line("\(result.name): \(one.name): \(one.summary)") }
    for failure in result.failures { Progress.line("\(result.name): went wrong: \(failure)") }
  }
}
