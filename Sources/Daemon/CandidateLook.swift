import ScytheLinux
import ScythePolicy

extension Candidate {
  /// Looks at one process.
  ///
  /// - Parameter names: what its control groups are called.
  /// - Returns: `nil` for a thread, of the kernel or of a process, and for a process that is gone, or has left its memory.
  init?(of pid: PID, in names: ControlGroupNames, _ procfs: borrowing Procfs, _ classifier: ProcessClassifier) {
    guard let stat = try? procfs.stat(of: pid), !stat.isKernelThread, let status = try? procfs.status(of: pid),
      status.hasMemory, status.leader == pid, let adjustment = try? procfs.oomScoreAdjustment(of: pid)
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
    let group = names.telling.withBytes { ControlGroupName(parsing: $0) }
    unit = group.unit
    classes = classifier.classes(of: stat, status, in: group.scope, procfs)
    // To read the command line of one that dies may wait for its memory, and holds it.
    if !classes.contains(.dying) {
      take(classifier.rules.verdict(of: pid, name: name, userID: userID, in: names, procfs))
    }
  }

  /// Reads again what of a process changes by itself: its sizes, its `oom_score_adj`, and whether it is dying.
  ///
  /// - Parameter row: what is known of it.
  /// - Returns: `nil` if it is another process by now, or runs another program, or cannot be read: then all of it has to be.
  init?(again row: Candidate, _ procfs: borrowing Procfs) {
    guard let stat = try? procfs.stat(of: row.pid), stat.startTicks == row.startTicks, stat.name == row.name,
      let status = try? procfs.status(of: row.pid), status.hasMemory,
      let adjustment = try? procfs.oomScoreAdjustment(of: row.pid)
    else { return nil }
    self = row
    scoreAdjustment = Int16(clamping: adjustment)
    anonymousBytes = status.anonymousBytes
    sharedBytes = status.sharedBytes
    swapBytes = status.swapBytes
    if stat.isDying(status) { classes.insert(.dying) }
  }

  /// What makes it a candidate.
  var sizeBytes: UInt64 { anonymousBytes &+ sharedBytes &+ swapBytes }
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
