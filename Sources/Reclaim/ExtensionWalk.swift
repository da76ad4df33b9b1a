package import ScytheLinux

/// Has Scythe's kernel extension go through the address space of a process: by one call, or, where something may end it in
/// the middle, by one for each chunk.
struct ExtensionWalk<K: Kernel>: ~Copyable {
  private let kernel: K
  private let advice: Advice
  private let number: MemoryAdvice
  private let options: AdviceOptions
  private let deadlineNanoseconds: Int64?
  private var bytesLeft: UInt64?
  private(set) var report: AdviceReport

  /// Prepares a walk of which this is known before.
  ///
  /// - Parameter number: what the advice is to the extension.
  init(_ kernel: K, _ advice: Advice, as number: MemoryAdvice, _ options: AdviceOptions, _ report: AdviceReport) {
    self.kernel = kernel
    self.advice = advice
    self.number = number
    self.options = options
    self.report = report
    self.report.carrier = .extension
    self.report.end = .completed
    deadlineNanoseconds = options.deadlineMoment(from: kernel.nowNanoseconds)
    bytesLeft = options.maximumBytes
  }

  /// Walks one range, or, without an end, all behind its first address.
  ///
  /// - Parameters:
  ///   - base: the first address.
  ///   - end: the address behind the last one.
  ///   - process: the process.
  ///   - progress: called after each chunk.
  /// - Returns: whether the walk may go on behind it.
  /// - Throws: what the extension says; the report's `nextAddress` is where it stood.
  mutating func walk(
    from base: UInt64, to end: UInt64?, of process: borrowing ProcessDescriptor, _ progress: (AdviceReport) -> Void
  ) throws(Errno) -> Bool {
    var position = base > options.firstAddress ? base : options.firstAddress
    while position < end ?? .max {
      // 0 would say that all is done, and the first page of all is nobody's.
      report.nextAddress = position > 0 ? position : Machine.pageBytes
      guard mayGoOn() else { return false }
      let budget = nextBudget(isWhole: position == 0 || end != nil)
      if budget == 0 {
        report.end = .maximumReached
        return false
      }
      report.adviceCalls += 1
      let next = try kernel.advise(number, span: AdviceSpan(from: position, to: end, budgetBytes: budget), of: process)
      guard let next else { break }
      if let budget, let left = bytesLeft { bytesLeft = left - budget }
      // What is collapsed is whole huge pages: one that the budget has cut through is begun again.
      let resumed = advice == .collapse ? next - next % AdviceLimits.hugePageBytes : next
      guard resumed > position else { throw .badMessage }
      position = resumed
      report.nextAddress = position
      progress(report)
    }
    report.nextAddress = 0
    progress(report)
    return true
  }

  /// How much the next call may do; `nil` for all that there is.
  ///
  /// - Parameter isWhole: whether it can do without: it begins at the first address of all, or has an end.
  private func nextBudget(isWhole: Bool) -> UInt64? {
    let chunkBytes = AdviceLimits.chunkBytes(advice)
    if let left = bytesLeft {
      let unit = advice == .collapse ? AdviceLimits.hugePageBytes : Machine.pageBytes
      let rounded = left - left % unit
      return rounded < chunkBytes ? rounded : chunkBytes
    }
    let isCut = deadlineNanoseconds != nil || options.cancellation != nil || !isWhole
    return isCut ? chunkBytes : nil
  }

  /// What is left of the options, for whoever goes on where it stands.
  var remainingOptions: AdviceOptions {
    var rest = options
    rest.firstAddress = report.nextAddress
    rest.maximumBytes = bytesLeft
    if let deadlineNanoseconds { rest.deadlineNanoseconds = max(0, deadlineNanoseconds - kernel.nowNanoseconds) }
    return rest
  }

  private mutating func mayGoOn() -> Bool {
    guard let end = options.end(kernel.nowNanoseconds, deadlineNanoseconds) else { return true }
    report.end = end
    return false
  }
}

