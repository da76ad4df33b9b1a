/// What one run of the benchmarks measured. Times are nanoseconds: of the monotonic clock, or of CPU time where the title
/// says so.
public struct BenchmarkResults: Codable, Equatable, Sendable {
  /// The layout of this file.
  public static let currentFormat = 1

  /// The layout that it was written in.
  public var format = BenchmarkResults.currentFormat
  /// The commit that was measured, as `git describe --always --dirty` names it.
  public var revision: String
  /// Whether the run was a short one, whose numbers are no figures.
  public var isQuick: Bool
  /// Where it ran.
  public var machine: MachineFacts
  /// The load averages when it began.
  public var loadBefore: String
  /// The load averages when it ended; high ones are the benchmarks' own spinners.
  public var loadAfter: String
  /// What was measured, in order.
  public var cases: [CaseResult] = []

  /// Makes results without cases.
  public init(revision: String, isQuick: Bool, machine: MachineFacts, loadBefore: String, loadAfter: String = "") {
    self.revision = revision
    self.isQuick = isQuick
    self.machine = machine
    self.loadBefore = loadBefore
    self.loadAfter = loadAfter
  }

  /// The case of a name.
  public func result(of name: String) -> CaseResult? { cases.first { $0.name == name } }
}

/// The machine that a run was made on.
public struct MachineFacts: Codable, Equatable, Sendable {
  /// The kernel's release.
  public var kernel: String
  /// The CPUs that could be used.
  public var processors: Int
  /// What kind they are.
  public var processorModel: String
  /// Whether it is a virtual machine.
  public var isVirtual: Bool
  /// All memory, in bytes.
  public var memoryBytes: UInt64
  /// The mode of transparent huge pages.
  public var transparentHugePages: String

  /// Makes the facts.
  public init(
    kernel: String, processors: Int, processorModel: String, isVirtual: Bool, memoryBytes: UInt64,
    transparentHugePages: String
  ) {
    self.kernel = kernel
    self.processors = processors
    self.processorModel = processorModel
    self.isVirtual = isVirtual
    self.memoryBytes = memoryBytes
    self.transparentHugePages = transparentHugePages
  }
}

/// What kind of question a case answers, and so how its table looks.
public enum Presentation: String, Codable, Sendable {
  /// Variants beside a baseline, one sample of each in a round.
  case comparison
  /// Many samples of each variant: percentiles.
  case latency
  /// What one more of something costs.
  case slope
}

/// The measurements of one case.
public struct CaseResult: Codable, Equatable, Sendable {
  /// What it is asked for by.
  public var name: String
  /// What it is.
  public var title: String
  /// How the table looks.
  public var presentation: Presentation
  /// What the reader has to know.
  public var note: String
  /// The series that others are compared with, if any is.
  public var baseline: String?
  /// How many rounds were counted.
  public var rounds: Int
  /// The series, in the order of the table.
  public var series: [SampleSeries] = []
  /// Why nothing was measured, if nothing was.
  public var reasonNotRun: String?
  /// Samples that could not be taken, or were not what they should be: errors of the run.
  public var failures: [String] = []

  /// Makes a case without series.
  public init(name: String, title: String, presentation: Presentation, note: String, baseline: String?, rounds: Int) {
    self.name = name
    self.title = title
    self.presentation = presentation
    self.note = note
    self.baseline = baseline
    self.rounds = rounds
  }

  /// The series of a name.
  public func series(_ name: String) -> SampleSeries? { series.first { $0.name == name } }

  /// The ratios of two series, round by round; rounds in which either failed are left out.
  ///
  /// - Returns: `nil` if there is no round with both.
  public func ratios(of name: String, to baseline: String) -> Distribution? {
    guard let numerators = series(name)?.rounds, let denominators = series(baseline)?.rounds else { return nil }
    var parts: [Int64] = []
    for case (let numerator?, let denominator?) in zip(numerators, denominators) where denominator > 0 {
      parts.append(Int64((Double(numerator) / Double(denominator) * Distribution.ratioScale).rounded()))
    }
    return Distribution(parts)
  }

  /// Whether the baseline itself was so far from steady that its ratios say little.
  public var isNoisy: Bool {
    guard presentation == .comparison, let baseline, let spread = series(baseline)?.distribution else { return false }
    return Double(spread.maximum) > 2 * Double(spread.minimum)
  }
}

/// The samples of one variant.
public struct SampleSeries: Codable, Equatable, Sendable {
  /// What the variant is.
  public var name: String
  /// For `slope`: how many there were of what is counted.
  public var count: Int?
  /// For comparisons: the time of each round, `nil` where it failed. For `latency`: all samples.
  public var rounds: [Int64?] = []
  /// How many threads took part in each round's release, where that is the question.
  public var workers: [Int] = []
  /// How many system calls it takes, where they were counted: once, before the rounds.
  public var systemCalls: Int?

  /// Makes a series without samples.
  public init(name: String, count: Int? = nil, systemCalls: Int? = nil) {
    self.name = name
    self.count = count
    self.systemCalls = systemCalls
  }

  /// The samples that there are.
  public var samples: [Int64] { rounds.compactMap { $0 } }

  /// How they are spread; `nil` without any.
  public var distribution: Distribution? { Distribution(samples) }
}
