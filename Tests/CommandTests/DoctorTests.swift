import Foundation
import Scythe
import TestSupport
import Testing

/// What `scythe doctor --json` said.
private struct Diagnosis {
  let status: Int32
  let report: [String: Any]

  init(_ result: BuiltProgram.Result) throws {
    status = result.status
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    report = try #require(object as? [String: Any], "\(result.error)")
  }

  var verdict: String { report["verdict"] as? String ?? "" }
  var checks: [[String: Any]] { report["checks"] as? [[String: Any]] ?? [] }

  func check(_ name: String) -> [String: Any] { checks.first { $0["name"] as? String == name } ?? [:] }
  func state(_ name: String) -> String? { check(name)["state"] as? String }

  func selfTest(_ name: String) -> [String: Any] {
    (report["selfTests"] as? [[String: Any]] ?? []).first { $0["name"] as? String == name } ?? [:]
  }
}

/// Runs the doctor on a machine whose kernel lacks calls, as far as the doctor and its victims can tell.
private func doctor(without calls: String..., arguments: [String] = ["--json"]) throws -> BuiltProgram.Result {
  try BuiltProgram.run(
    BuiltProgram.url("WithoutCalls"), calls + ["--", BuiltProgram.url("scythe").path, "doctor"] + arguments)
}

