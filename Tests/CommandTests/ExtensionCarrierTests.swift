import Foundation
import ScytheLinux
import TestSupport
import Testing

private let isLoaded = KernelFeatures.madviseExtension != nil

/// What `scythe kill --json` said of its one victim.
private func killJSON(_ victim: VictimProcess, _ arguments: String...) throws -> [String: Any] {
  let result = try BuiltProgram.run(
    BuiltProgram.url("scythe"), ["kill", "\(victim.pid.rawValue)", "--json"] + arguments)
  let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
  let victims = try #require(object?["victims"] as? [[String: Any]], "\(result.error)")
  return victims[0]
}

@Suite struct `The carrier extension, where it is not loaded,` {
  @Test(
    .enabled(if: !isLoaded, "Scythe's kernel extension is loaded"),
    arguments: ["kill", "advise --advice cold", "advise --advice dontneed"])
  func `is refused with one clear line, and nobody is touched`(command: String) throws {
    let victim = try VictimProcess("--anon", "4M")
    let words = command.split(separator: " ").map(String.init)
    let result = try BuiltProgram.run(
      BuiltProgram.url("scythe"), words + ["--carrier", "extension", "\(victim.pid.rawValue)"])
    #expect(result.status == 71)
    #expect(result.isOneClearLine, "\(result.error)")
    #expect(result.error.contains("not loaded"))
    #expect(isAlive(victim.pid))
  }

  @Test(.enabled(if: !isLoaded, "Scythe's kernel extension is loaded"))
  func `is a row of the doctor, with what is used instead`() throws {
    let result = try scythe("doctor", "--json")
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    let checks = try #require(object?["checks"] as? [[String: Any]])
    let check = try #require(checks.first { $0["name"] as? String == "kernel extension" })
    #expect(check["state"] as? String == "missing")
    #expect(check["area"] as? String == "release")
    #expect((check["instead"] as? String)?.isEmpty == false)
    #expect(object?["verdict"] as? String == "works")
  }
}

@Suite struct `A report tells how often the kernel was asked,` {
  @Test func `of a kill`() throws {
    let victim = try VictimProcess("--anon", "16M", "--held")
    let report = try killJSON(victim, "--carrier", "release", "--workers", "1")
    #expect(report["carrier"] as? String == "release")
    #expect(report["releaseCalls"] as? Int == 1)
  }

  @Test(.enabled(if: isLoaded, "Scythe's kernel extension is not loaded"))
  func `of advice and a kill by the extension: once`() throws {
    let victim = try VictimProcess("--anon", "16M", "--vmas", "1000", "--held")
    let (status, advice) = try adviseJSON("\(victim.pid.rawValue)", "--advice", "cold")
    #expect(status == 0)
    let process = try #require((advice["processes"] as? [[String: Any]])?.first)
    #expect(process["carrier"] as? String == "extension")
    #expect(process["adviceCalls"] as? Int == 1)
    #expect(process["areaCalls"] as? Int == 0)
    #expect(process["skipped"] == nil)
    let report = try killJSON(victim, "--carrier", "extension", "--workers", "1")
    #expect(report["carrier"] as? String == "extension")
    #expect(report["releaseCalls"] as? Int == 1)
    let check = try scythe("doctor")
    #expect(check.output.contains("version 1: whole process"))
  }
}
