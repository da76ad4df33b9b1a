import FoundationEssentials
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
    let identity = try? KernelIdentity()
    kernel = identity?.release.string ?? "unknown"
    architecture = identity?.architecture.string ?? "unknown"
    processors = Machine.usableProcessors
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
    let model = lines.first { $0.hasPrefix("model name") }?.split(separator: ":", maxSplits: 1).last
    processorModel = model.map { String($0.drop { $0 == " " }) }
    memoryBytes = (try? Procfs().memoryInformation().totalBytes) ?? 0
  }

  /// The machine in a line.
  var summary: String { "Linux \(kernel), \(processors) CPU\(processors == 1 ? "" : "s")" }
}