/// A program that was built here, in a folder of its own. It is linked, not copied: a copy could not be started while a
/// process that was just forked by another test still has it open for writing.
private func renamed(_ name: String, to newName: String) throws -> URL {
  let program = BuiltProgram.url(name)
  let folder = program.deletingLastPathComponent().appendingPathComponent("scythe-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  let link = folder.appendingPathComponent(newName)
  try FileManager.default.linkItem(at: program, to: link)
  return link
}

/// The children of a process.
private func children(of parent: Int32) -> [PID] {
  var found: [PID] = []
  try? Procfs().forEachProcess { (pid) throws(Errno) in
    if let stat = try? Procfs().stat(of: pid), stat.parent.rawValue == parent { found.append(pid) }
    return true
  }
  return found
}

private let areas = ["release", "safety", "killers", "rights", "cgroup", "pressure", "memory", "advice"]

@Suite struct `The doctor` {
  @Test func `finds that killing and releasing works here, and ends with 0`() throws {
    let result = try scythe("doctor")
    #expect(result.status == 0, "\(result.output)\(result.error)")
    #expect(result.error.isEmpty)
    #expect(result.output.hasSuffix("\n\nverdict: killing and releasing works here\n"))
    #expect(result.output.contains("MiB back in ") && result.output.contains(" ms, released by "))
  }

  @Test func `says it within 100 columns, the self-test first, and no remedy where nothing is wrong`() throws {
    let lines = try scythe("doctor").output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.allSatisfy { $0.count <= 100 })
    #expect(!lines.contains { $0.hasSuffix(" ") })
    #expect(lines[0].hasPrefix("Linux ") && lines[1].isEmpty && lines[2].hasPrefix("self-test"))
    var state = ""
    for line in lines {
      if line.hasPrefix("  "), !line.hasPrefix("   ") { state = String(line.split(separator: " ")[0]) }
      if line.contains(" to do: ") { #expect(state != "works", "\(line)") }
    }
  }

  @Test func `says it as JSON with all areas, in one order, and with stable keys`() throws {
    let result = try scythe("doctor", "--json")
    #expect(result.output.hasPrefix("{\"checks\":[{\"area\":\"release\","))
    let diagnosis = try Diagnosis(result)
    #expect(diagnosis.status == 0 && diagnosis.verdict == "works")
    #expect(Set(diagnosis.report.keys) == ["kernel", "verdict", "selfTests", "checks"])
    let kernel = try #require(diagnosis.report["kernel"] as? [String: String])
    #expect(kernel["release"] == String(try KernelIdentity().release))
    #expect(kernel["architecture"]?.isEmpty == false)
    var seen: [String] = []
    for check in diagnosis.checks {
      let area = try #require(check["area"] as? String)
      if seen.last != area { seen.append(area) }
      let state = try #require(check["state"] as? String)
      #expect(["works", "partly", "missing", "unknown", "info"].contains(state))
      #expect((check["found"] as? String)?.isEmpty == false)
      if state == "works" { #expect(check["remedy"] == nil && check["instead"] == nil) }
    }
    #expect(seen == areas)
  }

  @Test func `measures a stuck victim, and sees a robust mutex survive`() throws {
    let diagnosis = try Diagnosis(try scythe("doctor", "--json"))
    let release = diagnosis.selfTest("stuck victim")
    #expect(release["state"] as? String == "works")
    #expect(release["fate"] as? String == "released")
    let bytes = try #require(release["victimBytes"] as? Int)
    #expect(bytes <= 64 << 20 && bytes >= 4 << 20)
    #expect((release["bytesBack"] as? Int ?? 0) >= bytes)
    #expect((release["backNanoseconds"] as? Int ?? 0) > 0)
    #expect((release["workers"] as? Int ?? 0) >= 1)
    let mutex = diagnosis.selfTest("robust mutex")
    #expect(mutex["state"] as? String == "works")
    #expect(mutex["fate"] as? String == "withheld")
    #expect(mutex["bytesBack"] as? Int == 0)
    #expect(mutex["recovered"] as? Int == 1 && mutex["lost"] as? Int == 0)
  }

  @Test func `agrees with the kernel about what it can be asked`() throws {
    let diagnosis = try Diagnosis(try scythe("doctor", "--json"))
    let privileges = try Procfs().privileges(of: .current)
    #expect(diagnosis.state("CAP_KILL") == (privileges.holds(.kill) ? "works" : "partly"))
    #expect(diagnosis.state("PSI") == ((try? Procfs().memoryPressure()) == nil ? "missing" : "works"))
    #expect(diagnosis.state("seccomp") == "works")
    #expect(diagnosis.state("REAP_KILL flag") == "missing" || (try? MemoryReleaseProbe.checkKillFlag()) != nil)
    #expect(diagnosis.state("process_mrelease") == "works")
  }

  @Test(.enabled(if: canRunAsNobody, "needs root, setpriv, and a checkout that nobody may enter"))
  func `works without any privilege, and says what a user lacks`() throws {
    let diagnosis = try Diagnosis(try scytheAsNobody("doctor", "--json"))
    #expect(diagnosis.status == 0 && diagnosis.verdict == "works")
    for name in ["CAP_KILL", "CAP_SYS_PTRACE", "CAP_SYS_NICE", "process_madvise"] {
      #expect(diagnosis.state(name) == "partly", "\(name)")
      #expect(diagnosis.check(name)["remedy"] != nil, "\(name)")
    }
  }

  @Test func `takes no arguments`() throws {
    let result = try scythe("doctor", "everything")
    #expect(result.status == 64)
    #expect(result.isOneClearLine)
  }
}

@Suite struct `On a machine that lacks a call, the doctor` {
  @Test(arguments: ["process_mrelease=38", "process_mrelease=1"])
  func `says that a kill works and a release does not, and ends with 1`(call: String) throws {
    let diagnosis = try Diagnosis(try doctor(without: call))
    #expect(diagnosis.status == 1 && diagnosis.verdict == "partly")
    let check = diagnosis.check("process_mrelease")
    #expect(check["state"] as? String == "missing")
    #expect((check["remedy"] as? String)?.contains("seccomp") == true)
    #expect((check["instead"] as? String)?.hasPrefix("SIGKILL alone") == true)
    let release = diagnosis.selfTest("stuck victim")
    #expect(release["state"] as? String == "missing")
    #expect(release["bytesBack"] as? Int == 0)
    #expect(release["backNanoseconds"] == nil)
    #expect(diagnosis.selfTest("robust mutex")["recovered"] as? Int == 1)
    #expect((diagnosis.check("seccomp")["found"] as? String)?.hasPrefix("a filter is active") == true)
  }

  @Test(arguments: ["pidfd_open=38", "pidfd_open=1"])
  func `says that killing does not work, and ends with 1`(call: String) throws {
    let diagnosis = try Diagnosis(try doctor(without: call))
    #expect(diagnosis.status == 1 && diagnosis.verdict == "fails")
    #expect(diagnosis.state("pidfd_open") == "missing")
    #expect(diagnosis.state("pidfd_send_signal") == "unknown")
  }

  @Test(arguments: ["process_vm_readv=1", "get_robust_list=1", "get_robust_list=38"])
  func `says that mutexes cannot be seen, and that nothing is released for it`(call: String) throws {
    let diagnosis = try Diagnosis(try doctor(without: call))
    #expect(diagnosis.status == 1 && diagnosis.verdict == "partly")
    #expect(diagnosis.state(String(call.prefix { $0 != "=" })) == "missing")
    #expect(diagnosis.selfTest("stuck victim")["fate"] as? String == "withheld")
    #expect(diagnosis.selfTest("robust mutex")["lost"] as? Int == 0)
  }

  @Test func `kills a running victim where none can be held, and ends with 71`() throws {
    let diagnosis = try Diagnosis(try doctor(without: "ptrace=1"))
    #expect(diagnosis.status == 71 && diagnosis.verdict == "untested")
    let release = diagnosis.selfTest("stuck victim")
    #expect(release["state"] as? String == "unknown")
    #expect((release["found"] as? String)?.contains("ptrace refuses to seize the victim") == true)
    #expect((release["bytesBack"] as? Int ?? 0) >= release["victimBytes"] as? Int ?? .max)
    #expect(diagnosis.selfTest("robust mutex")["state"] as? String == "unknown")
  }

  @Test func `does not call a machine untested that cannot release`() throws {
    let diagnosis = try Diagnosis(try doctor(without: "ptrace=1", "process_mrelease=38"))
    #expect(diagnosis.status == 1 && diagnosis.verdict == "partly")
  }

  @Test func `goes on without kcmp, and says what is used instead`() throws {
    let diagnosis = try Diagnosis(try doctor(without: "kcmp=1"))
    #expect(diagnosis.status == 0 && diagnosis.verdict == "works")
    #expect(diagnosis.state("kcmp") == "missing")
    #expect(diagnosis.check("kcmp")["instead"] != nil)
  }

  @Test(arguments: ["process_mrelease=38", "pidfd_open=1", "ptrace=1", "process_vm_readv=1"])
  func `says it within 100 columns, with a verdict`(call: String) throws {
    let lines = try doctor(without: call, arguments: []).output.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 100 })
    #expect(lines.last?.hasPrefix("verdict: ") == true)
    #expect(lines.last?.contains("works here;") == (call == "process_mrelease=38" || call == "process_vm_readv=1"))
  }
}

