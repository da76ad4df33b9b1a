package import BenchmarkResults

/// What one run of one scenario brought: a kernel, a killer, and what happened.
package struct RunResult: Codable, Equatable, Sendable {
  /// How it ended.
  package enum State: String, Codable, Sendable {
    /// The guest ran the scenario to its end.
    case done
    /// It did not; `reason` says why.
    case failed
    /// The killer was not built.
    case notBuilt = "not-built"
    /// The scenario makes no sense with this killer or on this kernel; `reason` says why.
    case notApplicable = "not-applicable"
  }

  /// The layout of this type; another number is not read.
  package static let currentSchema = 1

  /// The layout that it was written in.
  package var schema = currentSchema
  /// As the catalogue calls it.
  package var kernel: String
  /// As the catalogue calls it.
  package var killer: String
  /// As the catalogue calls it.
  package var scenario: String
  /// The first is 1; everything that was random in it began from this number.
  package var repetition: Int
  /// How it ended.
  package var state: State
  /// Why it did not end well; `nil` where nothing needs to be said.
  package var reason: String?
  /// `tcg` or `kvm`.
  package var accelerator: String
  /// Where the emulator ran; times of different machines are never compared.
  package var host: MachineFacts?
  /// What the killer's package or commit calls itself; `nil` for the kernel.
  package var killerVersion: String?
  /// What repeats this run alone.
  package var command: String
  /// Of the whole run, the boot included.
  package var wallSeconds: Double
  /// The host's load average over one minute before the run.
  package var hostLoad: Double
  /// When it began, in seconds since 1970.
  package var began: Int64
  /// The machine that it ran in; `nil` if that never said so.
  package var guest: GuestDescription?
  /// What happened, where memory ran out or seemed to.
  package var exhaustion: ExhaustionResult?
  /// The processes of the scenario.
  package var processes: [ProcessResult] = []
  /// The signals that ended a process, in their order.
  package var signals: [SignalResult] = []
  /// Victims that are hard to kill, each by each means.
  package var hard: [HardResult] = []
  /// What the killer cost, where nothing happened.
  package var calm: CalmResult?
  /// What the kernel can do, where that was asked.
  package var checks: KernelChecks?
  /// What was looked at of the daemon as a service, in its order; `nil` where that was not asked.
  package var service: [ServiceCheck]?
  /// How long the extended call took beside the stock ones, where that was measured.
  package var speed: [SpeedResult]?
  /// What the killer said, and what the kernel said of its own killing: the last lines.
  package var log: [LogLine] = []

  /// Makes a result of which only the head is known.
  package init(
    kernel: String, killer: String, scenario: String, repetition: Int, state: State, reason: String?,
    accelerator: String, command: String, wallSeconds: Double, hostLoad: Double, began: Int64
  ) {
    self.kernel = kernel
    self.killer = killer
    self.scenario = scenario
    self.repetition = repetition
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
package struct GuestDescription: Codable, Equatable, Sendable {
  /// `uname -r`.
  package var release: String
  /// All memory.
  package var memoryBytes: UInt64
  /// All swap, of any kind.
  package var swapBytes: UInt64
  /// The CPUs that it had.
  package var processors: Int
}

/// Memory ran out, or was about to. Times are microseconds since the pressure began; what did not happen is `nil`.
package struct ExhaustionResult: Codable, Equatable, Sendable {
  /// What made the low moment.
  package enum LowCause: String, Codable, Sendable {
    /// PSI full was at 30 % for 100 ms.
    case pressure
    /// Headroom fell under the floor.
    case headroom
  }

  /// How it ended.
  package enum End: String, Codable, Sendable {
    /// Memory was back, and stayed.
    case back
    /// Who made the pressure stopped by itself: nobody needed to die.
    case calm
    /// The time ran out.
    case timeLimit = "time-limit"
  }

  /// How it ended.
  package var end: End
  /// When memory was low.
  package var lowMicroseconds: Int64?
  /// What said so.
  package var lowCause: LowCause?
  /// The killer's first word about it.
  package var decisionMicroseconds: Int64?
  /// The first signal of the killer, or the kernel's own first choice of a victim.
  package var signalMicroseconds: Int64?
  /// What could still be handed out then.
  package var signalHeadroomBytes: Int64?
  /// The first death of a process that was killed.
  package var deathMicroseconds: Int64?
  /// Headroom was back over twice the floor, and stayed so for half a second; counted from its beginning.
  package var backMicroseconds: Int64?
  /// The lowest headroom that was seen.
  package var minimumHeadroomBytes: Int64
  /// The lowest MemAvailable that was seen.
  package var minimumAvailableBytes: Int64
  /// The lowest SwapFree that was seen.
  package var minimumSwapFreeBytes: Int64
  /// The latest that a tick of 10 ms came, and which part of it was late: fresh memory, or pages of a file.
  package var worstStallMicroseconds: Int64
  /// The part of fresh memory in the worst.
  package var worstFreshMicroseconds: Int64
  /// The part of a file's pages in the worst.
  package var worstFileMicroseconds: Int64
  /// All that ticks came late by more than 50 ms each.
  package var stallSumMicroseconds: Int64
  /// The worst of the two seconds before.
  package var calmStallMicroseconds: Int64
  /// Processes that had to live and died.
  package var falseKills: Int
  /// Victims that the kernel chose by itself, outside of any container of the scenario.
  package var kernelKills: Int
  /// Whether the kernel chose before the killer signalled.
  package var kernelCameFirst: Bool
  /// The longest that the instrument itself did not run: over 100 ms its times are not to be used.
  package var instrumentGapMicroseconds: Int64

  /// The longest that the instrument may not have run itself: its times mean nothing above.
  static let starvationMicroseconds: Int64 = 100_000

  /// Whether it was starved.
  package var isStarved: Bool { instrumentGapMicroseconds > Self.starvationMicroseconds }
}

/// A process of a scenario.
package struct ProcessResult: Codable, Equatable, Sendable {
  /// What it was there for.
  package enum Role: String, Codable, Sendable {
    /// Makes the pressure.
    case cause
    /// Must live.
    case bystander
    /// Measures what a person would feel; must live too.
    case probe
    case killer
  }

  /// What it is called.
  package var name: String
  /// What it was there for.
  package var role: Role
  /// Its number in the guest.
  package var pid: Int32
  /// Its `oom_score_adj`.
  package var scoreAdjustment: Int
  /// What it was to have, or how much it had at the last look.
  package var bytes: UInt64
  /// When it died, in microseconds since the pressure began; `nil` if it lived.
  package var diedMicroseconds: Int64?
  /// `SIGKILL`, `SIGTERM`, or `exit 3`.
  package var by: String?

  /// Whether somebody ended it, and not a fault of its own.
  package var wasKilled: Bool { diedMicroseconds != nil && (by == "SIGKILL" || by == "SIGTERM") }
}

/// A signal that ends a process, as the kernel's own trace saw it.
package struct SignalResult: Codable, Equatable, Sendable {
  /// Microseconds since the pressure began.
  package var microseconds: Int64
  /// `SIGKILL`, `SIGTERM`; `OOM` for a victim that the kernel chose.
  package var signal: String
  /// Who was to end.
  package var target: Int32
  /// What that is called.
  package var targetName: String
  /// 0 for the kernel.
  package var sender: Int32
  /// What that is called.
  package var senderName: String
}

/// A victim that is hard to kill, killed by one means.
package struct HardResult: Codable, Equatable, Sendable {
  /// Whether the next one got it, or waits for ever.
  package enum Mutex: String, Codable, Sendable {
    case recovered, lost, unknown
  }

  /// The kind: `frozen-v1`, `threads`.
  package var victim: String
  /// What that is, for a table.
  package var title: String
  /// `SIGKILL`, `SIGKILL and process_mrelease`, `scythe kill`, `scythed --kill`.
  package var means: String
  /// Why there is no result: this kernel cannot make the victim, or the means does not exist here.
  package var unavailable: String?
  /// What it had before the signal.
  package var beforeBytes: UInt64?
  /// From the start of the means until its signal; a command has to be loaded first.
  package var signalMicroseconds: Int64?
  /// From the start of the means until the memory was back; `nil` if it was not within the limit.
  package var backMicroseconds: Int64?
  /// From the start of the means until the process was dead; `nil` as above.
  package var exitMicroseconds: Int64?
  /// How long it was waited for.
  package var limitMicroseconds: Int64?
  /// What was not back at the end of the limit.
  package var leftBytes: UInt64?
  /// What the bytes were read from: `memory.current`, `RssAnon`, `MemAvailable`.
  package var evidence: String?
  /// What became of the mutex that it held, if it held one.
  package var mutex: Mutex?
  /// What the means said of it in one word or line.
  package var said: String?
}

/// What a killer costs while nothing happens.
package struct CalmResult: Codable, Equatable, Sendable {
  /// How much of the memory was available.
  package var availablePercent: Int
  /// How long was measured.
  package var seconds: Double
  /// RSS.
  package var residentBytes: UInt64
  /// PSS.
  package var proportionalBytes: UInt64
  /// What is locked into memory.
  package var lockedBytes: UInt64
  /// Its threads.
  package var threads: Int
  /// Voluntary context switches.
  package var wakeUpsPerSecond: Double
  /// System calls; `nil` where they cannot be counted.
  package var callsPerSecond: Double?
  /// CPU time.
  package var processorMicrosecondsPerSecond: Double
  /// Whether it lived to the end.
  package var isAlive: Bool
}

/// What a kernel can do, and which tests hold there.
package struct KernelChecks: Codable, Equatable, Sendable {
  /// One check of the doctor, as `scythe doctor --json` has it.
  package struct Check: Codable, Equatable, Sendable {
    /// What it is about: `release`, `advice`; `self-test` for victims that the doctor killed.
    package var area: String
    /// What it is called.
    package var name: String
    /// `works`, `partly`, `missing`, `unknown`; `info` for what is neither good nor bad.
    package var state: String
    /// What the doctor says of it.
    package var found: String
    /// What is used instead of it.
    package var instead: String?
    /// What would help.
    package var remedy: String?

    /// Makes one.
    package init(
      area: String, name: String, state: String, found: String, instead: String? = nil, remedy: String? = nil
    ) {
      self.area = area
      self.name = name
      self.state = state
      self.found = found
      self.instead = instead
      self.remedy = remedy
    }
  }

  /// A test that did not pass, or was not run.
  package struct Test: Codable, Equatable, Sendable {
    /// What it is called.
    package var name: String
    /// `failed` or `skipped`.
    package var outcome: String
    /// Why it did not end well; `nil` where nothing needs to be said.
    package var reason: String?

    /// Makes one.
    package init(name: String, outcome: String, reason: String? = nil) {
      self.name = name
      self.outcome = outcome
      self.reason = reason
    }
  }

  /// The exit status of the doctor.
  package var doctorStatus: Int?
  /// What the kernel can do, where that was asked.
  package var checks: [Check] = []
  /// Tests of the calls that passed.
  package var testsPassed: Int?
  /// Those that failed.
  package var testsFailed: Int?
  /// Those that were not run.
  package var testsSkipped: Int?
  /// The tests that did not pass.
  package var tests: [Test] = []

  /// Nothing is known yet.
  package init() {}
}

/// A sample: something that was done once in one of several ways.
package struct SpeedResult: Codable, Equatable, Sendable {
  /// What was done, and by which clock it was timed.
  package var measure: String
  /// How.
  package var way: String
  /// Whether a stock kernel has this way.
  package var isStock: Bool
  /// Samples of one round were taken directly after each other: their ratios are worth more than their times.
  package var round: Int
  /// How long it took.
  package var nanoseconds: Int64
  /// System calls that it took; `nil` where they were not counted.
  package var systemCalls: Int?
  /// What it left of what it was to take away; `nil` where it takes nothing away.
  package var leftBytes: UInt64?

  /// Makes one.
  package init(
    measure: String, way: String, isStock: Bool, round: Int, nanoseconds: Int64, systemCalls: Int? = nil,
    leftBytes: UInt64? = nil
  ) {
    self.measure = measure
    self.way = way
    self.isStock = isStock
    self.round = round
    self.nanoseconds = nanoseconds
    self.systemCalls = systemCalls
    self.leftBytes = leftBytes
  }
}

/// A line that somebody printed.
package struct LogLine: Codable, Equatable, Sendable {
  /// `killer`, `kernel`, `guest`.
  package var source: String
  /// What it says.
  package var line: String

  /// A line of somebody.
  package init(source: String, line: String) {
    self.source = source
    self.line = line
  }
}
