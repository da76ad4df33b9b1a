public import BenchmarkResults

/// What one run of one scenario brought: a kernel, a killer, and what happened.
public struct RunResult: Codable, Equatable, Sendable {
  /// How it ended.
  public enum State: String, Codable, Sendable {
    /// The guest ran the scenario to its end.
    case done
    /// It did not; `reason` says why.
    case failed
    /// The killer does not exist yet, or was not built.
    case notBuilt = "not-built"
    /// The scenario makes no sense with this killer or on this kernel; `reason` says why.
    case notApplicable = "not-applicable"
  }

  /// The layout of this type; another number is not read.
  public static let currentSchema = 1

  /// The layout that it was written in.
  public var schema = currentSchema
  /// As the catalogue calls it.
  public var kernel: String
  /// As the catalogue calls it.
  public var killer: String
  /// As the catalogue calls it.
  public var scenario: String
  /// The first is 1.
  public var repetition: Int
  /// What everything that was random in it began from.
  public var seed: UInt64
  /// How it ended.
  public var state: State
  /// Why it did not end well; `nil` where nothing needs to be said.
  public var reason: String?
  /// `tcg` or `kvm`.
  public var accelerator: String
  /// Where the emulator ran; times of different machines are never compared.
  public var host: MachineFacts?
  /// What the killer's package or commit calls itself; `nil` for the kernel.
  public var killerVersion: String?
  /// What repeats this run alone.
  public var command: String
  /// Of the whole run, the boot included.
  public var wallSeconds: Double
  /// The host's load average over one minute before the run.
  public var hostLoad: Double
  /// When it began, in seconds since 1970.
  public var began: Int64
  /// The machine that it ran in; `nil` if that never said so.
  public var guest: GuestDescription?
  /// What happened, where memory ran out or seemed to.
  public var exhaustion: ExhaustionResult?
  /// The processes of the scenario.
  public var processes: [ProcessResult] = []
  /// The signals that ended a process, in their order.
  public var signals: [SignalResult] = []
  /// Victims that are hard to kill, each by each means.
  public var hard: [HardResult] = []
  /// What the killer cost, where nothing happened.
  public var calm: CalmResult?
  /// What the kernel can do, where that was asked.
  public var checks: KernelChecks?
  /// What the killer said, and what the kernel said of its own killing: the last lines.
  public var log: [LogLine] = []

  /// Makes a result of which only the head is known.
  public init(
    kernel: String, killer: String, scenario: String, repetition: Int, seed: UInt64, state: State, reason: String?,
    accelerator: String, command: String, wallSeconds: Double, hostLoad: Double, began: Int64
  ) {
    self.kernel = kernel
    self.killer = killer
    self.scenario = scenario
    self.repetition = repetition
    self.seed = seed
    self.state = state
    self.reason = reason
    self.accelerator = accelerator
    self.command = command
    self.wallSeconds = wallSeconds
    self.hostLoad = hostLoad
    self.began = began
  }
}

/// The machine as the guest saw it.
public struct GuestDescription: Codable, Equatable, Sendable {
  /// `uname -r`.
  public var release: String
  /// All memory.
  public var memoryBytes: UInt64
  /// All swap, of any kind.
  public var swapBytes: UInt64
  /// The CPUs that it had.
  public var processors: Int
}

/// Memory ran out, or was about to. Times are microseconds since the pressure began; what did not happen is `nil`.
public struct ExhaustionResult: Codable, Equatable, Sendable {
  /// What made the low moment.
  public enum LowCause: String, Codable, Sendable {
    /// PSI full was at 30 % for 100 ms.
    case pressure
    /// Headroom fell under the floor.
    case headroom
  }

  /// How it ended.
  public enum End: String, Codable, Sendable {
    /// Memory was back, and stayed.
    case back
    /// Who made the pressure stopped by itself: nobody needed to die.
    case calm
    /// The time ran out.
    case timeLimit = "time-limit"
  }

  /// How it ended.
  public var end: End
  /// When memory was low.
  public var lowMicroseconds: Int64?
  /// What said so.
  public var lowCause: LowCause?
  /// The killer's first word about it.
  public var decisionMicroseconds: Int64?
  /// The first signal of the killer, or the kernel's own first choice of a victim.
  public var signalMicroseconds: Int64?
  /// What could still be handed out then.
  public var signalHeadroomBytes: Int64?
  /// The first death of a process that was killed.
  public var deathMicroseconds: Int64?
  /// Headroom was back over twice the floor, and stayed so for half a second; counted from its beginning.
  public var backMicroseconds: Int64?
  /// The lowest headroom that was seen.
  public var minimumHeadroomBytes: Int64
  /// The lowest MemAvailable that was seen.
  public var minimumAvailableBytes: Int64
  /// The lowest SwapFree that was seen.
  public var minimumSwapFreeBytes: Int64
  /// The latest that a tick of 10 ms came, and which part of it was late: fresh memory, or pages of a file.
  public var worstStallMicroseconds: Int64
  /// The part of fresh memory in the worst.
  public var worstFreshMicroseconds: Int64
  /// The part of a file's pages in the worst.
  public var worstFileMicroseconds: Int64
  /// All that ticks came late by more than 50 ms each.
  public var stallSumMicroseconds: Int64
  /// The worst of the two seconds before.
  public var calmStallMicroseconds: Int64
  /// Processes that had to live and died.
  public var falseKills: Int
  /// Victims that the kernel chose by itself, outside of any container of the scenario.
  public var kernelKills: Int
  /// Whether the kernel chose before the killer signalled.
  public var kernelCameFirst: Bool
  /// The longest that the instrument itself did not run: over 100 ms its times are not to be used.
  public var instrumentGapMicroseconds: Int64
}

