import Glibc
import LabCatalog

/// Runs the tests of the extended call; or, with the extension there, those of advice and of kills, which then use it.
enum ExtensionTests {
  /// Calls that make no sense, whatever they ask for; fewer where each takes twenty times as long.
  private static func randomCalls(isSlow: Bool) -> Int { isSlow ? 20_000 : 1_000_000 }

  /// - Throws: `Stage.Refusal` if they cannot be run to their end, or the kernel found a fault in itself.
  static func run(_ scenario: Scenario, _ port: Port) throws {
    let module = try LoadedExtension()
    let suites = scenario.name == "extension-tests" ? "^ExtensionTests" : "^(ReclaimTests|ReaperTests)"
    unsafe setenv("SCYTHE_EXTENSION_MODULE", module.path, 1)
    unsafe setenv("SCYTHE_EXTENSION_RANDOM_CALLS", "\(randomCalls(isSlow: module.isInCheckedKernel))", 1)
    let outcome = Result { try CallTests.run(scenario, suites: suites, port, meanwhile: module.look) }
    // Of what goes wrong the kernel's own word comes first.
    try module.end(reportingTo: port)
    try outcome.get()
  }
}
