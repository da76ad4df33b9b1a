import ScytheLinux
import ScytheReclaim

/// Has the kernel reclaim the memory of a process first when memory runs short.
/// Goes in portions: between two of them one may look whether it is still wanted.
func makeCold(
  _ pid: PID, _ process: borrowing ProcessDescriptor
) throws(ReclaimError) {
  let reclaim = Reclaim(kernel: LiveKernel())
  var options = AdviceOptions()
  options.maximumBytes = 16 << 20
  options.deadlineNanoseconds = 100_000_000
  repeat {
    let report = try reclaim.apply(
      .cold, to: .wholeProcess, of: process, pid: pid, options)
    say("cold: \(report.advised?.bytes ?? 0) bytes, \(report.end)")
    printSkipped(report)
    options.firstAddress = report.nextAddress
  } while options.firstAddress > 0
}

/// Has the kernel reclaim one range now, and says what the process has afterwards.
func pageOut(
  _ range: AddressRange, of pid: PID, _ process: borrowing ProcessDescriptor
) throws(ReclaimError) {
  let reclaim = Reclaim(kernel: LiveKernel())
  let ranges: InlineArray<1, AddressRange> = [range]
  let report = try reclaim.apply(
    .pageOut, to: .ranges(ranges.span), of: process, pid: pid)
  printSkipped(report)
  guard let after = report.after else {
    say("paged out: the process is gone")
    return
  }
  let before = report.before
  say("paged out: \(before.anonymousBytes) anonymous bytes before, \(after.anonymousBytes) after")
  say("           \(before.swapBytes) bytes in swap before, \(after.swapBytes) after")
}

func printSkipped(_ report: AdviceReport) {
  let reasons = SkipReason.all
  for index in reasons.indices {
    let tally = report.skipped[reasons[index]]
    guard tally.areas > 0 else { continue }
    say("skipped, \(reasons[index]): \(tally.bytes) bytes, \(tally.areas) area(s)")
  }
}

/// The area with the most resident memory.
func largestArea(of pid: PID) throws(Errno) -> AddressRange? {
  var largest: AreaDetails?
  try Procfs().forEachArea(of: pid) { (details) throws(Errno) in
    if details.residentBytes > largest?.residentBytes ?? 0 { largest = details }
    return true
  }
  return largest.map { AddressRange(base: $0.area.base, length: $0.area.length) }
}

/// Writes a line at once, where `print` may hold it back until the end.
func say(_ line: String, to stream: StandardStream = .output) {
  stream.write(PathBuffer(bytes: "\(line)\n".utf8))
}

guard CommandLine.arguments.count == 2, let number = Int32(CommandLine.arguments[1])
else {
  say("usage: AdviseExample PID", to: .error)
  Machine.exit(64)
}
let pid = PID(number)
do {
  let process = try ProcessDescriptor(pid)
  try makeCold(pid, process)
  if let range = try largestArea(of: pid) { try pageOut(range, of: pid, process) }
} catch ReclaimError.notPermitted {
  say("not permitted: needs CAP_SYS_NICE, and the right to trace the process", to: .error)
  Machine.exit(1)
} catch ReclaimError.unsupported {
  say("not known to this kernel, or forbidden by a seccomp filter", to: .error)
  Machine.exit(1)
} catch let error as Errno {
  let words = error.explanation.map { "\($0)" } ?? "error \(error.rawValue)"
  say("cannot look at \(number): \(words)", to: .error)
  Machine.exit(1)
} catch {
  say("cannot advise \(number): \(error)", to: .error)
  Machine.exit(1)
}
