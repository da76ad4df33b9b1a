import ScytheLinux

/// Goes through the address space of a process and gives advice to what is mapped.
///
/// The kernel walks any range by itself, holes included, and stops only at an area that cannot take the advice. So it gets
/// windows over whatever is there, which cost as much for one area as for ten thousand; a window that is refused is gone
/// through area by area. Only where every area is to be looked at is that done everywhere.
struct AdviceWalk<K: Kernel>: ~Copyable {
  private let kernel: K
  private let advice: Advice
  private let options: AdviceOptions
  private let deadlineNanoseconds: Int64?
  private let looksUpAll: Bool
  private let hasLockedMemory: Bool
  private var cursor: AreaCursor
  /// Below this address areas are looked up one by one.
  private var detailedUntil: UInt64 = 0
  /// The base of the area that was looked at last.
  private var latestBase: UInt64?
  private var advised = AreaTally()
  private var report = AdviceReport()
  private var isOver = false

  /// Where the areas are best looked for: the text is cheaper if all of it is wanted.
  ///
  /// - Parameter isWhole: whether all of the process will be walked.
  static func source(_ advice: Advice, _ options: AdviceOptions, isWhole: Bool) -> AreaSource {
    looksUpAll(advice, options) && isWhole ? .text : .query
  }

  private static func looksUpAll(_ advice: Advice, _ options: AdviceOptions) -> Bool {
    options.countsAreas || options.maximumBytes != nil || advice == .collapse
  }

  /// Prepares a walk over the areas that a cursor finds, of a process that has this before.
  init(
    _ kernel: K, _ advice: Advice, _ options: AdviceOptions, _ cursor: consuming AreaCursor, _ before: ProcessStatus
  ) {
    self.kernel = kernel
    self.advice = advice
    self.options = options
    self.cursor = cursor
    deadlineNanoseconds = options.deadlineMoment(from: kernel.nowNanoseconds)
    looksUpAll = AdviceWalk.looksUpAll(advice, options)
    hasLockedMemory = before.lockedBytes > 0
    report.before = before
  }

  /// Walks one range.
  ///
  /// - Parameters:
  ///   - base: its first address.
  ///   - end: the address behind it.
  ///   - process: the process.
  ///   - vector: room for what is advised together; not a part of the walk, which would be 18 KiB larger wherever it
  ///     passes through.
  ///   - progress: called after each chunk.
  /// - Returns: whether the walk may go on behind it.
  mutating func walk(
    from base: UInt64, to end: UInt64, of process: borrowing ProcessDescriptor, _ vector: inout AdviceVector,
    _ progress: (AdviceReport) -> Void
  ) throws(ReclaimError) -> Bool {
    var position = base > options.firstAddress ? base : options.firstAddress
    while position < end {
      guard let area = try find(position), area.base < end else { return true }
      if position < area.base { position = area.base }
      guard mayGoOn() else { break }
      if looksUpAll || position < detailedUntil {
        let limit = looksUpAll || end < detailedUntil ? end : detailedUntil
        position = try adviseAreas(from: position, to: limit, process, &vector)
      } else {
        position = try adviseWindow(from: position, to: end, process)
      }
      if isOver { break }
      progress(currentReport())
    }
    if isOver, report.end != .processGone { report.nextAddress = position }
    return !isOver
  }

  /// What has come of it so far.
  func currentReport() -> AdviceReport {
    var report = report
    report.areaCalls = cursor.calls
    report.advised = looksUpAll ? advised : nil
    return report
  }

  // MARK: Windows

  /// Gives a window to the kernel.
  ///
  /// - Returns: where the walk goes on.
  private mutating func adviseWindow(
    from base: UInt64, to end: UInt64, _ process: borrowing ProcessDescriptor
  ) throws(ReclaimError) -> UInt64 {
    let chunkBytes = AdviceLimits.chunkBytes(advice)
    let length = end - base < chunkBytes ? end - base : chunkBytes
    let window: InlineArray<1, AddressRange> = [AddressRange(base: base, length: length)]
    report.adviceCalls += 1
    do throws(Errno) {
      let walked = UInt64(try kernel.advise(advice.memoryAdvice, window.span, of: process))
      if walked > 0 { return base + walked }
    } catch {
      switch error {
      // There is a hole in it; what is mapped has been advised.
      case .noMemory: return base + length
      // An area in it cannot take the advice, or it goes beyond the last address that there can be.
      case .invalidArgument, .badFileDescriptor, .badAddress: break
      default: try stop(with: error)
      }
    }
    detailedUntil = cursor.source == .query ? base + length : UInt64.max
    return base
  }

  // MARK: Area by area