extension Reclaim {
  /// Gives advice by the extension, if it is there and can do what is asked for.
  ///
  /// - Returns: what is left to be done without it; `nil` if nothing is.
  func adviseByExtension(
    _ advice: Advice, _ selection: AddressSelection, _ process: borrowing ProcessDescriptor, _ pid: PID,
    _ options: AdviceOptions, _ report: inout AdviceReport, _ progress: (AdviceReport) -> Void
  ) throws(ReclaimError) -> AdviceOptions? {
    guard let number = extensionAdvice(advice, selection, options, report.before) else { return options }
    var walk = ExtensionWalk(kernel, advice, as: number, options, report)
    var failure: Errno?
    do throws(Errno) {
      switch selection {
      case .wholeProcess:
        _ = try walk.walk(from: 0, to: nil, of: process, progress)
      case .ranges(let ranges):
        for index in ranges.indices where ranges[index].length > 0 {
          let range = ranges[index]
          guard try walk.walk(from: range.base, to: range.base + range.length, of: process, progress) else { break }
        }
      }
    } catch {
      failure = error
    }
    report = walk.report
    if advice == .dontNeed {
      return try isTaken(failure, selection, process, pid, &report) ? nil : walk.remainingOptions
    }
    switch failure {
    case nil: return nil
    case .noSuchProcess?:
      report.end = .processGone
      report.nextAddress = 0
      return nil
    case .notPermitted?: throw .notPermitted(.notPermitted)
    case .permissionDenied?: throw .notPermitted(.permissionDenied)
    default: return walk.remainingOptions
    }
  }

  /// What an advice is to the extension; `nil` if that is not there, or not to be used, or cannot do it.
  private func extensionAdvice(
    _ advice: Advice, _ selection: AddressSelection, _ options: AdviceOptions, _ before: ProcessStatus
  ) -> MemoryAdvice? {
    guard options.prefersExtension, !options.countsAreas else { return nil }
    // What a call that came to its end has used of its budget is not told.
    if options.maximumBytes != nil, case .ranges(let ranges) = selection, ranges.count > 1 { return nil }
    guard let found = try? kernel.queryExtension(), found.canAdvise else { return nil }
    guard advice == .dontNeed else { return advice.memoryAdvice }
    return found.canRelease(before) ? found.releaseAdvice : nil
  }

  /// What a release by the extension came to.
  ///
  /// - Returns: false if `process_mrelease(2)` has to be asked.
  private func isTaken(
    _ failure: Errno?, _ selection: AddressSelection, _ process: borrowing ProcessDescriptor, _ pid: PID,
    _ report: inout AdviceReport
  ) throws(ReclaimError) -> Bool {
    switch failure {
    case nil:
      report.release = report.end == .completed ? .released : .partly
    case .noSuchProcess?:
      report.release = outcomeOfNoMemory(process)
      report.nextAddress = 0
    // It keeps what it cannot tell the use of, and a release by the other means would lose just that.
    case .resourceTemporarilyUnavailable?:
      throw .kernel(.resourceTemporarilyUnavailable)
    default:
      guard case .ranges = selection else { return false }
      // Unloaded in the middle, it says the same as of a process that is not dying.
      guard let failure, (try? kernel.queryExtension()) != nil else { throw .unsupported }
      guard failure == .invalidArgument else { throw ReclaimError(adviceError: failure) }
      report.release = try whyRefused(pid, isKillPending: false)
    }
    return true
  }
}

extension MadviseExtension {
  /// The advice that releases all that `process_mrelease(2)` would, as far as the extension can.
  package var releaseAdvice: MemoryAdvice { abilities.contains(.lockedMemory) ? .dontNeedLocked : .dontNeed }

  /// Whether it can release a process no worse than `process_mrelease(2)` does.
  ///
  /// - Parameter before: what the process has.
  package func canRelease(_ before: ProcessStatus) -> Bool {
    canRelease && (abilities.contains(.lockedMemory) || before.lockedBytes == 0)
  }
}
