import Glibc
import Scythe
import ScytheVictims

/// Makes victims of its own, kills them as `scythe kill` does, and looks at what came of it.
struct DoctorSelfTests {
  private static let releaseName = "stuck victim"
  private static let mutexName = "robust mutex"
  /// The victims are at most this large; a release of it takes a few milliseconds.
  private static let mostBytes: UInt64 = 64 << 20
  private static let leastBytes: UInt64 = 4 << 20

  private let program: String?
  private let available: UInt64?
  private let cancellation: CInt

  /// - Parameter cancellation: a descriptor that is readable once the user wants to leave.
  init(cancellation: CInt) {
    program = VictimProcess.findProgram()
    available = try? Procfs().takeableBytes()
    self.cancellation = cancellation
  }

  /// Makes all of them.
  ///
  /// - Throws: `Failure` if the user wants to leave.
  func run() throws -> [DoctorSelfTest] {
    // Ctrl-C in a terminal ends the starter of a victim too, which may just be about to be told something.
    let previous = signal(SIGPIPE, SIG_IGN)
    defer { _ = signal(SIGPIPE, previous) }
    let release = try releaseTest()
    return [release, try mutexTest()]
  }

  // MARK: A stuck victim is released

  private func releaseTest() throws -> DoctorSelfTest {
    let name = DoctorSelfTests.releaseName
    guard let bytes = victimBytes(DoctorSelfTests.mostBytes) else { return notMade(name) }
    switch try make(["--anon", "\(bytes)", "--held"]) {
    case .made(let victim):
      defer { victim.end() }
      return try kill(victim, bytes, DoctorSelfTest(name, .works, ""))
    case .refused(let reason):
      return try runningVictimTest(bytes, reason)
    }
  }

  /// Without ptrace there is no way to hold a victim; then at least the kill is tested.
  private func runningVictimTest(_ bytes: UInt64, _ reason: String) throws -> DoctorSelfTest {
    let name = DoctorSelfTests.releaseName
    switch try make(["--anon", "\(bytes)"]) {
    case .made(let victim):
      defer { victim.end() }
      var test = try kill(victim, bytes, DoctorSelfTest(name, .works, "of a running one, "))
      guard test.state == .works else { return test }
      test.state = .unknown
      test.found = "no stuck victim could be made (\(reason)); \(test.found)"
      test.remedy = "allow ptrace(2) in the seccomp profile, or run 'scythe doctor' outside of this sandbox"
      return test
    case .refused(let reason):
      return DoctorSelfTest(
        name, .unknown, "no victim could be made: \(reason)",
        remedy: "run 'scythe doctor' where processes can be started")
    }
  }

  /// - Parameter start: what is found begins with what it says.
  private func kill(_ victim: VictimProcess, _ bytes: UInt64, _ start: DoctorSelfTest) throws -> DoctorSelfTest {
    var test = start
    test.victimBytes = bytes
    guard let report = try report(of: victim, deadlineNanoseconds: 2_000_000_000, &test) else { return test }
    let outcome = report.victims[0]
    let back = Quantity.bytes(outcome.bytesBack)
    // Before Linux 6.2 each thread keeps up to 64 pages of the counts to itself, and has them before the signal too.
    if report.summary.isAllBack, outcome.bytesBack >= bytes - bytes / 64, let nanoseconds = outcome.backNanoseconds {
      // One that got to its end by itself needed nobody.
      let threads = outcome.workers == 1 ? "1 thread" : "\(outcome.workers) threads"
      let by = outcome.fate == .released ? ", released by \(threads)" : ""
      test.found = "\(start.found)\(back) back in \(Quantity.milliseconds(nanoseconds))\(by)"
      return test
    }
    test.state = .missing
    test.found = "\(start.found)\(back) of \(Quantity.bytes(bytes)) back; \(outcome.fate.explanation)"
    if test.wasKilled == true, outcome.fate != .released {
      test.instead = "SIGKILL alone: the memory comes back when the process runs again"
    }
    test.remedy =
      outcome.fate == .unsupported
      ? "see process_mrelease and --carrier limit below"
      : "see 'kill and release' and 'robust mutexes' below for what is missing"
    return test
  }

  // MARK: A robust mutex survives

  private func mutexTest() throws -> DoctorSelfTest {
    let name = DoctorSelfTests.mutexName
    guard let bytes = victimBytes(DoctorSelfTests.mostBytes / 2) else { return notMade(name) }
    switch try make(["--anon", "\(bytes)", "--held", "--robust", "held"]) {
    case .made(let victim):
      defer { victim.end() }
      return try mutexTest(victim, bytes)
    case .refused(let reason):
      return DoctorSelfTest(
        name, .unknown, "no stuck victim could be made: \(reason)",
        remedy: "allow ptrace(2) in the seccomp profile, or run 'scythe doctor' outside of this sandbox")
    }
  }

