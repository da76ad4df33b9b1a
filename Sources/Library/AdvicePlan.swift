public import ScytheLinux
public import ScytheReclaim

/// What advice would meet in a process.
public struct PlannedAreas: Equatable, Sendable {
  /// The areas that would be walked, and what they span: of those that are collapsed, the whole huge pages.
  public var walked = AreaTally()
  /// What of them is resident. Of an area of which a part is selected, at most that much of the part.
  public var residentBytes: UInt64 = 0
  /// What of that others have mapped too, which page-out leaves alone.
  public var sharedBytes: UInt64 = 0
  /// What of them is in swap.
  public var swapBytes: UInt64 = 0
  /// The areas that would be skipped.
  public var skipped = SkippedAreas()

  /// Makes nothing.
  public init() {}
}

/// What would become of a process.
public enum PlannedAdvice: Equatable, Sendable {
  /// It would be walked.
  case areas(PlannedAreas)
  /// The caller may not advise it: it lacks `CAP_SYS_NICE`, or ptrace read rights.
  case notPermitted(Errno)
}

/// A process that would be advised.
public struct PlannedProcess: Equatable, Sendable {
  /// Its number.
  public let pid: PID
  /// Its short name.
  public let name: ProcessName
  /// What it has now.
  public let before: ProcessStatus
  /// What would become of it.
  public let advice: PlannedAdvice
}

/// A control group that would be reclaimed from as a whole.
public struct PlannedGroup: Equatable, Sendable {
  /// Its directory.
  public let path: String
  /// What it is charged now; `nil` if it went away.
  public let chargedBytes: UInt64?
}

/// Whom a request would reach.
public struct AdvicePlan: Sendable {
  /// The processes, the largest first; those that went away are left out.
  public let processes: [PlannedProcess]
  /// The control groups that would be reclaimed from as a whole.
  public let groups: [PlannedGroup]
  /// Who would be released, for `dontNeed`; `nil` for all other advice.
  public let release: KillReport?

  init(release: KillReport) {
    processes = []
    groups = []
    self.release = release
  }

  init(_ request: AdviceRequest, _ selection: AdviceSelection) throws(AdviceError) {
    var processes: [PlannedProcess] = []
    for candidate in selection.candidates {
      guard let advice = try PlannedAdvice(candidate.pid, request) else { continue }
      processes.append(
        PlannedProcess(pid: candidate.pid, name: candidate.name, before: candidate.before, advice: advice))
    }
    self.processes = processes
    groups = selection.groups.map { path in
      let bytes = try? ControlGroup(path: PathBuffer(bytes: path.utf8)).memoryCurrentBytes()
      return PlannedGroup(path: path, chargedBytes: bytes)
    }
    release = nil
  }
}

extension PlannedAdvice {
  /// Looks at a process; `nil` if it is gone.
  fileprivate init?(_ pid: PID, _ request: AdviceRequest) throws(AdviceError) {
    var areas = PlannedAreas()
    do throws(Errno) {
      try ProcessDescriptor(pid).checkAdvice(request.advice.memoryAdvice)
      try Procfs().forEachArea(of: pid) { (details) throws(Errno) in
        areas.take(details, request)
        return true
      }
      self = .areas(areas)
    } catch {
      switch error {
      case .noSuchProcess, .noSuchFileOrDirectory: return nil
      case .notPermitted, .permissionDenied: self = .notPermitted(error)
      default: throw .kernel(error)
      }
    }
  }
}

extension PlannedAreas {
  fileprivate mutating func take(_ details: AreaDetails, _ request: AdviceRequest) {
    let area = AddressRange(base: details.area.base, length: details.area.length)
    var selected: UInt64 = 0
    var taken: UInt64 = 0
    for part in request.ranges.isEmpty ? [area] : request.ranges.compactMap({ $0.intersection(area) }) {
      selected &+= part.length
      taken &+= request.advice == .collapse ? part.wholeHugePages.length : part.length
    }
    guard selected > 0 else { return }
    if let reason = request.advice.reasonToSkip(details) ?? (taken == 0 ? .tooSmall : nil) {
      skipped.add(selected, reason, isNew: true)
      return
    }
    walked.areas += 1
    walked.bytes &+= taken
    residentBytes &+= min(details.residentBytes, taken)
    sharedBytes &+= min(details.sharedBytes, taken)
    swapBytes &+= min(details.swapBytes, taken)
  }
}

extension AddressRange {
  fileprivate func intersection(_ other: AddressRange) -> AddressRange? {
    let start = max(base, other.base)
    let end = min(base + length, other.base + other.length)
    return start < end ? AddressRange(base: start, length: end - start) : nil
  }
}

extension Advice {
  /// Why the kernel would refuse an area, as far as its flags tell.
  fileprivate func reasonToSkip(_ details: AreaDetails) -> SkipReason? {
    // [vsyscall] lies where no process may point to.
    if details.area.base >> 63 != 0 { return .kernel }
    if details.isHugetlb { return .hugetlb }
    switch self {
    case .cold, .pageOut:
      if details.isLocked { return .locked }
      guard details.isPageFrameMapping else { return nil }
      return details.area.origin == .kernel ? .kernel : .device
    case .collapse: return details.isPageFrameMapping || details.refusesHugePages ? .notEligible : nil
    case .willNeed, .dontNeed: return nil
    }
  }
}
