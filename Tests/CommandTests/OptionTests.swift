import Foundation
import ScytheLinux
import TestSupport
import Testing

@Suite struct `An option` {
  private func json(_ arguments: String...) throws -> (status: Int32, report: [String: Any], victim: [String: Any]) {
    let result = try BuiltProgram.run(BuiltProgram.url("scythe"), ["kill", "--json"] + arguments)
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    let report = try #require(object as? [String: Any])
    let victims = try #require(report["victims"] as? [[String: Any]])
    return (result.status, report, victims.first ?? [:])
  }

  @Test func `--dry-run signals nobody, and says what would come back and what would stay`() throws {
    let victim = try VictimProcess("--anon", "8M", "--shared", "4M")
    let result = try scythe("kill", "--dry-run", "\(victim.pid.rawValue)")
    #expect(result.status == 0)
    #expect(result.output.contains("would die and return 8."))
    #expect(result.output.contains("4.0 MiB shared memory"))
    #expect(result.output.contains("nobody was signalled"))
    #expect(isAlive(victim.pid))
    #expect(try Procfs().stat(of: victim.pid).state != UInt8(ascii: "T"))
  }

  @Test func `--json says all that is known, in bytes and nanoseconds`() throws {
    let victim = try VictimProcess("--anon", "8M", "--held", "--comm", "j)\"\\ son")
    let (status, report, details) = try json("\(victim.pid.rawValue)")
    #expect(status == 0)
    #expect(report["allBack"] as? Bool == true)
    #expect(details["name"] as? String == "j)\"\\ son")
    #expect(details["fate"] as? String == "released")
    #expect(details["evidence"] as? String == "rss-after-release")
    #expect((details["bytesBack"] as? Int ?? 0) >= 8 << 20)
    #expect(details["robust"] as? String == "clear")
    #expect((details["deliveredNanoseconds"] as? Int ?? 0) > 0)
    #expect((details["backNanoseconds"] as? Int ?? 0) > 0)
  }

  @Test func `--version says which one it is`() throws {
    let result = try scythe("--version")
    #expect(result.status == 0 && result.error.isEmpty)
    let parts = result.output.dropLast().split(separator: ".").map { Int($0) }
    #expect(result.output.hasSuffix("\n") && parts.count == 3 && parts.allSatisfy { $0 != nil }, "\(result.output)")
  }

  @Test func `--quiet prints nothing`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let result = try scythe("kill", "--quiet", "\(victim.pid.rawValue)")
    #expect(result.status == 0)
    #expect(result.output.isEmpty && result.error.isEmpty)
  }

  @Test func `--deadline ends the wait for a victim that cannot be released, with exit code 1`() throws {
    let victim = try VictimProcess("--anon", "4M", "--robust", "held", "--held")
    let result = try scythe("kill", "\(victim.pid.rawValue)", "--deadline", "200ms")
    #expect(result.status == 1)
    #expect(result.output.contains("0 B back, not released: it holds a robust mutex"))
    #expect(result.output.contains("left: 4."))
  }

  @Test func `--robust-grace releases it all the same`() throws {
    let victim = try VictimProcess("--anon", "4M", "--robust", "held", "--held")
    let (status, _, details) = try json("\(victim.pid.rawValue)", "--robust-grace", "50ms")
    // The page of the mutex is shared memory, and stays.
    #expect(status == 1)
    #expect(details["robust"] as? String == "held")
    #expect((details["bytesBack"] as? Int ?? 0) >= 4 << 20)
  }

  @Test func `--no-release only signals`() throws {
    let victim = try VictimProcess("--anon", "4M", "--held")
    let (status, _, details) = try json("\(victim.pid.rawValue)", "--no-release", "--deadline", "100ms")
    #expect(status == 1)
    #expect(details["fate"] as? String == "not-released")
    #expect(details["bytesBack"] as? Int == 0)
    #expect(details["evidence"] as? String == "none")
  }

  @Test(arguments: ["TERM", "SIGTERM", "15", "term"])
  func `--signal comes first`(signal: String) throws {
    let victim = try VictimProcess("--anon", "1M", "--exit-on-term-after", "10")
    #expect(try scythe("kill", "\(victim.pid.rawValue)", "--signal", signal, "--grace", "20s").status == 0)
    #expect(victim.ask("w") != "exited 9")
  }

  @Test func `--grace is how long`() throws {
    let victim = try VictimProcess("--anon", "1M", "--ignore-term")
    #expect(try scythe("kill", "\(victim.pid.rawValue)", "--signal", "TERM", "--grace", "50ms").status == 0)
    #expect(victim.ask("w") == "exited 9")
  }

  @Test(arguments: ["auto", "1", "2", "6"])
  func `--workers is how many`(workers: String) throws {
    let victim = try VictimProcess("--anon", "96M", "--held")
    #expect(try scythe("kill", "\(victim.pid.rawValue)", "--workers", workers).status == 0)
  }

  @Test(
    .enabled(
      if: canDropRights && (2...3).contains(Machine.usableProcessors),
      "needs root, setpriv, and two or three CPUs, half of which are one"))
  func `--workers, without the right to favour them, take half of the CPUs while others run`() throws {
    let spinners = try (0..<2 * Machine.usableProcessors).map { _ in try VictimProcess("--spin") }
    defer { for spinner in spinners { spinner.end() } }
    let victim = try VictimProcess("--anon", "256M", "--held")
    let result = try scytheWithout("sys_nice", "kill", "\(victim.pid.rawValue)", "--workers", "2", "--json")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.contains("\"workers\":1"))
  }

  @Test func `is not needed to leave early: an interruption ends the wait with exit code 130`() throws {
    let victim = try VictimProcess("--anon", "1M", "--robust", "held", "--held")
    let process = Process()
    process.executableURL = BuiltProgram.url("scythe")
    process.arguments = ["kill", "\(victim.pid.rawValue)", "--deadline", "60s"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    // Once the victim is parked in its exit, the signal has been sent and the command waits.
    for _ in 0..<500 where (try? Procfs().stat(of: victim.pid))?.state != UInt8(ascii: "t") { usleep(10_000) }
    process.interrupt()
    process.waitUntilExit()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(process.terminationStatus == 130)
    #expect(text.contains("interrupted"))
  }

  @Test(.enabled(if: canRunAsNobody, "needs root, setpriv, and a checkout that nobody may enter"))
  func `is not needed by a user without privilege either`() throws {
    let victim = try VictimProcess(
      program: "/usr/bin/setpriv",
      [
        "--reuid=65534", "--regid=65534", "--clear-groups", BuiltProgram.url("scythe-victim").path, "--anon", "8M",
        "--held",
      ])
    let result = try scytheAsNobody("kill", "\(victim.pid.rawValue)")
    #expect(result.status == 0, "\(result.output)\(result.error)")
    #expect(result.output.contains("released, cannot finish dying yet"))
  }
}
