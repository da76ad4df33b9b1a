import FoundationEssentials
import Glibc
import Scythe

/// What a measurement has to say of the machine that it was made on.
struct MachineDescription: Encodable {
  let kernel: String
  let architecture: String
  let processors: Int
  /// As `/proc/cpuinfo` names it; not on every architecture.
  let processorModel: String?
  let memoryBytes: UInt64

  init() {
    var system = utsname()
    unsafe uname(&system)
    kernel = MachineDescription.text(&system.release)
    architecture = MachineDescription.text(&system.machine)
    processors = Machine.usableProcessors
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
    let model = lines.first { $0.hasPrefix("model name") }?.split(separator: ":", maxSplits: 1).last
    processorModel = model.map { String($0.drop { $0 == " " }) }
    memoryBytes = (try? Procfs().memoryInformation().totalBytes) ?? 0
  }

  /// One of the fixed arrays of `utsname`.
  private static func text<Characters>(_ field: inout Characters) -> String {
    unsafe withUnsafeBytes(of: &field) { bytes in unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// The machine in a line.
  var summary: String { "Linux \(kernel), \(processors) CPU\(processors == 1 ? "" : "s")" }
}
