import ScytheLinux
import ScytheReclaim
import TestSupport

/// Gives advice to one process on the live kernel, as it is without an extension.
func advise(
  _ pid: PID, _ advice: Advice, _ ranges: [AddressRange]? = nil, _ options: AdviceOptions = AdviceOptions()
) throws -> AdviceReport {
  try advise(pid, StockKernel(), advice, ranges, options)
}

/// The same on another kernel.
func advise<K: Kernel>(
  _ pid: PID, _ kernel: K, _ advice: Advice, _ ranges: [AddressRange]? = nil,
  _ options: AdviceOptions = AdviceOptions(), progress: (AdviceReport) -> Void = { _ in }
) throws -> AdviceReport {
  let process = try ProcessDescriptor(pid)
  let reclaim = Reclaim(kernel: kernel)
  guard let ranges else {
    return try reclaim.apply(advice, to: .wholeProcess, of: process, pid: pid, options, progress: progress)
  }
  return try reclaim.apply(advice, to: .ranges(ranges.span), of: process, pid: pid, options, progress: progress)
}

extension AdviceOptions {
  /// Options that look up every area.
  static var counting: AdviceOptions {
    var options = AdviceOptions()
    options.countsAreas = true
    return options
  }
}
