import BenchmarkResults
import Foundation
import Testing

@Suite struct `A distribution` {
  @Test func `has the quartiles of what was seen`() throws {
    let spread = try #require(Distribution([50, 10, 40, 20, 30]))
    #expect(spread.minimum == 10 && spread.maximum == 50)
    #expect(spread.firstQuartile == 20 && spread.median == 30 && spread.thirdQuartile == 40)
  }

  @Test func `of an even number of values has the mean of the two in the middle as its median`() throws {
    #expect(try #require(Distribution([10, 100, 30, 20])).median == 25)
    #expect(try #require(Distribution([10, 50])).median == 30)
    for count in stride(from: 2, through: 60, by: 2) {
      let spread = try #require(Distribution((1...count).map { Int64($0) * 20 }))
      #expect(spread.median == Int64(count) * 10 + 10, "of \(count)")
    }
  }

  @Test func `is exact to a ten-thousandth, and stays within what was seen`() throws {
    let times = (0..<1000).map { Int64(63_012_345 + $0 * 1000) }
    let spread = try #require(Distribution(times.shuffled()))
    #expect(abs(spread.median - times[499]) < 63_012_345 / 10_000)
    #expect(abs(spread.percentile99 - times[989]) < 63_012_345 / 10_000)
    #expect(spread.percentile99 <= spread.maximum && spread.firstQuartile >= spread.minimum)
  }

  @Test(arguments: [0, 1, 2, 3, Int64.max / 2])
  func `of one value is that value`(value: Int64) throws {
    let spread = try #require(Distribution([value]))
    #expect(spread.minimum == value && spread.median == value && spread.maximum == value)
  }

  @Test func `of nothing is none`() { #expect(Distribution([]) == nil) }
}

@Suite struct `A case` {
  @Test func `has the median of the ratios of its rounds, not the ratio of the medians`() throws {
    let result = CaseResult.made(baseline: [100, 200, 400], other: [200, 200, 200])
    // The medians are equal; in the rounds it was 2, 1 and a half.
    let ratios = try #require(result.ratios(of: "other", to: "base"))
    #expect(ratios.minimum == 500_000 && ratios.maximum == 2_000_000)
    #expect(abs(ratios.median - 1_000_000) <= 100)
    let skewed = CaseResult.made(baseline: [100, 10, 10], other: [100, 30, 20])
    #expect(abs(try #require(skewed.ratios(of: "other", to: "base")).median - 2_000_000) <= 200)
  }

  @Test func `leaves out rounds in which one of the two failed`() throws {
    let result = CaseResult.made(baseline: [100, nil, 100], other: [nil, 700, 300])
    let ratios = try #require(result.ratios(of: "other", to: "base"))
    #expect(ratios.minimum == 3_000_000 && ratios.maximum == 3_000_000)
    #expect(CaseResult.made(baseline: [nil], other: [1]).ratios(of: "other", to: "base") == nil)
    #expect(result.ratios(of: "nobody", to: "base") == nil)
  }

  @Test func `is noisy when its baseline varies by more than two`() {
    #expect(!CaseResult.made(baseline: [100, 200], other: [1, 1]).isNoisy)
    #expect(CaseResult.made(baseline: [100, 201], other: [1, 1]).isNoisy)
  }
}

@Suite struct `The tables` {
  @Test func `show a comparison with its spread, its threads, and what went wrong`() {
    var result = CaseResult.made(baseline: [100_000, 110_000, 120_000], other: [1_000_000, 1_100_000, 1_200_000])
    result.series[1].workers = [2, 2, 1]
    result.failures = ["round 2, other: stuck"]
    let text = BenchmarkResults.made([result]).markdown
    #expect(text.contains("| | median | quartiles | min to max | ratio to base | quartiles | min to max | threads |"))
    #expect(text.contains("| base | 110 us | 100 us to 120 us | 100 us to 120 us | 1 | | | |"))
    #expect(text.contains("| other | 1.10 ms | 1.00 ms to 1.20 ms |"))
    #expect(text.contains("| 10.00x | 10.00x to 10.00x | 10.00x to 10.00x | 2 (2 of 3), 1 (1 of 3) |"))
    #expect(text.contains("- **went wrong**: round 2, other: stuck"))
    #expect(!text.contains("Noisy"))
  }