@Suite struct `Without its victim program, the doctor` {
  @Test func `says so, still says all else, and ends with 71`() throws {
    let alone = try renamed("scythe", to: "scythe")
    defer { try? FileManager.default.removeItem(at: alone.deletingLastPathComponent()) }
    let diagnosis = try Diagnosis(try BuiltProgram.run(alone, ["doctor", "--json"]))
    #expect(diagnosis.status == 71 && diagnosis.verdict == "untested")
    #expect((diagnosis.selfTest("stuck victim")["found"] as? String)?.contains("no scythe-victim") == true)
    #expect(Set(diagnosis.checks.compactMap { $0["area"] as? String }) == Set(areas))
  }
}

@Suite struct `Another killer` {
  @Test func `is found by its short name`() throws {
    let victim = try VictimProcess("--comm", "earlyoom")
    defer { victim.end() }
    let checks = try Diagnosis(try scythe("doctor", "--json")).checks
    let found = checks.filter { ($0["found"] as? String)?.contains("process \(victim.pid.rawValue) ") == true }
    #expect(found.count == 1)
    #expect(found.first?["name"] as? String == "earlyoom")
    #expect(found.first?["area"] as? String == "killers")
    #expect((found.first?["found"] as? String)?.contains("/scythe-victim") == true)
    #expect((found.first?["remedy"] as? String)?.contains("systemctl stop earlyoom") == true)
  }

  @Test func `is found by its executable`() throws {
    let program = try renamed("scythe-victim", to: "bustd")
    defer { try? FileManager.default.removeItem(at: program.deletingLastPathComponent()) }
    let victim = try VictimProcess(program: program.path, ["--comm", "harmless"])
    defer { victim.end() }
    let checks = try Diagnosis(try scythe("doctor", "--json")).checks
    let found = checks.first { ($0["found"] as? String)?.contains("process \(victim.pid.rawValue)") == true }
    #expect(found?["name"] as? String == "bustd")
    #expect(found?["state"] as? String == "partly")
  }

  @Test func `that never kills is nothing to stop`() throws {
    let victim = try VictimProcess("--comm", "psi-notify")
    defer { victim.end() }
    let checks = try Diagnosis(try scythe("doctor", "--json")).checks
    let found = checks.first { ($0["found"] as? String)?.contains("process \(victim.pid.rawValue) ") == true }
    #expect(found?["state"] as? String == "works")
    #expect(found?["remedy"] == nil)
  }
}

@Suite struct `An interrupted doctor` {
  /// The doctor is interrupted as soon as it has a child, after some time, and at last so late that it may be done; alone,
  /// or as by Ctrl-C in a terminal together with its victims.
  @Test(arguments: [0, 2_000, 10_000, 50_000, 200_000, 350_000] as [UInt32], [false, true])
  func `leaves nothing behind, and ends with 130`(delayMicroseconds: UInt32, isTerminal: Bool) throws {
    let process = Process()
    process.executableURL = BuiltProgram.url("scythe")
    process.arguments = ["doctor"]
    let error = Pipe()
    process.standardError = error
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let pid = process.processIdentifier
    var starters: [PID] = []
    for _ in 0..<5000 where starters.isEmpty && process.isRunning {
      starters = children(of: pid)
      usleep(200)
    }
    // The starter, and all that it made so far.
    var made = try FixedTable<ProcessDescriptor>(capacity: 16)
    for child in starters + starters.flatMap({ children(of: $0.rawValue) }) {
      if let descriptor = try? ProcessDescriptor(child) { made.append(descriptor) }
    }
    usleep(delayMicroseconds)
    if isTerminal {
      for child in children(of: pid) { _ = try? ProcessDescriptor(child).send(Signal(rawValue: SIGINT)) }
    }
    process.interrupt()
    let text = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationStatus == 0 {
      // Done before the signal came.
      #expect(delayMicroseconds >= 50_000 && text.isEmpty)
    } else {
      #expect(process.terminationStatus == 130)
      #expect(text == "scythe: interrupted\n")
    }
    for index in 0..<made.count {
      #expect(try made[index].waitForExit(timeoutMilliseconds: 10_000), "a process outlives the doctor")
    }
  }
}
