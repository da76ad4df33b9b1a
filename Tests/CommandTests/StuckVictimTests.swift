import Foundation
import ScytheLinux
import TestSupport
import Testing

/// The folders of the Embedded builds, as `make test` names them.
private let embeddedModes = (ProcessInfo.processInfo.environment["SCYTHE_EMBEDDED_MODES"] ?? "").split(separator: " ")

@Suite struct `A stuck victim` {
  @Test func `is killed and released by the hosted command`() throws {
    let victim = try VictimProcess("--anon", "32M", "--held")
    let result = try BuiltProgram.run(BuiltProgram.url("scythe"), ["kill", "\(victim.pid.rawValue)"])
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.contains(" MiB back in "))
    #expect(victim.ask("r").hasPrefix("rss 0"))
  }

  @Test(
    .enabled(if: !embeddedModes.isEmpty, "SCYTHE_EMBEDDED_MODES names no Embedded builds; 'make test' makes them"),
    arguments: embeddedModes.map(String.init))
  func `is killed and released by the Embedded builds`(mode: String) throws {
    let victim = try VictimProcess("--anon", "32M", "--held")
    let program = URL(fileURLWithPath: ".build/\(mode)/release/scythed")
    let result = try BuiltProgram.run(program, ["--kill", "\(victim.pid.rawValue)"])
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.contains("released, not dead yet"))
    #expect(victim.ask("r").hasPrefix("rss 0"))
  }
}
