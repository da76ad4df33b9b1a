import CScytheABI
import Foundation
import ScytheLinux
import TestSupport
import Testing

/// What a call came to: what it returned, and its report.
private struct Outcome {
  var answer: Answer
  var report = scythe_kill_report()

  var fate: scythe_fate { scythe_fate(rawValue: UInt32(report.fate)) }
  var robust: scythe_robust { scythe_robust(rawValue: UInt32(report.robust)) }
  var evidence: scythe_evidence { scythe_evidence(rawValue: UInt32(report.evidence)) }
}

/// Options as SCYTHE_KILL_OPTIONS_INIT has them.
private func defaults() -> scythe_kill_options {
  scythe_kill_options(
    size: MemoryLayout<scythe_kill_options>.size, flags: 0, grace_ns: 3_000_000_000, deadline_ns: 5_000_000_000,
    robust_grace_ns: -1, signal: SIGKILL, cancel_fd: -1, workers: 0, reserved: 0)
}

private func call(
  _ function: Libscythe.Kill, _ pidfd: some DescriptorNumber, _ options: scythe_kill_options?
) -> Outcome {
  var report = scythe_kill_report()
  // What the library does not set would be seen.
  unsafe withUnsafeMutableBytes(of: &report) { for index in $0.indices { unsafe $0[index] = 0xa5 } }
  report.size = MemoryLayout<scythe_kill_report>.size
  return withExtendedLifetime(pidfd) {
    guard var options else {
      let value = unsafe function(pidfd.number, nil, &report)
      return Outcome(answer: Answer(Int(value), errno), report: report)
    }
    let value = unsafe function(pidfd.number, &options, &report)
    return Outcome(answer: Answer(Int(value), errno), report: report)
  }
}

private func kill(_ pidfd: some DescriptorNumber, _ options: scythe_kill_options? = nil) -> Outcome {
  unsafe call(Libscythe.shared.kill, pidfd, options)
}

private func release(_ pidfd: some DescriptorNumber, _ options: scythe_kill_options? = nil) -> Outcome {
  unsafe call(Libscythe.shared.release, pidfd, options)
}

