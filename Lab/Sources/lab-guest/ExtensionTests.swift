import Glibc
import LabCatalog

/// Runs the tests of the extended call, and with the extension there those of the calls once more: nothing else may change.
enum ExtensionTests {
  private static let suites = "^(ExtensionTests|ReclaimTests|ReaperTests)"
  /// Calls that make no sense, whatever they ask for.
  private static let randomCalls = 1_000_000

  /// - Throws: `Stage.Refusal` if they cannot be run to their end, or the kernel found a fault in itself.
  static func run(_ scenario: Scenario, _ port: Port) throws {
    let module = try LoadedExtension()
    unsafe setenv("SCYTHE_EXTENSION_MODULE", module.path, 1)
    unsafe setenv("SCYTHE_EXTENSION_RANDOM_CALLS", "\(randomCalls)", 1)
    let outcome = Result { try CallTests.run(scenario, suites: suites, port, meanwhile: module.look) }
    // Of what goes wrong the kernel's own word comes first.
    try module.end(reportingTo: port)
    try outcome.get()
  }
}