  private func mutexTest(_ victim: VictimProcess, _ bytes: UInt64) throws -> DoctorSelfTest {
    var test = DoctorSelfTest(DoctorSelfTests.mutexName, .works, "")
    test.victimBytes = bytes
    guard let report = try report(of: victim, deadlineNanoseconds: 300_000_000, &test) else { return test }
    let outcome = report.victims[0]
    // Only now may the victim finish its exit, in which the kernel tells those who wait for the mutex.
    _ = victim.ask("x")
    let answer = victim.ask("m").split(separator: " ")
    func count(_ key: String) -> Int? {
      answer.first { $0.hasPrefix("\(key)=") }.flatMap { Int($0.dropFirst(key.count + 1)) }
    }
    if isInterrupted { throw DoctorSelfTests.interruption }
    test.recovered = count("recovered")
    test.lost = count("lost")
    let isWithheld = if case .withheld = outcome.fate { true } else { false }
    switch (test.recovered, test.lost) {
    case (1, 0) where isWithheld:
      test.found = "its holder was not released; whoever waited for it got it"
    case (1, 0):
      test.found = "whoever waited for it got it; the victim: \(outcome.fate.explanation)"
    case (_, 1):
      test.state = .missing
      test.found = "lost: whoever waits for it waits for ever; the victim: \(outcome.fate.explanation)"
      test.remedy = "please report this, with the output of 'scythe doctor --json'"
    default:
      test.state = .unknown
      test.found = "the process that waits for it gave no answer"
      test.remedy = "run 'scythe doctor' again"
    }
    return test
  }

  // MARK: Both

  /// Kills a victim.
  ///
  /// - Returns: `nil` if the kill was refused; `test` says why then.
  /// - Throws: `Failure` if the user wants to leave.
  private func report(
    of victim: VictimProcess, deadlineNanoseconds: Int64, _ test: inout DoctorSelfTest
  ) throws -> KillReport? {
    var request = KillRequest(processes: [victim.pid])
    request.options.deadlineNanoseconds = deadlineNanoseconds
    request.options.cancellation = cancellation
    let result = Result { () throws(ReaperError) in try killAndRelease(request) }
    if isInterrupted { throw DoctorSelfTests.interruption }
    switch result {
    case .success(let report):
      let outcome = report.victims[0]
      test.bytesBack = outcome.bytesBack
      test.backNanoseconds = outcome.backNanoseconds
      test.workers = outcome.workers
      test.fate = outcome.fate.keyword
      if case .notSignalled = outcome.fate { test.wasKilled = false } else { test.wasKilled = true }
      return report
    case .failure(let error):
      // Too few descriptors or threads say nothing about the kernel.
      if case .kernel(let cause) = error, cause != .noFunction, cause != .notPermitted {
        test.state = .unknown
      } else {
        test.state = .missing
        test.wasKilled = false
      }
      test.found = Failure(error, controlGroups: []).message
      test.remedy = "see 'kill and release' below for what is missing"
      return nil
    }
  }

  /// What came of the wish for a victim.
  private enum Making {
    case made(VictimProcess)
    case refused(String)
  }

  /// - Throws: `Failure` if the user wants to leave.
  private func make(_ arguments: [String]) throws -> Making {
    guard let program else { return .refused("no scythe-victim beside scythe, nor in ../libexec/scythe") }
    do {
      return .made(try VictimProcess(program: program, arguments))
    } catch {
      // Ctrl-C reaches the victim too: then it is no failure of it.
      if isInterrupted { throw DoctorSelfTests.interruption }
      return .refused("\(error)")
    }
  }

  private var isInterrupted: Bool { FileDescriptor.isReadable(cancellation) }

  static var interruption: Failure { Failure(message: "interrupted", exit: Exit.interrupted) }

  /// At most a quarter of the available memory; `nil` if that is too little to measure.
  private func victimBytes(_ most: UInt64) -> UInt64? {
    guard let available else { return nil }
    let bytes = min(available / 4, most) & ~0xf_ffff
    return bytes >= DoctorSelfTests.leastBytes ? bytes : nil
  }

  private func notMade(_ name: String) -> DoctorSelfTest {
    let least = Quantity.bytes(DoctorSelfTests.leastBytes)
    return available == nil
      ? DoctorSelfTest(name, .unknown, "/proc/meminfo cannot be read", remedy: "mount /proc")
      : DoctorSelfTest(
        name, .unknown, "a quarter of the available memory is under \(least)", remedy: "free some memory first")
  }
}
