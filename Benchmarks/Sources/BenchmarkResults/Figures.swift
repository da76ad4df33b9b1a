/// One of the figures that the design wants held, or that a reader wants to know.
struct Figure {
  /// What is measured.
  let what: String
  /// What it shall be; empty where nothing was promised.
  let target: String
  /// What it is, and whether that meets the target; `nil` where there is none.
  let measured: String
  let isMet: Bool?
}

/// Why no figures can be made of results.
public struct FiguresMissing: Error, CustomStringConvertible {
  /// What is missing, and what to do.
  public let description: String
}

extension BenchmarkResults {
  /// The figures for the README, from a complete run.
  ///
  /// - Throws: `FiguresMissing` for a quick run, or one without a case that is needed.
  func figures() throws(FiguresMissing) -> [Figure] {
    if isQuick { throw FiguresMissing(description: "a quick run has too few rounds for figures; run 'make bench'") }
    var figures = [
      try atMost(
        1.2, "stuck-1g", "1 worker", "munmap", "stuck victim, 1 GiB, one thread, against `munmap` of the same"),
      try speedup(1.4, "stuck-1g", "2 workers", "1 worker", "the same, two threads against one"),
      try speedup(1.4, "stuck-4g", "2 workers", "1 worker", "the same for 4 GiB"),
      try unlimited("stuck-threads-256m", "1 worker", "munmap", "stuck victim, 256 MiB, 500 threads, against `munmap`"),
      try notSlower(
        "running-1g", "Scythe, memory back", "SIGKILL alone", "running victim, 1 GiB, against SIGKILL alone"),
      try notSlower("running-64m", "Scythe, memory back", "SIGKILL alone", "the same for 64 MiB"),
      try cheaper(
        5, "whole-cold-50k", "Scythe", "maps + call per VMA",
        "whole-process cold, 50,000 VMAs, CPU time against `maps` and a call for each; memory cold already"),
      try cheaper(
        5, "whole-cold-50k-used", "Scythe", "maps + call per VMA", "the same, memory just used"),
      try cheaper(
        nil, "whole-cold-50k-used", "Scythe", "maps + vectors of 1,024",
        "the same, against `maps` and a call for every 1,024"),
      try delivery(
        "decision", "real-time, busy", 1_000_000, "decision to signal, two spinners per CPU, real-time, p99"),
      try delivery("decision", "ordinary, busy", nil, "the same without the real-time class"),
    ]
    figures += try daemonDelivery() + scan()
    figures += [
      try perThread("robust-check", "2000 threads", "robust check, for each thread of the victim"),
      try start("scythed --kill", "`scythed --kill`, exec until the victim is dead, against `kill`"),
      try start("scythe kill", "`scythe kill`, the same"),
    ]
    return figures
  }

  private func found(_ name: String) throws(FiguresMissing) -> CaseResult {
    guard let result = result(of: name), result.reasonNotRun == nil else {
      throw FiguresMissing(description: "the results lack the case '\(name)'; run 'make bench' without --case")
    }
    return result
  }

  private func ratios(
    _ name: String, _ series: String, _ baseline: String
  ) throws(FiguresMissing) -> (ratios: Distribution, time: Int64, baselineTime: Int64, isNoisy: Bool) {
    let result = try found(name)
    guard let ratios = result.ratios(of: series, to: baseline), let time = result.series(series)?.distribution?.median,
      let baselineTime = result.series(baseline)?.distribution?.median
    else { throw FiguresMissing(description: "the case '\(name)' lacks '\(series)' or '\(baseline)'") }
    return (ratios, time, baselineTime, result.isNoisy)
  }

  private func atMost(
    _ limit: Double, _ name: String, _ series: String, _ baseline: String, _ what: String
  ) throws(FiguresMissing) -> Figure {
    let (ratios, time, baselineTime, isNoisy) = try ratios(name, series, baseline)
    return Figure(
      what: what, target: "at most \(Quantity.ratio(Int64(limit * Distribution.ratioScale)))",
      measured: words(ratios, time, baselineTime, isNoisy),
      isMet: Double(ratios.median) <= limit * Distribution.ratioScale)
  }

  private func unlimited(
    _ name: String, _ series: String, _ baseline: String, _ what: String
  ) throws(FiguresMissing) -> Figure {
    let (ratios, time, baselineTime, isNoisy) = try ratios(name, series, baseline)
    return Figure(what: what, target: "", measured: words(ratios, time, baselineTime, isNoisy), isMet: nil)
  }

  private func speedup(
    _ limit: Double, _ name: String, _ series: String, _ baseline: String, _ what: String
  ) throws(FiguresMissing) -> Figure {
    // How much faster it is, is how much longer the baseline takes.
    let (ratios, baselineTime, time, isNoisy) = try ratios(name, baseline, series)
    return Figure(
      what: what, target: "at least \(Quantity.ratio(Int64(limit * Distribution.ratioScale))) as fast",
      measured: words(ratios, time, baselineTime, isNoisy),
      isMet: Double(ratios.median) >= limit * Distribution.ratioScale)
  }

