import Foundation
import Scythe
import ScythePolicy
import TestSupport
import Testing

@Suite struct `The README` {
  @Test func `shows the example that is built here`() throws {
    let readme = try String(contentsOfFile: "README.md", encoding: .utf8)
    let example = try String(contentsOfFile: "Examples/ReadmeExample/main.swift", encoding: .utf8)
    #expect(readme.contains("```swift\n\(example)```\n"))
  }

  @Test func `example kills and says what came back`() throws {
    let victim = try VictimProcess("--anon", "16M", "--held")
    let result = try BuiltProgram.run(BuiltProgram.url("ReadmeExample"), ["\(victim.pid.rawValue)"])
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.contains("scythe-victim: 1"))
    #expect(result.output.contains("bytes back, 0 left: released"))
  }

  @Test func `shows a configuration that is good, and every key`() throws {
    let readme = try String(contentsOfFile: "README.md", encoding: .utf8)
    let example = try String(contentsOfFile: "Examples/scythe.toml", encoding: .utf8)
    #expect(readme.contains("```toml\n\(example)```\n"))
    let table = try scythe("config", "default", "--table").output
    #expect(readme.contains("\n\(table)\n"), "\(table)")
    let folder = try ConfigFolder()
    try folder.write(example)
    #expect(try folder.compiled().contents.ruleCount == 3)
  }

  @Test func `names every exit code of the command`() throws {
    let readme = try String(contentsOfFile: "README.md", encoding: .utf8)
    for code in [0, 1, 3, 4, 5, 64, 71, 73, 78, 130] { #expect(readme.contains("\n| \(code) | ")) }
  }
}

@Suite struct `The library` {
  @Test func `has a blocking form and an async form that say the same`() async throws {
    func blocking(_ request: KillRequest) throws(ReaperError) -> KillReport { try killAndRelease(request) }
    let first = try VictimProcess("--anon", "8M", "--held")
    let second = try VictimProcess("--anon", "8M", "--held")
    let one = try blocking(KillRequest(processes: [first.pid]))
    let other = try await killAndRelease(KillRequest(processes: [second.pid]))
    #expect(one.summary.isAllBack && other.summary.isAllBack)
    #expect(one.victims[0].fate == other.victims[0].fate)
  }

  @Test func `ends the async wait when its task is cancelled`() async throws {
    let victim = try VictimProcess("--anon", "1M", "--robust", "held", "--held")
    let pid = victim.pid
    let task = Task {
      var request = KillRequest(processes: [pid])
      request.options.deadlineNanoseconds = 60_000_000_000
      return try await killAndRelease(request)
    }
    // Parked in its exit, the victim has been signalled and the wait has begun.
    for _ in 0..<500 where (try? Procfs().stat(of: pid))?.state != UInt8(ascii: "t") {
      try await Task.sleep(for: .milliseconds(10))
    }
    task.cancel()
    let report = try await task.value
    #expect(report.summary.isCancelled)
  }

  @Test func `throws what it refuses, in both forms`() async throws {
    func blocking(_ request: KillRequest) throws(ReaperError) -> KillReport { try killAndRelease(request) }
    let nobody = KillRequest(processes: [PID(99_999_999)])
    #expect(throws: ReaperError.noSuchProcess(PID(99_999_999))) { try blocking(nobody) }
    await #expect(throws: ReaperError.noSuchProcess(PID(99_999_999))) { try await killAndRelease(nobody) }
  }
}
