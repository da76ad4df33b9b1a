import ArgumentParser
import CMapsAdvice
import Scythe

/// A way to say `cold` of the whole memory of a process that lives.
enum WholeCold: String, CaseIterable, ExpressibleByArgument {
  case callPerArea = "call-per-area"
  case vectors
  case counting
  case scythe

  /// What the tables call it.
  var series: String {
    switch self {
    case .callPerArea: "maps + call per VMA"
    case .vectors: "maps + vectors of 1,024"
    case .counting: "Scythe, counting areas"
    case .scythe: "Scythe"
    }
  }

  /// Says it; each way opens whatever it needs by itself.
  ///
  /// - Throws: `SampleFailure` if the process went away meanwhile; what the kernel says.
  func advise(_ pid: PID) throws {
    switch self {
    case .callPerArea: try check(maps_advise_each(pid.rawValue, MemoryAdvice.cold.rawValue))
    case .vectors: try check(maps_advise_vectors(pid.rawValue, MemoryAdvice.cold.rawValue))
    case .counting, .scythe:
      var options = AdviceOptions()
      options.countsAreas = self == .counting
      let report = try Reclaim(kernel: LiveKernel()).apply(
        .cold, to: .wholeProcess, of: ProcessDescriptor(pid), pid: pid, options)
      guard report.end == .completed else { throw SampleFailure(description: "the advice ended: \(report.end)") }
    }
  }

  private func check(_ result: Int) throws {
    guard result > 0 else { throw SampleFailure(description: "\(series): \(result)") }
  }
}

/// The memory of a victim's `--anon`, as `/proc/PID/smaps` counts it.
struct AnonymousMemory {
  private(set) var areas = 0
  private(set) var bytes: UInt64 = 0
  private(set) var referencedBytes: UInt64 = 0

  /// Looks at a victim. Its memory is the largest run of readable areas without a hole between them.
  init(of pid: PID) throws(Errno) {
    var largest = self
    var end: UInt64 = 0
    try Procfs().forEachArea(of: pid) { (details) throws(Errno) in
      if details.area.base != end || !details.area.isReadable { self = AnonymousMemory() }
      end = details.area.end
      guard details.area.isReadable else { return true }
      areas += 1
      bytes += details.area.length
      referencedBytes += details.referencedBytes
      if bytes > largest.bytes { largest = self }
      return true
    }
    self = largest
  }

  private init() {}
}
