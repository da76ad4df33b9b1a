public import CScytheABI
internal import CScytheLinux
import ScytheLinux
import ScytheReclaim

// swift-format-ignore: AlwaysUseLowerCamelCase
/// `process_madvise(2)` with the flags for the whole address space, and for one range of any length; see `scythe.h`.
@c @implementation
public func scythe_process_madvise(
  _ pidfd: CInt, _ vector: UnsafePointer<iovec>?, _ count: Int, _ advice: CInt, _ flags: CUnsignedInt
) -> Int {
  LibcCall.answer { () throws(Errno) in
    let call = unsafe AdviceCall(
      pidfd: pidfd, vector: UnsafeRawPointer(vector)?.assumingMemoryBound(to: clinux_range.self), count: count,
      advice: advice)
    if !KernelFlags.isOurs(flags) {
      do throws(Errno) {
        return try call.passOn(flags)
      } catch {
        // A kernel extension that knew the flag may have been unloaded since.
        guard error == .invalidArgument, KernelFlags.isOursByNow(flags) else { throw error }
      }
    }
    if flags == UInt32(PMADV_FLAG_RANGE) { try call.adviseWhole() } else { try call.adviseSpan() }
    return 0
  }
}

/// One call, as the patch set of 2020 has it: the same checks, in the same order.
@safe struct AdviceCall {
  let pidfd: CInt
  private let vector: UnsafePointer<clinux_range>?
  private let count: Int
  private let advice: CInt

  init(pidfd: CInt, vector: UnsafePointer<clinux_range>?, count: Int, advice: CInt) {
    self.pidfd = pidfd
    unsafe self.vector = vector
    self.count = count
    self.advice = advice
  }

  /// Hands the call to the kernel as it is.
  func passOn(_ flags: UInt32) throws(Errno) -> Int {
    try valueOrErrno(unsafe clinux_process_madvise(pidfd, vector, count, advice, flags))
  }

  /// Advises all that there is.
  func adviseWhole() throws(Errno) {
    try importVector()
    try ProcessDescriptor.withBorrowed(pidfd) { (process) throws(Errno) in
      let advice = try checkedAdvice(for: process)
      // The kernel makes sure itself that the process is dying.
      if advice == .dontNeed { return try process.releaseMemory() }
      try apply(advice, to: .wholeProcess, of: process)
    }
  }

  /// Advises one range.
  func adviseSpan() throws(Errno) {
    let (base, end) = try readSpan()
    try ProcessDescriptor.withBorrowed(pidfd) { (process) throws(Errno) in
      let advice = try checkedAdvice(for: process)
      let pid = advice == .dontNeed ? try process.pid() : nil
      if let pid, try !isDying(pid) { throw .invalidArgument }
      let pageBytes = Machine.pageBytes
      guard base % pageBytes == 0, end % pageBytes == 0, base <= end else { throw .invalidArgument }
      if base == end { return }
      if advice == .dontNeed, (try? MadviseExtension.query())?.canRelease != true { throw .notSupported }
      let ranges: InlineArray<1, AddressRange> = [AddressRange(base: base, length: end - base)]
      try apply(advice, to: .ranges(ranges.span), of: process)
    }
  }

  // MARK: The vector

  /// Has the kernel look at the vector, which it does before it looks at the descriptor: -1 is none.
  private func importVector() throws(Errno) {
    do throws(Errno) {
      _ = try valueOrErrno(unsafe clinux_process_madvise(-1, vector, count, MemoryAdvice.cold.rawValue, 0))
    } catch {
      if error != .badFileDescriptor { throw error }
    }
  }

  /// Reads the two addresses of a span. The kernel copies them, so that a bad pointer is an answer, and no crash.
  private func readSpan() throws(Errno) -> (base: UInt64, end: UInt64) {
    guard count == 2 else { throw .invalidArgument }
    var copy: InlineArray<2, clinux_range> = InlineArray(repeating: clinux_range())
    let bytes = 2 * MemoryLayout<clinux_range>.size
    let address = UInt64(UInt(bitPattern: unsafe vector))
    var into = copy.mutableSpan
    let read = try unsafe into.withUnsafeMutableBytes { (to) throws(Errno) in
      try unsafe withUnsafePointer(to: address) { (from) throws(Errno) in
        try valueOrErrno(
          unsafe clinux_process_vm_readv(PID.current.rawValue, to.baseAddress!, from, 1, bytes))
      }
    }
    guard read == bytes else { throw .badAddress }
    return (copy[0].base, copy[1].base)
  }

  // MARK: The checks behind the vector

  /// What the advice is, if it can be given to the process: descriptor, process, advice and rights, in this order.
  private func checkedAdvice(for process: borrowing ProcessDescriptor) throws(Errno) -> Advice {
    var refusal: Errno?
    do throws(Errno) {
      try process.checkAdvice(.cold)
    } catch {
      refusal = error
    }
    // The same answer means a process that has been waited for, which comes first, and one that has no memory any more.
    if refusal == .badFileDescriptor || refusal == .noSuchProcess && isReaped(process) { throw refusal! }
    guard let advice = Advice(number: advice) else { throw .invalidArgument }
    if advice == .willNeed || advice == .collapse { try MemoryAdviceProbe.check(advice.memoryAdvice) }
    if let refusal { throw refusal }
    return advice
  }

  private func isReaped(_ process: borrowing ProcessDescriptor) -> Bool {
    do throws(Errno) {
      try process.send(.none)
      return false
    } catch {
      return error == .noSuchProcess
    }
  }

  private func isDying(_ pid: PID) throws(Errno) -> Bool {
    let procfs = Procfs()
    if try procfs.status(of: pid).isKillPending { return true }
    return try procfs.stat(of: pid).isExiting
  }

  // MARK: The walk

  /// Not inlined: at both places where it is called it would be 3 KiB.
  @inline(never)
  private func apply(
    _ advice: Advice, to selection: AddressSelection, of process: borrowing ProcessDescriptor
  ) throws(Errno) {
    let pid = try process.pid()
    let report: AdviceReport
    do throws(ReclaimError) {
      report = try Reclaim(kernel: LiveKernel()).apply(advice, to: selection, of: process, pid: pid)
    } catch {
      throw Errno(error)
    }
    switch report.release {
    // The kernel would keep the memory of one that ends in the middle for as long as it walks, and say 0.
    case nil where report.end != .processGone || report.adviceCalls > 0: return
    case .released?: return
    case nil, .goneAlready?, .exitUnderWay?: throw .noSuchProcess
    default: throw .invalidArgument
    }
  }
}

extension Advice {
  /// The advice of the kernel's number; `nil` for one that is given to nobody else.
  fileprivate init?(number: CInt) {
    switch MemoryAdvice(rawValue: number) {
    case .cold: self = .cold
    case .pageOut: self = .pageOut
    case .willNeed: self = .willNeed
    case .collapse: self = .collapse
    case .dontNeed: self = .dontNeed
    default: return nil
    }
  }
}

extension Errno {
  /// What the kernel would say.
  fileprivate init(_ error: ReclaimError) {
    self =
      switch error {
      case .notPermitted(let error), .kernel(let error): error
      case .notDying, .unsupported, .badRange: .invalidArgument
      // Of a cgroup's limit, which no advice is given by.
      case .notAlone, .notCharged: .notSupported
      }
  }
}