@Suite(.enabled(if: hasLibscythe, needsLibscythe)) struct `scythe_kill` {
  @Test func `has the memory of a process back that runs`() throws {
    let victim = try VictimProcess("--anon", "16M")
    let outcome = try kill(RawDescriptor(of: victim.pid))
    try #require(outcome.answer == .value(0))
    #expect(outcome.fate == SCYTHE_FATE_EXITED && outcome.evidence == SCYTHE_EVIDENCE_EXIT)
    let report = outcome.report
    #expect(report.bytes_back >= 16 << 20 && report.left_private == 0)
    #expect(report.signal_ns >= 0 && report.exit_ns > 0 && report.back_ns > 0 && report.back_ns <= report.exit_ns)
    #expect(report.victims == 1 && report.error == 0 && report.sharers == 0 && report.reserved == 0)
    #expect(report.size == MemoryLayout<scythe_kill_report>.size)
    #expect(victim.ask("w") == "exited 9")
  }

  @Test func `has the memory of a process back that is stuck in its exit`() throws {
    let victim = try VictimProcess("--anon", "16M", "--shared", "1M", "--held")
    var options = defaults()
    options.deadline_ns = 300_000_000
    options.workers = 1
    let outcome = try kill(RawDescriptor(of: victim.pid), options)
    #expect(outcome.answer == .value(1))
    #expect(outcome.fate == SCYTHE_FATE_RELEASED && outcome.evidence == SCYTHE_EVIDENCE_RESIDENT_SET)
    #expect(outcome.robust == SCYTHE_ROBUST_CLEAR)
    #expect(outcome.report.bytes_back >= 16 << 20 && outcome.report.left_shared >= 1 << 20)
    #expect(outcome.report.exit_ns == -1 && outcome.report.release_ns > 0 && outcome.report.check_ns > 0)
    #expect(outcome.report.workers == 1)
    #expect(victim.ask("r") == "rss 0")
  }

  @Test func `needs neither options nor a report`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let pidfd = try RawDescriptor(of: victim.pid)
    errno = 4711
    let value = Libscythe.shared.kill(pidfd.number, nil, nil)
    try #require(value == 0 && errno == 4711)
    #expect(victim.ask("w") == "exited 9")
    #expect(kill(pidfd).answer == .failure(.noSuchProcess))
  }

  @Test func `begins politely if it is told to`() throws {
    let victim = try VictimProcess("--anon", "1M", "--exit-on-term-after", "0")
    var options = defaults()
    options.signal = SIGTERM
    options.grace_ns = .max
    try #require(kill(RawDescriptor(of: victim.pid), options).answer == .value(0))
    #expect(victim.ask("w") == "exited 0")
  }

  @Test func `refuses one whose memory others use, says who, and kills all if it may`() throws {
    let victim = try VictimProcess("--anon", "8M", "--share", "clone-vm")
    let pidfd = try RawDescriptor(of: victim.pid)
    let refused = kill(pidfd)
    #expect(refused.answer == .failure(.resourceBusy))
    #expect(refused.fate == SCYTHE_FATE_NOT_KILLED)
    #expect(refused.report.sharers == 1 && refused.report.sharer_pids.0 == victim.pid("sharer").rawValue)
    #expect(refused.report.sharer_pids.1 == 0 && refused.report.victims == 0 && refused.report.back_ns == -1)
    #expect(isAlive(victim.pid) && isAlive(victim.pid("sharer")))
    var options = defaults()
    options.flags = UInt64(SCYTHE_KILL_SHARERS)
    let killed = kill(pidfd, options)
    #expect(killed.answer == .value(0))
    #expect(killed.report.victims == 2 && killed.report.bytes_back >= 8 << 20)
    #expect(!isAlive(victim.pid) && !isAlive(victim.pid("sharer")))
  }

  @Test func `never kills the caller, its ancestors, or who is protected`() throws {
    for pid in [PID.current, .initProcess] {
      #expect(try kill(RawDescriptor(of: pid)).answer == .failure(.permissionDenied))
    }
    #expect(try kill(RawDescriptor(of: PID(getppid()))).answer == .failure(.permissionDenied))
  }

  @Test func `is told a pidfd and nothing else`() throws {
    let directory = try RawDescriptor(opening: "/proc/self", O_DIRECTORY | O_CLOEXEC)
    let plain = try RawDescriptor(opening: "/dev/null", O_RDONLY | O_CLOEXEC)
    for number: CInt in [-1, 1 << 30, plain.number, directory.number] {
      let outcome = kill(number)
      #expect(outcome.answer == .failure(.badFileDescriptor))
      #expect(
        outcome.fate == SCYTHE_FATE_NOT_KILLED && outcome.report.signal_ns == -1 && outcome.report.bytes_back == 0)
    }
  }

  @Test func `refuses options that cannot be meant, and harms nobody`() throws {
    let victim = try VictimProcess()
    let pidfd = try RawDescriptor(of: victim.pid)
    let changes: [(inout scythe_kill_options) -> Void] = [
      { $0.size = 0 }, { $0.size -= 1 }, { $0.size = 1 << 20 }, { $0.flags = 2 }, { $0.signal = 0 },
      { $0.signal = 65 }, { $0.grace_ns = -1 }, { $0.deadline_ns = -1 }, { $0.robust_grace_ns = -2 },
      { $0.cancel_fd = -2 }, { $0.reserved = 1 },
    ]
    for (index, change) in changes.enumerated() {
      var options = defaults()
      change(&options)
      #expect(kill(pidfd, options).answer == .failure(.invalidArgument), "change \(index)")
    }
    var options = defaults()
    options.cancel_fd = 1 << 30
    #expect(kill(pidfd, options).answer == .failure(.badFileDescriptor))
    let file = try RawDescriptor(opening: "/proc/self/exe", O_RDONLY | O_CLOEXEC)
    options.cancel_fd = file.number
    #expect(kill(pidfd, options).answer == .failure(.invalidArgument))
    #expect(isAlive(victim.pid))
  }

  @Test func `takes the structs of a later version, as far as it knows them`() throws {
    struct Later {
      var known = defaults()
      var added: UInt64 = 0
    }
    struct LaterReport {
      var known = scythe_kill_report()
      var added: UInt64 = 0x5a5a
      var behind: UInt64 = 0x5a5a
    }
    let victim = try VictimProcess("--anon", "1M")
    let pidfd = try RawDescriptor(of: victim.pid)
    var options = Later()
    options.known.size = MemoryLayout<Later>.size
    options.added = 1 << 40
    var report = LaterReport()
    report.known.size = MemoryLayout<scythe_kill_report>.size + 8
    func call() -> Answer {
      unsafe withUnsafePointer(to: &options.known) { options in
        unsafe withUnsafeMutableBytes(of: &report) { report in
          let value = unsafe Libscythe.shared.kill(
            pidfd.number, options, report.baseAddress!.assumingMemoryBound(to: scythe_kill_report.self))
          return Answer(Int(value), errno)
        }
      }
    }
    #expect(call() == .failure(.argumentTooLarge))
    #expect(report.added == 0 && report.behind == 0x5a5a)
    #expect(isAlive(victim.pid))
    options.added = 0
    #expect(call() == .value(0))
    #expect(report.known.bytes_back >= 1 << 20 && report.behind == 0x5a5a)
  }

  @Test func `ends its wait when the caller says so`() throws {
    let victim = try VictimProcess("--anon", "1M", "--robust", "held", "--held")
    let counter = try EventCounter()
    counter.signal()
    var options = defaults()
    options.deadline_ns = .max
    options.cancel_fd = counter.descriptor.number
    let outcome = try kill(RawDescriptor(of: victim.pid), options)
    #expect(outcome.answer == .value(1))
    #expect(victim.ask("r") != "rss 0")
  }
}

