/// The calls with which a process is killed and its memory released. A generic parameter stands for it, so that a test
/// can inject an answer that the real kernel cannot be made to give, at no cost to the real one.
public protocol Kernel: Sendable {
  /// Where processes are read about.
  var procfs: Procfs { get }
  /// As ``ProcessDescriptor/init(_:)``.
  func openProcess(_ pid: PID) throws(Errno) -> ProcessDescriptor
  /// As ``ProcessDescriptor/send(_:)``.
  func send(_ signal: Signal, to process: borrowing ProcessDescriptor) throws(Errno)
  /// As ``ProcessDescriptor/releaseMemory()``.
  func releaseMemory(of process: borrowing ProcessDescriptor) throws(Errno)
  /// As ``MemoryReleaseProbe/checkRelease()``.
  func probeRelease() throws(Errno)
  /// As ``ProcessDescriptor/advise(_:_:flags:)``, without a flag.
  func advise(
    _ advice: MemoryAdvice, _ ranges: Span<AddressRange>, of process: borrowing ProcessDescriptor
  ) throws(Errno) -> Int
  /// As ``MadviseExtension/query()``.
  func queryExtension() throws(Errno) -> MadviseExtension
  /// As ``ProcessDescriptor/advise(_:span:)``.
  func advise(
    _ advice: MemoryAdvice, span: AdviceSpan, of process: borrowing ProcessDescriptor
  ) throws(Errno) -> UInt64?
  /// As ``AreaCursor/init(of:_:_:)``.
  func openAreas(of pid: PID, _ source: AreaSource) throws(Errno) -> AreaCursor
  /// As ``ProcessDescriptor/waitForExit(timeoutMilliseconds:)``.
  func waitForExit(of process: borrowing ProcessDescriptor, timeoutMilliseconds: CInt) throws(Errno) -> Bool
  /// As ``MemorySharing/isShared(between:and:)``.
  func isMemoryShared(between first: PID, and second: PID) throws(Errno) -> Bool
  /// As ``RobustList/head(of:)``.
  func robustListHead(of thread: PID) throws(Errno) -> RobustListHead
  /// As ``RobustList/read(of:at:into:)``.
  func readRobustLists(
    of thread: PID, at addresses: Span<UInt64>, into words: inout MutableSpan<RobustListWords>
  ) throws(Errno) -> Int
  /// As ``MonotonicClock/nowNanoseconds``.
  var nowNanoseconds: Int64 { get }
}

/// The kernel that runs this program.
public struct LiveKernel: Kernel {
  /// Where processes are read about.
  public let procfs: Procfs

  /// Makes the kernel's face.
  ///
  /// - Parameter procfs: the system's own by default.
  public init(procfs: Procfs = Procfs()) { self.procfs = procfs }

  /// Opens a pidfd.
  public func openProcess(_ pid: PID) throws(Errno) -> ProcessDescriptor { try ProcessDescriptor(pid) }

  /// Signals through a pidfd.
  public func send(_ signal: Signal, to process: borrowing ProcessDescriptor) throws(Errno) {
    try process.send(signal)
  }

  /// Calls `process_mrelease(2)`.
  public func releaseMemory(of process: borrowing ProcessDescriptor) throws(Errno) { try process.releaseMemory() }

  /// Asks whether `process_mrelease(2)` can be called.
  public func probeRelease() throws(Errno) { try MemoryReleaseProbe.checkRelease() }

  /// Calls `process_madvise(2)`.
  public func advise(
    _ advice: MemoryAdvice, _ ranges: Span<AddressRange>, of process: borrowing ProcessDescriptor
  ) throws(Errno) -> Int {
    try process.advise(advice, ranges)
  }

  /// Asks for Scythe's kernel extension.
  public func queryExtension() throws(Errno) -> MadviseExtension { try MadviseExtension.query() }

  /// Calls `process_madvise(2)` as the extension takes it.
  public func advise(
    _ advice: MemoryAdvice, span: AdviceSpan, of process: borrowing ProcessDescriptor
  ) throws(Errno) -> UInt64? {
    try process.advise(advice, span: span)
  }

  /// Looks at the areas of a process.
  public func openAreas(of pid: PID, _ source: AreaSource) throws(Errno) -> AreaCursor {
    try AreaCursor(of: pid, source, procfs)
  }

  /// Polls a pidfd.
  public func waitForExit(of process: borrowing ProcessDescriptor, timeoutMilliseconds: CInt) throws(Errno) -> Bool {
    try process.waitForExit(timeoutMilliseconds: timeoutMilliseconds)
  }

  /// Calls `kcmp(2)`.
  public func isMemoryShared(between first: PID, and second: PID) throws(Errno) -> Bool {
    try MemorySharing.isShared(between: first, and: second)
  }

  /// Calls `get_robust_list(2)`.
  public func robustListHead(of thread: PID) throws(Errno) -> RobustListHead { try RobustList.head(of: thread) }

  /// Calls `process_vm_readv(2)`.
  public func readRobustLists(
    of thread: PID, at addresses: Span<UInt64>, into words: inout MutableSpan<RobustListWords>
  ) throws(Errno) -> Int {
    try RobustList.read(of: thread, at: addresses, into: &words)
  }

  /// Reads `CLOCK_MONOTONIC`.
  public var nowNanoseconds: Int64 { MonotonicClock.nowNanoseconds }
}
