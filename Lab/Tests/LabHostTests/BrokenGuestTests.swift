import Foundation
import LabHost
import LabResults
import Testing

@testable import LabCatalog

/// Real guests of a real kernel that misbehave.
@Suite(
  .serialized,
  .enabled(if: BrokenGuests.tools != nil, "needs guests: make lab-check builds what runs in them, and names the folder")
)
struct `Guests that misbehave` {
  @Test(
    arguments: [
      ("hang", "did not end within"), ("panic", "kernel panicked: Kernel panic"),
      ("rubbish", "3 lines that are no results"),
    ])
  func `end in time, and their run says why it failed`(scenario: String, reason: String) async throws {
    let laboratory = try await BrokenGuests.laboratory()
    defer { laboratory.close() }
    let run = Run(
      kernel: try #require(Kernel.named("5.10")), killer: try #require(Killer.named("kernel")),
      scenario: try #require(Scenario.named(scenario)), repetition: 1)
    let result = try await laboratory.run(run)
    #expect(result.state == .failed)
    #expect(result.reason?.contains(reason) == true, "\(result.reason ?? "no reason")")
    #expect(BrokenGuests.leftovers.isEmpty)
  }

  @Test func `a kernel that Debian has no more fails by name, and the others are run`() async throws {
    let gone = Kernel(name: "0.1", suites: ["bookworm"], packages: ["linux-image-0.1."], threads: .multi)
    let kernel = try #require(Kernel.named("5.10"))
    let laboratory = try await BrokenGuests.laboratory(kernels: [gone, kernel])
    defer { laboratory.close() }
    #expect(laboratory.missingKernels["0.1"]?.description.contains("has no linux-image-0.1.*") == true)
    for (kernel, state) in [(gone, RunResult.State.failed), (kernel, .done)] {
      let run = Run(
        kernel: kernel, killer: try #require(Killer.named("kernel")), scenario: Scenario.probe, repetition: 1)
      let result = try await laboratory.run(run)
      #expect(result.state == state, "\(result.reason ?? "")")
    }
  }

  @Test func `a run that is cancelled ends its guest, and leaves nothing`() async throws {
    let laboratory = try await BrokenGuests.laboratory()
    defer { laboratory.close() }
    let run = Run(
      kernel: try #require(Kernel.named("5.10")), killer: try #require(Killer.named("kernel")),
      scenario: try #require(Scenario.named("hang")), repetition: 1)
    let running = Task { try await laboratory.run(run) }
    while BrokenGuests.leftovers.isEmpty { try await Task.sleep(for: .milliseconds(50)) }
    running.cancel()
    await #expect(throws: CancellationError.self) { try await running.value }
    #expect(BrokenGuests.leftovers.isEmpty)
    #expect(BrokenGuests.emulators.isEmpty)
  }
}

enum BrokenGuests {
  static let tools = ProcessInfo.processInfo.environment["SCYTHE_LAB_TOOLS"]

  static func laboratory(
    kernels: [Kernel] = Kernel.all.filter { $0.name == "5.10" }
  ) async throws -> Laboratory {
    let tools = URL(filePath: try #require(tools), directoryHint: .isDirectory)
    let places = Laboratory.Places(
      repository: tools.deletingLastPathComponent().deletingLastPathComponent(), tools: tools, cache: Cache(nil),
      daemon: nil)
    return try await Laboratory(places, kernels: kernels) { _ in }
  }

  private static let owner = "\(ProcessInfo.processInfo.processIdentifier)-"

  /// Folders of guests of this process.
  static var leftovers: [String] {
    let all = Cache(nil).folder.appending(path: "working")
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: all.path)) ?? []
    return folders.filter { $0.hasPrefix(owner) }.flatMap { folder in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: all.appending(path: folder).path)) ?? []
      return names.filter { $0.hasPrefix("guest-") }
    }
  }

  /// Processes that run a guest of this process.
  static var emulators: [String] {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.filter { process in
      let line = (try? Data(contentsOf: URL(filePath: "/proc/\(process)/cmdline"))) ?? Data()
      let text = String(decoding: line, as: UTF8.self)
      return text.contains("/working/\(owner)") && text.contains("/guest-")
    }
  }
}