/// A process of a scenario.
public struct ProcessResult: Codable, Equatable, Sendable {
  /// What it was there for.
  public enum Role: String, Codable, Sendable {
    /// Makes the pressure.
    case cause
    /// Must live.
    case bystander
    /// Measures what a person would feel; must live too.
    case probe
    case killer
  }

  /// What it is called.
  public var name: String
  /// What it was there for.
  public var role: Role
  /// Its number in the guest.
  public var pid: Int32
  /// Its `oom_score_adj`.
  public var scoreAdjustment: Int
  /// What it was to have, or how much it had at the last look.
  public var bytes: UInt64
  /// When it died, in microseconds since the pressure began; `nil` if it lived.
  public var diedMicroseconds: Int64?
  /// `SIGKILL`, `SIGTERM`, or `exit 3`.
  public var by: String?
}

/// A signal that ends a process, as the kernel's own trace saw it.
public struct SignalResult: Codable, Equatable, Sendable {
  /// Microseconds since the pressure began.
  public var microseconds: Int64
  /// `SIGKILL`, `SIGTERM`; `OOM` for a victim that the kernel chose.
  public var signal: String
  /// Who was to end.
  public var target: Int32
  /// What that is called.
  public var targetName: String
  /// 0 for the kernel.
  public var sender: Int32
  /// What that is called.
  public var senderName: String
}

/// A victim that is hard to kill, killed by one means.
public struct HardResult: Codable, Equatable, Sendable {
  /// Whether the next one got it, or waits for ever.
  public enum Mutex: String, Codable, Sendable {
    case recovered, lost, unknown
  }

  /// The kind: `frozen-v1`, `threads`.
  public var victim: String
  /// What that is, for a table.
  public var title: String
  /// `SIGKILL`, `SIGKILL and process_mrelease`, `scythe kill`, `scythed --kill`.
  public var means: String
  /// Why there is no result: this kernel cannot make the victim, or the means does not exist here.
  public var unavailable: String?
  /// What it had before the signal.
  public var beforeBytes: UInt64?
  /// From the signal until the memory was back; `nil` if it was not within the limit.
  public var backMicroseconds: Int64?
  /// From the signal until the process was dead; `nil` as above.
  public var exitMicroseconds: Int64?
  /// How long it was waited for.
  public var limitMicroseconds: Int64?
  /// What was not back at the end of the limit.
  public var leftBytes: UInt64?
  /// What the bytes were read from: `memory.current`, `RssAnon`, `MemAvailable`.
  public var evidence: String?
  /// What became of the mutex that it held, if it held one.
  public var mutex: Mutex?
  /// What the means said of it in one word or line.
  public var said: String?
}

/// What a killer costs while nothing happens.
public struct CalmResult: Codable, Equatable, Sendable {
  /// How much of the memory was available.
  public var availablePercent: Int
  /// How long was measured.
  public var seconds: Double
  /// RSS.
  public var residentBytes: UInt64
  /// PSS.
  public var proportionalBytes: UInt64
  /// What is locked into memory.
  public var lockedBytes: UInt64
  /// Its threads.
  public var threads: Int
  /// Voluntary context switches.
  public var wakeUpsPerSecond: Double
  /// System calls.
  public var callsPerSecond: Double
  /// CPU time.
  public var processorMicrosecondsPerSecond: Double
  /// Whether it lived to the end.
  public var isAlive: Bool
}

/// What a kernel can do, and which tests hold there.
public struct KernelChecks: Codable, Equatable, Sendable {
  /// One check of the doctor, as `scythe doctor --json` has it.
  public struct Check: Codable, Equatable, Sendable {
    /// What it is about: `release`, `advice`.
    public var area: String
    /// What it is called.
    public var name: String
    /// `works`, `partly`, `missing`, `unknown`; `info` for what is neither good nor bad.
    public var state: String
    /// What the doctor says of it.
    public var found: String
    /// What is used instead of it.
    public var instead: String?
    /// What would help.
    public var remedy: String?
  }

  /// A test that did not pass, or was not run.
  public struct Test: Codable, Equatable, Sendable {
    /// What it is called.
    public var name: String
    /// `failed` or `skipped`.
    public var outcome: String
    /// Why it did not end well; `nil` where nothing needs to be said.
    public var reason: String?
  }

  /// The exit status of the doctor.
  public var doctorStatus: Int?
  /// What the kernel can do, where that was asked.
  public var checks: [Check] = []
  /// Tests of the calls that passed.
  public var testsPassed: Int?
  /// Those that failed.
  public var testsFailed: Int?
  /// Those that were not run.
  public var testsSkipped: Int?
  /// The tests that did not pass.
  public var tests: [Test] = []

  /// Nothing is known yet.
  public init() {}
}

/// A line that somebody printed.
public struct LogLine: Codable, Equatable, Sendable {
  /// `killer`, `kernel`, `guest`.
  public var source: String
  /// What it says.
  public var line: String

  /// A line of somebody.
  public init(source: String, line: String) {
    self.source = source
    self.line = line
  }
}
