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

  public var schema = currentSchema
  public var kernel: String
  public var killer: String
  public var scenario: String
  /// The first is 1.
  public var repetition: Int
  public var seed: UInt64
  public var state: State
  public var reason: String?
  /// `tcg` or `kvm`.
  public var accelerator: String
  /// What repeats this run alone.
  public var command: String
  /// Of the whole run, the boot included.
  public var wallSeconds: Double
  /// The host's load average over one minute before the run.
  public var hostLoad: Double
  /// When it began, in seconds since 1970.
  public var began: Int64
  public var guest: GuestDescription?
  public var exhaustion: ExhaustionResult?
  public var processes: [ProcessResult] = []
  public var signals: [SignalResult] = []
  public var hard: [HardResult] = []
  public var calm: CalmResult?
  public var checks: KernelChecks?
  /// What the killer said, and what the kernel said of its own killing: the last lines.
  public var log: [LogLine] = []

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
  public var memoryBytes: UInt64
  public var swapBytes: UInt64
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

  public var end: End
  public var lowMicroseconds: Int64?
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
  public var minimumAvailableBytes: Int64
  public var minimumSwapFreeBytes: Int64
  /// The latest that a tick of 10 ms came, and which part of it was late: fresh memory, or pages of a file.
  public var worstStallMicroseconds: Int64
  public var worstFreshMicroseconds: Int64
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

  public var name: String
  public var role: Role
  public var pid: Int32
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
  public var target: Int32
  public var targetName: String
  /// 0 for the kernel.
  public var sender: Int32
  public var senderName: String
}

/// A victim that is hard to kill, killed by one means.
public struct HardResult: Codable, Equatable, Sendable {
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
  public var beforeBytes: UInt64?
  /// From the start of the means until its signal; a command has to be loaded first.
  public var signalMicroseconds: Int64?
  /// From the start of the means until the memory was back; `nil` if it was not within the limit.
  public var backMicroseconds: Int64?
  /// From the start of the means until the process was dead; `nil` as above.
  public var exitMicroseconds: Int64?
  /// How long it was waited for.
  public var limitMicroseconds: Int64?
  /// What was not back at the end of the limit.
  public var leftBytes: UInt64?
  /// What the bytes were read from: `memory.current`, `RssAnon`, `MemAvailable`.
  public var evidence: String?
  public var mutex: Mutex?
  /// What the means said of it in one word or line.
  public var said: String?
}

/// What a killer costs while nothing happens.
public struct CalmResult: Codable, Equatable, Sendable {
  /// How much of the memory was available.
  public var availablePercent: Int
  public var seconds: Double
  public var residentBytes: UInt64
  public var proportionalBytes: UInt64
  public var lockedBytes: UInt64
  public var threads: Int
  /// Voluntary context switches.
  public var wakeUpsPerSecond: Double
  public var callsPerSecond: Double
  public var processorMicrosecondsPerSecond: Double
  /// Whether it lived to the end.
  public var isAlive: Bool
}

/// What a kernel can do, and which tests hold there.
public struct KernelChecks: Codable, Equatable, Sendable {
  /// One line of the doctor.
  public struct Check: Codable, Equatable, Sendable {
    public var name: String
    public var status: String
    public var detail: String?
  }

  /// A test that did not pass, or was not run.
  public struct Test: Codable, Equatable, Sendable {
    public var name: String
    /// `failed` or `skipped`.
    public var outcome: String
    public var reason: String?
  }

  /// The exit status of the doctor.
  public var doctorStatus: Int?
  public var checks: [Check] = []
  public var testsPassed: Int?
  public var testsFailed: Int?
  public var testsSkipped: Int?
  public var tests: [Test] = []

  public init() {}
}

/// A line that somebody printed.
public struct LogLine: Codable, Equatable, Sendable {
  /// `killer`, `kernel`, `guest`.
  public var source: String
  public var line: String

  public init(source: String, line: String) {
    self.source = source
    self.line = line
  }
}