@Suite(.enabled(if: hasLibscythe, needsLibscythe)) struct `scythe_release` {
  @Test func `frees one that is dying`() throws {
    let victim = try VictimProcess("--anon", "16M", "--held")
    try killAndHold(victim)
    let outcome = try release(RawDescriptor(of: victim.pid))
    #expect(outcome.answer == .value(0))
    #expect(outcome.fate == SCYTHE_FATE_RELEASED && outcome.report.bytes_back >= 16 << 20)
    #expect(victim.ask("r") == "rss 0")
  }

  @Test func `leaves one alone that lives`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let pidfd = try RawDescriptor(of: victim.pid)
    #expect(release(pidfd).answer == .failure(.invalidArgument))
    #expect(isAlive(victim.pid))
    try ProcessDescriptor(victim.pid).send(.kill)
    #expect(victim.ask("w") == "exited 9")
    #expect(release(pidfd).answer == .failure(.noSuchProcess))
  }

  @Test func `withholds the release where a robust mutex would be lost, unless it is told not to`() throws {
    let victim = try VictimProcess("--anon", "8M", "--robust", "held", "--held")
    let pidfd = try RawDescriptor(of: victim.pid)
    try killAndHold(victim)
    var options = defaults()
    options.deadline_ns = 200_000_000
    let withheld = release(pidfd, options)
    #expect(withheld.answer == .value(1))
    #expect(withheld.fate == SCYTHE_FATE_WITHHELD && withheld.robust == SCYTHE_ROBUST_HELD)
    #expect(withheld.evidence == SCYTHE_EVIDENCE_NONE && withheld.report.bytes_back == 0)
    #expect(withheld.report.left_private >= 8 << 20)
    #expect(try Procfs().status(of: victim.pid).anonymousBytes >= 8 << 20)
    options.robust_grace_ns = 0
    let forced = release(pidfd, options)
    #expect(forced.fate == SCYTHE_FATE_RELEASED && forced.report.bytes_back >= 8 << 20)
    #expect(victim.ask("x") == "exited 9")
    #expect(victim.ask("m") == "mutex ok=0 recovered=0 lost=1")
  }
}

@Suite(.enabled(if: hasLibscythe, needsLibscythe)) struct `scythe_query` {
  @Test func `says what the probes say`() throws {
    var found = scythe_capabilities()
    found.size = MemoryLayout<scythe_capabilities>.size
    #expect(unsafe Libscythe.shared.query(&found) == 0)
    #expect(found.version == UInt32(SCYTHE_VERSION) && found.reserved == 0)
    func expect(_ bit: CInt, _ probe: () throws -> Void) {
      #expect((found.available & UInt64(bit) != 0) == ((try? probe()) != nil), "bit \(bit)")
    }
    expect(SCYTHE_CAN_OPEN) { try ProcessCallProbe.checkOpen() }
    expect(SCYTHE_CAN_RELEASE) { try MemoryReleaseProbe.checkRelease() }
    expect(SCYTHE_CAN_ADVISE) { try MemoryAdviceProbe.checkCall() }
    expect(SCYTHE_CAN_COLD) { try MemoryAdviceProbe.check(.cold) }
    expect(SCYTHE_CAN_PAGEOUT) { try MemoryAdviceProbe.check(.pageOut) }
    expect(SCYTHE_CAN_WILLNEED) { try MemoryAdviceProbe.check(.willNeed) }
    expect(SCYTHE_CAN_COLLAPSE) { try MemoryAdviceProbe.check(.collapse) }
    expect(SCYTHE_CAN_QUERY_AREAS) { try AreaQueryProbe.check() }
    expect(SCYTHE_KERNEL_KNOWS_RANGE) { try MemoryAdviceProbe.checkWholeProcessFlag() }
    expect(SCYTHE_KERNEL_EXTENSION) {
      if try !MadviseExtension.query().canRelease { throw Errno.notSupported }
    }
    #expect(found.available >> 10 == 0)
  }

  @Test func `refuses a struct that no version had`() throws {
    var found = scythe_capabilities()
    for size in [0, 23, 1 << 20] {
      found.size = size
      #expect(unsafe Answer(Int(Libscythe.shared.query(&found)), errno) == .failure(.invalidArgument))
    }
    #expect(Answer(Int(Libscythe.shared.query(nil)), errno) == .failure(.badAddress))
  }
}
