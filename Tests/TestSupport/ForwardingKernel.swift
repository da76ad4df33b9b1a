public import ScytheLinux

/// A kernel that answers as the live one does, but for the calls that a test answers itself.
public protocol ForwardingKernel: Kernel {
  /// The live one.
  var live: LiveKernel { get }
}

extension ForwardingKernel {
  /// The live one's.
  public var procfs: Procfs { live.procfs }
  /// The live one's.
  public var nowNanoseconds: Int64 { live.nowNanoseconds }
  /// As the live one.
  public func openProcess(_ pid: PID) throws(Errno) -> ProcessDescriptor { try live.openProcess(pid) }
  /// As the live one.
  public func send(_ signal: Signal, to process: borrowing ProcessDescriptor) throws(Errno) {
    try live.send(signal, to: process)
  }
  /// As the live one.
  public func releaseMemory(of process: borrowing ProcessDescriptor) throws(Errno) {
    try live.releaseMemory(of: process)
  }
  /// As the live one.
  public func probeRelease() throws(Errno) { try live.probeRelease() }
  /// As the live one.
  public func advise(
    _ advice: MemoryAdvice, _ ranges: Span<AddressRange>, of process: borrowing ProcessDescriptor
  ) throws(Errno) -> Int {
    try live.advise(advice, ranges, of: process)
  }
  /// That there is none: what is injected shall meet the same kernel wherever the tests run.
  public func queryExtension() throws(Errno) -> MadviseExtension { throw .invalidArgument }
  /// As the live one.
  public func advise(
    _ advice: MemoryAdvice, span: AdviceSpan, of process: borrowing ProcessDescriptor
  ) throws(Errno) -> UInt64? {
    try live.advise(advice, span: span, of: process)
  }
  /// As the live one.
  public func openAreas(of pid: PID, _ source: AreaSource) throws(Errno) -> AreaCursor {
    try live.openAreas(of: pid, source)
  }
  /// As the live one.
  public func waitForExit(
    of process: borrowing ProcessDescriptor, timeoutMilliseconds: CInt
  ) throws(Errno) -> Bool {
    try live.waitForExit(of: process, timeoutMilliseconds: timeoutMilliseconds)
  }
  /// As the live one.
  public func isMemoryShared(between first: PID, and second: PID) throws(Errno) -> Bool {
    try live.isMemoryShared(between: first, and: second)
  }
  /// As the live one.
  public func robustListHead(of thread: PID) throws(Errno) -> RobustListHead { try live.robustListHead(of: thread) }
  /// As the live one.
  public func readRobustLists(
    of thread: PID, at addresses: Span<UInt64>, into words: inout MutableSpan<RobustListWords>
  ) throws(Errno) -> Int {
    try live.readRobustLists(of: thread, at: addresses, into: &words)
  }
}

/// The live kernel without Scythe's extension, whether that is loaded or not: what is tested with it is the same on every
/// machine.
public struct StockKernel: ForwardingKernel {
  /// The live one.
  public let live: LiveKernel

  /// Makes it.
  ///
  /// - Parameter procfs: the system's own by default.
  public init(procfs: Procfs = Procfs()) { live = LiveKernel(procfs: procfs) }
}
