import Foundation
import Testing

@testable import LabResults

@Suite struct `The daemon as a service, in a report` {
  private static func run(_ repetition: Int = 1, failed: Int) -> RunResult {
    var result = Synthetic.run("service", "scythed", repetition)
    result.service = [
      ServiceCheck(area: "start", name: "it is active", isPassed: true, found: "active"),
      ServiceCheck(area: "recovery", name: "it is restarted", isPassed: failed == 0, found: "after 1 s"),
    ]
    if failed > 0 { (result.state, result.reason) = (.failed, result.service?.failure) }
    return result
  }

  @Test func `has a section of its own, with each check, also of a run that failed`() {
    let text = MarkdownReport(Comparison([Self.run(failed: 1)])).text
    #expect(text.contains("\n## As a service\n"))
    #expect(text.contains("- Linux 6.1, service: 1 check passed, 1 failed"))
    #expect(text.contains("| start | it is active | yes | active |"))
    #expect(text.contains("| recovery | it is restarted | **no** | after 1 s |"))
    #expect(text.contains("1 of 2 checks failed, the first: it is restarted"))
  }

  @Test func `is shown as the last run found it`() {
    let text = MarkdownReport(Comparison([Self.run(1, failed: 1), Self.run(2, failed: 0)])).text
    #expect(text.contains("- Linux 6.1, service: 2 checks passed, 0 failed"))
    #expect(!text.contains("| recovery | it is restarted | **no**"))
  }

  @Test func `is not in the report without results`() {
    #expect(!MarkdownReport(Comparison([Synthetic.exhaustion("scythed")])).text.contains("As a service"))
    #expect(Comparison([Synthetic.run("service", "scythed")]).services == nil)
  }

  @Test func `is kept, and gives its JSON back`() throws {
    let comparison = Comparison([Self.run(failed: 1)])
    #expect(try JSONDecoder().decode(Comparison.self, from: JSONReport(comparison).data) == comparison)
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = ResultStore(folder: folder)
    try store.write(Self.run(failed: 0))
    #expect(store.read().results == [Self.run(failed: 0)])
  }
}