  /// Gives advice to the next areas, as many as one call takes.
  ///
  /// - Returns: where the walk goes on.
  private mutating func adviseAreas(
    from base: UInt64, to end: UInt64, _ process: borrowing ProcessDescriptor, _ vector: inout AdviceVector
  ) throws(ReclaimError) -> UInt64 {
    let most = bytesLeft
    guard most > 0 else {
      isOver = true
      report.end = .maximumReached
      return base
    }
    vector.removeAll()
    var position = base
    while position < end, vector.bytes < most, !vector.isFull {
      guard let area = try find(position), area.base < end else {
        position = end
        break
      }
      let isNew = area.base != latestBase
      latestBase = area.base
      let start = position > area.base ? position : area.base
      let stop = end < area.end ? end : area.end
      let whole = advisable(start, stop)
      position = stop
      if let reason = reasonToSkip(area, whole) {
        report.skipped.add(stop - start, reason, isNew: isNew)
        continue
      }
      var part = whole
      if part.length > most - vector.bytes {
        part.length = most - vector.bytes
        position = part.base + part.length
      }
      if vector.count == 0 { vector.beginsInside = !isNew }
      vector.append(part, of: area)
    }
    try submit(&vector, process)
    return vector.isDone ? position : vector.next.base
  }

  /// What one call may take of what is left of the limit.
  private var bytesLeft: UInt64 {
    let chunkBytes = AdviceLimits.chunkBytes(advice)
    guard let maximum = options.maximumBytes else { return chunkBytes }
    let left = maximum > advised.bytes ? maximum - advised.bytes : 0
    let unit = advice == .collapse ? AdviceLimits.hugePageBytes : Machine.pageBytes
    let rounded = left - left % unit
    return rounded < chunkBytes ? rounded : chunkBytes
  }

  /// The part of an area that can take the advice: what is collapsed is whole huge pages.
  private func advisable(_ start: UInt64, _ stop: UInt64) -> AddressRange {
    let whole = AddressRange(base: start, length: stop - start)
    return advice == .collapse ? whole.wholeHugePages : whole
  }

  /// What is known of an area without asking for it.
  private func reasonToSkip(_ area: MemoryArea, _ part: AddressRange) -> SkipReason? {
    // [vsyscall] lies where no process may point to: the kernel would refuse the whole vector.
    if area.base >> 63 != 0 { return .kernel }
    if let pageBytes = area.pageBytes, pageBytes > Machine.pageBytes { return .hugetlb }
    return part.length == 0 ? .tooSmall : nil
  }

  /// Gives the vector to the kernel, and goes on behind whatever it refuses.
  private mutating func submit(
    _ vector: inout AdviceVector, _ process: borrowing ProcessDescriptor
  ) throws(ReclaimError) {
    while !vector.isDone, !isOver {
      report.adviceCalls += 1
      do throws(Errno) {
        let walked = try vector.give(advice, to: process, kernel)
        let areas = vector.take(walked)
        advised.areas += areas
        advised.bytes += walked
        // No kernel says so, but a seccomp filter may.
        if walked == 0 { skipNext(of: &vector, .refused) }
      } catch {
        switch error {
        case .invalidArgument: skipNext(of: &vector, try reasonForRefusal(of: &vector))
        case .noMemory: skipNext(of: &vector, advice == .collapse ? .failed : .changed)
        case .badFileDescriptor: skipNext(of: &vector, .notEligible)
        case .resourceTemporarilyUnavailable, .resourceBusy: skipNext(of: &vector, .failed)
        default: try stop(with: error)
        }
      }
    }
  }

  private mutating func skipNext(of vector: inout AdviceVector, _ reason: SkipReason) {
    report.skipped.add(vector.next.length, reason, isNew: vector.isNextNew)
    vector.skip()
  }

  /// Why the kernel has refused the next range of the vector.
  private mutating func reasonForRefusal(of vector: inout AdviceVector) throws(ReclaimError) -> SkipReason {
    let range = vector.next
    let found = MemoryArea(
      base: range.base, end: range.base + range.length, isReadable: false, isWritable: false, isExecutable: false,
      isShared: false, origin: vector.nextOrigin)
    let area: MemoryArea?
    do throws(Errno) { area = try cursor.lookAgain(at: found) } catch { throw .kernel(error) }
    guard let area, area.end >= found.end else { return .changed }
    if let pageBytes = area.pageBytes, pageBytes > Machine.pageBytes { return .hugetlb }
    switch area.origin {
    case .hugetlb?: return .hugetlb
    case .kernel?: return .kernel
    case .device?: return .device
    case .ordinary?, nil: return advice == .collapse ? .notEligible : hasLockedMemory ? .locked : .refused
    }
  }

  // MARK: Ends

  private mutating func mayGoOn() -> Bool {
    guard let end = options.end(kernel.nowNanoseconds, deadlineNanoseconds) else { return true }
    report.end = end
    isOver = true
    return false
  }

  private mutating func stop(with error: Errno) throws(ReclaimError) {
    guard error == .noSuchProcess else { throw ReclaimError(adviceError: error) }
    isOver = true
    report.end = .processGone
  }

  private mutating func find(_ address: UInt64) throws(ReclaimError) -> MemoryArea? {
    do throws(Errno) { return try cursor.next(atOrAfter: address) } catch { throw ReclaimError(adviceError: error) }
  }
}

extension ReclaimError {
  /// What `process_madvise` and the reading of areas say.
  init(adviceError error: Errno) {
    switch error {
    case .notPermitted, .permissionDenied: self = .notPermitted(error)
    case .noFunction: self = .unsupported
    default: self = .kernel(error)
    }
  }
}
