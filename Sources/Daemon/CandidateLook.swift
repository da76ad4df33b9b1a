import ScytheLinux
import ScythePolicy

extension Candidate {
  /// Looks at one process.
  ///
  /// - Returns: `nil` for a thread of the kernel, and for a process that is gone, or has left its memory.
  init?(of pid: PID, _ procfs: borrowing Procfs, _ classifier: ProcessClassifier) {
    guard let stat = try? procfs.stat(of: pid), !stat.isKernelThread, let status = try? procfs.status(of: pid),
      status.hasMemory, let adjustment = try? procfs.oomScoreAdjustment(of: pid)
    else { return nil }
    self.init()
    self.pid = pid
    startTicks = stat.startTicks
    name = stat.name
    userID = status.userID
    anonymousBytes = status.anonymousBytes
    sharedBytes = status.sharedBytes
    swapBytes = status.swapBytes
    scoreAdjustment = Int16(clamping: adjustment)
    let group = ControlGroupName(of: pid, procfs)
    unit = group.unit
    classes = classifier.classes(of: stat, status, in: group.scope, procfs)
    // To read the command line of one that dies may wait for its memory, and holds it.
    if !classes.contains(.dying) { take(classifier.rules.verdict(of: pid, name: name, userID: userID, procfs)) }
  }

  /// What makes it a candidate.
  var sizeBytes: UInt64 { anonymousBytes &+ sharedBytes &+ swapBytes }
}

extension ControlGroupName {
  /// The name of the group of a process: in v2, or, where that hierarchy is not used, in the memory hierarchy of v1.
  fileprivate init(of pid: PID, _ procfs: borrowing Procfs) {
    self = Self.name(of: pid, procfs, in: .unified)
    if unit == 0 { self = Self.name(of: pid, procfs, in: .memory) }
  }

  private static func name(
    of pid: PID, _ procfs: borrowing Procfs, in hierarchy: ControlGroupHierarchy
  ) -> ControlGroupName {
    let name = try? procfs.withControlGroupName(of: pid, in: hierarchy) { (name) throws(Errno) in
      ControlGroupName(parsing: name)
    }
    return (name ?? nil) ?? ControlGroupName()
  }
}

extension ProcessTotals {
  mutating func add(_ row: Candidate) {
    count = count.plus(1)
    anonymousBytes = anonymousBytes.plus(row.anonymousBytes)
    sharedBytes = sharedBytes.plus(row.sharedBytes)
    swapBytes = swapBytes.plus(row.swapBytes)
  }

  mutating func remove(_ row: Candidate) {
    count = count.minus(1)
    anonymousBytes = anonymousBytes.minus(row.anonymousBytes)
    sharedBytes = sharedBytes.minus(row.sharedBytes)
    swapBytes = swapBytes.minus(row.swapBytes)
  }
}
