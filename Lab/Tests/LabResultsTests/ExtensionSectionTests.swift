import Foundation
import Testing

@testable import LabResults

@Suite struct `The kernel extension in a report` {
  private static let speed = Synthetic.speed([
    ("one call", false, [2_000_000, 1_000_000, 4_000_000]), ("Scythe", true, [10_000_000, 20_000_000, 10_000_000]),
    ("maps", true, [30_000_000, 30_000_000, 30_000_000]),
  ])

  private func cell(_ way: String, in results: [RunResult]) throws -> SpeedCell {
    try #require(Comparison(results).speed?.first { $0.way == way })
  }

  @Test func `is compared round by round with the stock way that is the best`() throws {
    let call = try cell("one call", in: [Self.speed])
    #expect(call.microseconds?.median == 2000)
    #expect(call.ratioThousandths?.median == 200)
    #expect(call.ratioThousandths?.minimum == 50 && call.ratioThousandths?.maximum == 400)
    #expect(try cell("Scythe", in: [Self.speed]).ratioThousandths == nil)
    #expect(try cell("maps", in: [Self.speed]).ratioThousandths?.median == 3000)
  }

  @Test func `is never compared with rounds of another repetition`() throws {
    let second = Synthetic.speed([("one call", false, [9_000_000])], repetition: 2)
    let call = try cell("one call", in: [Self.speed, second])
    #expect(call.microseconds?.count == 4 && call.ratioThousandths?.count == 3)
  }

  @Test func `has no ratio without a stock way, nor to one that took no time`() throws {
    #expect(try cell("one call", in: [Synthetic.speed([("one call", false, [5])])]).ratioThousandths == nil)
    let none = Synthetic.speed([("one call", false, [5]), ("Scythe", true, [0])])
    #expect(try cell("one call", in: [none]).ratioThousandths == nil)
  }

  @Test func `has a section of its own, with its tests, its calls and its ratios`() {
    var tests = Synthetic.tests(passed: 40, failed: 1, skipped: 2, kernel: "6.12-checked")
    (tests.scenario, tests.state, tests.reason) = ("extension-tests", .failed, "the kernel complained: BUG: KASAN")
    tests.checks?.tests = [KernelChecks.Test(name: "frozen victims", outcome: "failed", reason: "5 bytes left")]
    var calls = Synthetic.tests(passed: 300, failed: 0, skipped: 7, kernel: "6.1")
    calls.scenario = "extension-calls"
    let text = MarkdownReport(Comparison([Self.speed, tests, calls])).text
    #expect(text.contains("| 6.1 | of advice and kills | 6.1.0-9-cloud-amd64 | 300 | 0 | 7 |"))
    #expect(text.contains("\n## The kernel extension\n"))
    #expect(text.contains("| 6.12-checked | of the extended call | 6.12-checked.0-9-cloud-amd64 | 40 | **1** | 2 |"))
    #expect(text.contains("- Linux 6.12-checked, failed: frozen victims (5 bytes left)"))
    #expect(text.contains("| cold | one call | 1 | 0.20x (0.05x to 0.40x) | 2.00 ms (1.00 ms to 4.00 ms) | - |"))
    #expect(text.contains("| cold | Scythe | 61 | the best stock way | 10.0 ms (10.0 ms to 20.0 ms) | - |"))
    #expect(text.contains("the kernel complained: BUG: KASAN"))
  }

  @Test func `is not in the report without results, nor among the kernels' own tests`() {
    #expect(!MarkdownReport(Comparison([Synthetic.exhaustion("kernel")])).text.contains("kernel extension"))
    var tests = Synthetic.tests(passed: 40, failed: 0, skipped: 0, kernel: "6.1")
    tests.scenario = "extension-tests"
    #expect(Comparison([tests]).checks.isEmpty)
  }

  @Test func `is kept, and gives its JSON back`() throws {
    let comparison = Comparison([Self.speed])
    #expect(try JSONDecoder().decode(Comparison.self, from: JSONReport(comparison).data) == comparison)
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = ResultStore(folder: folder)
    try store.write(Self.speed)
    #expect(store.read().results == [Self.speed])
  }
}