  /// How much less CPU time something takes is how much longer the baseline does.
  private func cheaper(
    _ limit: Double?, _ name: String, _ series: String, _ baseline: String, countsCalls: Bool = true, _ what: String
  ) throws(FiguresMissing) -> Figure {
    let (ratios, baselineTime, time, isNoisy) = try ratios(name, baseline, series)
    let target = limit.map { "at least \(Quantity.ratio(Int64($0 * Distribution.ratioScale))) less" } ?? ""
    let isMet = limit.map { Double(ratios.median) >= $0 * Distribution.ratioScale }
    let measured = words(ratios, time, baselineTime, isNoisy)
    guard countsCalls else { return Figure(what: what, target: target, measured: measured, isMet: isMet) }
    guard let calls = result(of: name)?.series(series)?.systemCalls,
      let baselineCalls = result(of: name)?.series(baseline)?.systemCalls
    else { throw FiguresMissing(description: "the case '\(name)' lacks a count of system calls") }
    return Figure(
      what: what, target: target,
      measured: measured + "; \(Quantity.number(calls)) system calls against \(Quantity.number(baselineCalls))",
      isMet: isMet)
  }

  /// The noise is how far the baseline's own upper quartile is above its median. The spread of the ratios would not do: a
  /// wide one, in which some rounds are much faster, would excuse any median.
  private func notSlower(
    _ name: String, _ series: String, _ baseline: String, _ what: String
  ) throws(FiguresMissing) -> Figure {
    let (ratios, time, baselineTime, isNoisy) = try ratios(name, series, baseline)
    let upperQuartile = try found(name).series(baseline)?.distribution?.thirdQuartile ?? baselineTime
    return Figure(
      what: what, target: "not slower beyond noise",
      measured: words(ratios, time, baselineTime, isNoisy),
      isMet: Double(ratios.median) * Double(baselineTime) <= Double(upperQuartile) * Distribution.ratioScale)
  }

  private func delivery(
    _ name: String, _ series: String, _ limit: Int64?, _ what: String
  ) throws(FiguresMissing) -> Figure {
    guard let spread = try found(name).series(series)?.distribution else {
      throw FiguresMissing(description: "the case '\(name)' lacks '\(series)'")
    }
    return Figure(
      what: what, target: limit.map { "at most \(Quantity.time($0))" } ?? "",
      measured: "\(Quantity.time(spread.percentile99)) (median \(Quantity.time(spread.median)))",
      isMet: limit.map { spread.percentile99 <= $0 })
  }

  /// Not every machine has the memory groups that the case needs, and older results know nothing of it.
  private func daemonDelivery() throws(FiguresMissing) -> [Figure] {
    guard let result = result(of: "daemon-signal"), result.reasonNotRun == nil else { return [] }
    return [
      try delivery(
        result.name, "real-time, busy", 1_000_000,
        "the daemon: decision to SIGKILL, 1,000 processes, two spinners per CPU, real-time, p99"),
      try delivery(result.name, "ordinary, busy", nil, "the same without the real-time class"),
    ]
  }

  /// Not every machine has room for so many processes, and older results know nothing of it.
  private func scan() throws(FiguresMissing) -> [Figure] {
    guard let result = result(of: "scan"), result.reasonNotRun == nil else { return [] }
    return [
      try cheaper(
        5, result.name, "Scythe", "earlyoom", countsCalls: false,
        "the daemon: a look at 10,000 processes and who would die, CPU time against a scan of earlyoom's"),
      try cheaper(
        nil, result.name, "Scythe, with the list", "earlyoom", countsCalls: false,
        "the same with the list of all processes, once a second"),
    ]
  }

  private func perThread(_ name: String, _ series: String, _ what: String) throws(FiguresMissing) -> Figure {
    guard let slope = try found(name).slope(to: series) else {
      throw FiguresMissing(description: "the case '\(name)' lacks '\(series)'")
    }
    return Figure(what: what, target: "", measured: Quantity.time(slope), isMet: nil)
  }

  private func start(_ series: String, _ what: String) throws(FiguresMissing) -> Figure {
    let warm = try ratios("start-warm", series, "kill")
    let cold = result(of: "start-cold")?.ratios(of: series, to: "kill")
    let coldTime = result(of: "start-cold")?.series(series)?.distribution?.median
    var measured = words(warm.ratios, warm.time, warm.baselineTime, warm.isNoisy)
    if let cold, let coldTime {
      measured += "; with dropped caches \(Quantity.ratio(cold.median)): \(Quantity.time(coldTime))"
    }
    return Figure(what: what, target: "", measured: measured, isMet: nil)
  }

  private func words(_ ratios: Distribution, _ time: Int64, _ baselineTime: Int64, _ isNoisy: Bool) -> String {
    let range = "\(Quantity.ratio(ratios.firstQuartile)) to \(Quantity.ratio(ratios.thirdQuartile))"
    return "\(Quantity.ratio(ratios.median)) (\(range)): \(Quantity.time(time)) against \(Quantity.time(baselineTime))"
      + (isNoisy ? ", noisy" : "")
  }
}
