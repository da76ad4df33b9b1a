public import ScytheLinux
public import ScythePolicy

/// The processes that could be victims, as they were at the last look: the larger ones, if there are more than fit.
public struct CandidateTable: ~Copyable {
  private var rows: FixedTable<Candidate>
  // When the rows were last looked at, by the monotonic clock.
  private var lookedNanoseconds: UInt64 = 0
  /// The sums over all processes, those without a row included; `nil` before the first look.
  public private(set) var totals: ProcessTotals?

  /// How many rows the daemon has: 288 KiB of locked memory.
  public static var usualCapacity: Int { 4096 }

  /// Makes an empty table.
  ///
  /// - Throws: `Errno.noMemory`.
  public init(capacity: Int = CandidateTable.usualCapacity) throws(Errno) {
    rows = try FixedTable(capacity: capacity)
  }

  /// How many rows there are.
  public var count: Int { rows.count }

  /// Lends the rows, ordered by pid.
  public func withRows<E: Error, R: ~Copyable>(_ body: (Span<Candidate>) throws(E) -> R) throws(E) -> R {
    try rows.withRows(body)
  }

  /// Looks at all processes. It reads four files of each, which takes some 40 us and may wait for one that is being
  /// swapped out: not for a loop that must not.
  ///
  /// - Parameters:
  ///   - procfs: where they are.
  ///   - sessions: who leads a session.
  /// - Throws: what `forEachProcess(_:)` throws; a process that is gone meanwhile has no row.
  public mutating func look(_ procfs: borrowing Procfs, sessions: LoginSessions) throws(Errno) {
    let now = UInt64(clamping: MonotonicClock.nowNanoseconds)
    let elapsed = lookedNanoseconds == 0 ? 0 : now - lookedNanoseconds
    lookedNanoseconds = now
    let classifier = ProcessClassifier(procfs, sessions: sessions)
    var totals = ProcessTotals()
    totals.swapOutBytesAtLook = (try? procfs.pagingCounters())?.swapOutBytes ?? 0
    let known = rows.count
    var isSeen = SeenRows()
    try procfs.forEachProcess { (pid) throws(Errno) in
      guard let row = Candidate(of: pid, procfs, classifier) else { return true }
      totals.add(row)
      if let index = index(of: pid, below: known), rows[index].startTicks == row.startTicks {
        take(row, at: index, after: elapsed)
        isSeen.insert(index)
      } else {
        add(row, keeping: known, &isSeen)
      }
      return true
    }
    removeUnseen(below: known, isSeen)
    sortByPID()
    self.totals = totals
  }

  // MARK: Rows

  private mutating func take(_ row: Candidate, at index: Int, after elapsed: UInt64) {
    var row = row
    let before = rows[index].sizeBytes
    let after = row.sizeBytes
    if after > before, elapsed > 0 { row.growthBytesPerSecond = (after - before).perSecond(over: elapsed) }
    row.ruleWeightPercent = rows[index].ruleWeightPercent
    rows[index] = row
  }

  /// Adds a process that has no row; if there is no room, in the place of the smallest, if that is smaller.
  private mutating func add(_ row: Candidate, keeping known: Int, _ isSeen: inout SeenRows) {
    guard rows.isFull else { return rows.append(row) }
    var smallest = 0
    for index in 1..<rows.count where rows[index].sizeBytes < rows[smallest].sizeBytes { smallest = index }
    guard rows[smallest].sizeBytes < row.sizeBytes else { return }
    rows[smallest] = row
    if smallest < known { isSeen.insert(smallest) }
  }

  /// The row of a process among those that are ordered by pid.
  private func index(of pid: PID, below end: Int) -> Int? {
    var range = 0..<end
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      if rows[middle].pid == pid { return middle }
      range = rows[middle].pid.rawValue < pid.rawValue ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return nil
  }

  private mutating func removeUnseen(below known: Int, _ isSeen: SeenRows) {
    var kept = 0
    for index in 0..<rows.count where index >= known || isSeen.contains(index) {
      if kept != index { rows[kept] = rows[index] }
      kept += 1
    }
    rows.removeLast(from: kept)
  }

  /// By insertion: the kernel lists processes in that order, so next to nothing has to move.
  private mutating func sortByPID() {
    for index in 1..<max(1, rows.count) {
      let row = rows[index]
      var place = index
      while place > 0, rows[place - 1].pid.rawValue > row.pid.rawValue {
        rows[place] = rows[place - 1]
        place -= 1
      }
      if place != index { rows[place] = row }
    }
  }
}