  @Test func `show how many system calls were counted, and where they were not`() {
    var result = CaseResult.made(baseline: [1000], other: [1000])
    #expect(!BenchmarkResults.made([result]).markdown.contains("system calls"))
    result.series[0].systemCalls = 1_050_612
    let text = BenchmarkResults.made([result]).markdown
    #expect(text.contains("| ratio to base | quartiles | min to max | system calls |"))
    #expect(text.contains("| 1 | | | 1,050,612 |"))
    #expect(text.contains("| 1.00x to 1.00x | - |"))
    result.series[1].systemCalls = 999
    #expect(BenchmarkResults.made([result]).markdown.contains("| 1.00x to 1.00x | 999 |"))
  }

  @Test func `begin the slope anew with the smallest count`() {
    var result = CaseResult.made(baseline: [], other: [])
    result.presentation = .slope
    let medians: [(name: String, count: Int, nanoseconds: Int64)] = [
      ("one way, 10", 10, 5_000), ("one way, 20", 20, 4_900), ("one way, 30", 30, 4_000_000),
      ("another way, 10", 10, 2_000_000), ("another way, 20", 20, 1_900_000),
    ]
    result.series = medians.map { one in
      var series = SampleSeries(name: one.name, count: one.count)
      series.rounds = [one.nanoseconds]
      return series
    }
    let rows = BenchmarkResults.made([result]).markdown.split(separator: "\n").filter { $0.contains(" way, ") }
    let slopes = rows.map { $0.split(separator: "|").last?.trimmingPrefix(" ") ?? "" }
    #expect(slopes == ["", "-10 ns ", "200 us ", "", "-10.0 us "])
  }

  @Test func `say why a case was not run, and when one is noisy or a run is quick`() {
    var absent = CaseResult.made(baseline: [], other: [])
    absent.reasonNotRun = "too large"
    #expect(BenchmarkResults.made([absent]).markdown.contains("`made` was not run: too large."))
    var quick = BenchmarkResults.made([CaseResult.made(baseline: [1, 9], other: [1, 1])])
    quick.isQuick = true
    #expect(quick.markdown.contains("**Noisy:"))
    #expect(quick.markdown.contains("A quick run"))
  }

  @Test func `show percentiles of latencies and the slope of a count`() {
    var latency = CaseResult.made(baseline: [], other: [])
    latency.presentation = .latency
    latency.series = [SampleSeries(name: "idle")]
    latency.series[0].rounds = (1...100).map { Int64($0) * 1000 }
    #expect(BenchmarkResults.made([latency]).markdown.contains("| idle | 50.5 us | 99.0 us | 100 us | 100 |"))
    var slope = latency
    slope.presentation = .slope
    slope.series = [SampleSeries(name: "1 thread", count: 1), SampleSeries(name: "11 threads", count: 11)]
    slope.series[0].rounds = [2000]
    slope.series[1].rounds = [12_000]
    let text = BenchmarkResults.made([slope]).markdown
    #expect(text.contains("| 1 thread | 2.00 us |"))
    #expect(text.contains("| 12.0 us to 12.0 us | 1.00 us |"))
  }
}

@Suite struct `A file of results` {
  @Test func `keeps every sample, the holes too`() throws {
    let results = BenchmarkResults.made([CaseResult.made(baseline: [1, nil, 3], other: [4, 5, nil])])
    let data = try JSONEncoder().encode(results)
    #expect(try JSONDecoder().decode(BenchmarkResults.self, from: data) == results)
    #expect(String(decoding: data, as: UTF8.self).contains("[1,null,3]"))
  }
}

extension CaseResult {
  static func made(baseline: [Int64?], other: [Int64?]) -> CaseResult {
    var result = CaseResult(
      name: "made", title: "Made", presentation: .comparison, note: "", baseline: "base", rounds: baseline.count)
    result.series = [SampleSeries(name: "base"), SampleSeries(name: "other")]
    result.series[0].rounds = baseline
    result.series[1].rounds = other
    return result
  }
}

extension BenchmarkResults {
  static func made(_ cases: [CaseResult]) -> BenchmarkResults {
    let machine = MachineFacts(
      kernel: "6.18", processors: 2, processorModel: "Model", isVirtual: true, memoryBytes: 24 << 30,
      transparentHugePages: "madvise")
    var results = BenchmarkResults(
      revision: "abc", isQuick: false, machine: machine, loadBefore: "0.01 0.02 0.03", loadAfter: "1.00 0.50 0.10")
    results.cases = cases
    return results
  }
}
