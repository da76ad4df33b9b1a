import ScytheLinux
import ScytheReaper
import Synchronization
import TestSupport

/// The live kernel, with answers injected that the real one cannot be made to give on demand.
struct InjectingKernel: ReaperKernel, ForwardingKernel {
  enum Call: Hashable, Sendable {
    case openProcess, send, releaseMemory, waitForExit, isMemoryShared, robustListHead, readRobustLists
    case queryExtension, adviseSpan
  }

  /// The answers that are still to be given. One lock around the table: executors and the coordinator both ask.
  final class Script: Sendable {
    private let answers = Mutex<[Call: (error: Errno, times: Int)]>([:])
    private let counts = Mutex<[Call: Int]>([:])

    func inject(_ error: Errno, into call: Call, times: Int = .max) {
      answers.withLock { $0[call] = (error, times) }
    }

    func next(_ call: Call) throws(Errno) {
      counts.withLock { $0[call, default: 0] += 1 }
      let error: Errno? = answers.withLock { table in
        guard let answer = table[call], answer.times > 0 else { return nil }
        table[call]?.times -= 1
        return answer.error
      }
      if let error { throw error }
    }

    func count(of call: Call) -> Int { counts.withLock { $0[call] ?? 0 } }
  }

  let live: LiveKernel
  let script: Script
  private let pretended: PretendedExtension?

  init(_ script: Script, procfs: Procfs = Procfs(), extension pretended: PretendedExtension? = nil) {
    live = LiveKernel(procfs: procfs)
    self.script = script
    self.pretended = pretended
  }

  static var executorBody: ThreadBody { { unsafe runExecutor(InjectingKernel.self, $0) } }

  func openProcess(_ pid: PID) throws(Errno) -> ProcessDescriptor {
    try script.next(.openProcess)
    return try live.openProcess(pid)
  }

  func send(_ signal: Signal, to process: borrowing ProcessDescriptor) throws(Errno) {
    // The check before the kill is not what is injected.
    if signal != .none { try script.next(.send) }
    try live.send(signal, to: process)
  }

  func queryExtension() throws(Errno) -> MadviseExtension {
    try script.next(.queryExtension)
    guard let pretended else { throw .invalidArgument }
    return try pretended.query()
  }

  func advise(
    _ advice: MemoryAdvice, span: AdviceSpan, of process: borrowing ProcessDescriptor
  ) throws(Errno) -> UInt64? {
    try script.next(.adviseSpan)
    guard let pretended else { throw .invalidArgument }
    return try pretended.advise(advice, span, process)
  }

  func releaseMemory(of process: borrowing ProcessDescriptor) throws(Errno) {
    try script.next(.releaseMemory)
    try live.releaseMemory(of: process)
  }

  func waitForExit(of process: borrowing ProcessDescriptor, timeoutMilliseconds: CInt) throws(Errno) -> Bool {
    try script.next(.waitForExit)
    return try live.waitForExit(of: process, timeoutMilliseconds: timeoutMilliseconds)
  }

  func isMemoryShared(between first: PID, and second: PID) throws(Errno) -> Bool {
    try script.next(.isMemoryShared)
    return try live.isMemoryShared(between: first, and: second)
  }

  func robustListHead(of thread: PID) throws(Errno) -> RobustListHead {
    try script.next(.robustListHead)
    return try live.robustListHead(of: thread)
  }

  func readRobustLists(
    of thread: PID, at addresses: Span<UInt64>, into words: inout MutableSpan<RobustListWords>
  ) throws(Errno) -> Int {
    try script.next(.readRobustLists)
    return try live.readRobustLists(of: thread, at: addresses, into: &words)
  }
}
