import ArgumentParser
import Scythe

/// `scythe doctor`
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Say what works on this machine, what Scythe uses instead, and what you can do.",
    discussion: """
      Kills victims of its own to find out. Takes a few seconds and at most a quarter of the available memory; \
      touches no other process and changes nothing.

      Exit codes: 0 killing and releasing works here; 1 it does not, or only in part; 64 wrong usage; 71 the self-test \
      could not be made; 130 interrupted.
      """)

  @Flag(help: "Report as JSON.")
  var json = false

  func run() throws {
    let interruptions = try InterruptionSignals.open()
    let machine = DoctorMachine()
    let tests = try DoctorSelfTests(cancellation: interruptions.descriptor.number).run()
    let diagnosis = Diagnosis(machine, tests)
    if FileDescriptor.isReadable(interruptions.descriptor.number) { throw DoctorSelfTests.interruption }
    if json {
      Output.line(try diagnosis.jsonLine())
    } else {
      for line in DoctorText.lines(diagnosis) { Output.line(line) }
    }
    let code = diagnosis.verdict.exit
    if code != Exit.allBack { throw code }
  }
}

/// All that was found; also as a program reads it.
struct Diagnosis: Encodable {
  struct Kernel: Encodable {
    let release, architecture: String
  }

  let kernel: Kernel
  let verdict: DoctorVerdict
  let selfTests: [DoctorSelfTest]
  let checks: [DoctorCheck]
  /// How many CPUs may be used.
  let processors = Machine.usableProcessors

  enum CodingKeys: CodingKey {
    case kernel, verdict, selfTests, checks
  }

  init(_ machine: DoctorMachine, _ selfTests: [DoctorSelfTest]) {
    kernel = Kernel(release: machine.release, architecture: machine.architecture)
    self.selfTests = selfTests
    checks =
      machine.releaseChecks + machine.safetyChecks + machine.killerChecks + machine.rightsChecks
      + machine.controlGroupChecks + machine.pressureChecks + machine.memoryChecks + machine.adviceChecks
    verdict = DoctorVerdict(selfTests, canRelease: machine.releaseCheck.state == .works)
  }
}

extension DoctorVerdict {
  /// What `scythe doctor` ends with.
  var exit: ExitCode {
    switch self {
    case .works: Exit.allBack
    case .partly, .fails: Exit.partly
    case .untested: Exit.system
    }
  }
}
