public import ScytheLinux
public import ScythePolicy

/// The processes that could be victims, as they were at the last look: the larger ones, if there are more than fit.
public struct CandidateTable: ~Copyable {
  // Ordered by pid between two looks.
  private var rows: FixedTable<Candidate>
  // When they were looked at last, by the monotonic clock.
  private var lookedNanoseconds: UInt64 = 0
  /// The sums over all processes, those without a row included; `nil` before the first look.
  public private(set) var totals: ProcessTotals?

  /// The most rows that a table may have: those of the daemon, 288 KiB of locked memory.
  public static var mostRows: Int { 4096 }

  /// Makes an empty table.
  ///
  /// - Parameter capacity: how many rows it has, 8 to ``mostRows``; another number is a programmer's error.
  /// - Throws: `Errno.noMemory`.
  public init(capacity: Int = CandidateTable.mostRows) throws(Errno) {
    precondition((8...CandidateTable.mostRows).contains(capacity))
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
  public mutating func look(_ procfs: Procfs, sessions: LoginSessions) throws(Errno) {
    let now = UInt64(clamping: MonotonicClock.nowNanoseconds)
    let elapsed = totals == nil ? 0 : now - lookedNanoseconds
    lookedNanoseconds = now
    let classifier = ProcessClassifier(procfs, sessions: sessions)
    var totals = ProcessTotals()
    totals.swapOutBytesAtLook = (try? procfs.pagingCounters())?.swapOutBytes ?? 0
    makeRoom()
    let known = rows.count
    var seen = RowSet()
    try procfs.forEachProcess { (pid) throws(Errno) in
      guard let row = Candidate(of: pid, procfs, classifier) else { return true }
      totals.add(row)
      if let index = index(of: pid, below: known), rows[index].startTicks == row.startTicks {
        update(index, to: row, after: elapsed)
        seen.insert(index)
      } else {
        add(row, behind: known)
      }
      return true
    }
    remove(below: known, except: seen)
    sortByPID()
    self.totals = totals
  }
}

extension CandidateTable {
  private mutating func update(_ index: Int, to row: Candidate, after elapsed: UInt64) {
    let before = rows[index].sizeBytes
    let after = row.sizeBytes
    var row = row
    row.growthBytesPerSecond = after > before ? (after - before).perSecond(within: elapsed) : 0
    rows[index] = row
  }

  /// Drops the smallest rows of a table that is nearly full, so that an eighth of it is free for new processes: these are
  /// put behind the others, which stay in their order while they are looked for.
  private mutating func makeRoom() {
    let most = rows.capacity / 8 * 7
    guard rows.count > most else { return }
    // The least size that leaves few enough rows above it.
    var sizes: (low: UInt64, high: UInt64) = (0, .max)
    while sizes.low < sizes.high {
      let middle = sizes.low + (sizes.high - sizes.low) / 2
      var larger = 0
      for index in 0..<rows.count where rows[index].sizeBytes > middle { larger += 1 }
      if larger > most { sizes.low = middle + 1 } else { sizes.high = middle }
    }
    keepRows { $0.sizeBytes > sizes.low }
  }

  /// Adds a process that has no row: if there is no room, in the place of the smallest new one, if that is smaller.
  private mutating func add(_ row: Candidate, behind known: Int) {
    guard rows.isFull else { return rows.append(row) }
    var smallest = known
    for index in known..<rows.count where rows[index].sizeBytes < rows[smallest].sizeBytes { smallest = index }
    if rows[smallest].sizeBytes < row.sizeBytes { rows[smallest] = row }
  }

  /// The row of a process among those that are ordered by pid.
  private func index(of pid: PID, below end: Int) -> Int? {
    var range = 0..<end
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      if rows[middle].pid == pid { return middle }
      range =
        rows[middle].pid.rawValue < pid.rawValue ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return nil
  }

  /// Removes those that are gone.
  private mutating func remove(below known: Int, except seen: RowSet) {
    var index = -1
    keepRows { _ in
      index += 1
      return index >= known || seen.contains(index)
    }
  }

  private mutating func keepRows(where isKept: (Candidate) -> Bool) {
    var kept = 0
    for index in 0..<rows.count where isKept(rows[index]) {
      if kept != index { rows[kept] = rows[index] }
      kept += 1
    }
    rows.removeLast(from: kept)
  }

  /// By insertion: the kernel lists processes in that order, so next to nothing has to move.
  private mutating func sortByPID() {
    guard rows.count > 1 else { return }
    for index in 1..<rows.count {
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

/// Some of the rows of a table.
private struct RowSet: BitwiseCopyable {
  private var words = InlineArray<64, UInt64>(repeating: 0)

  mutating func insert(_ index: Int) { words[index / 64] |= 1 << UInt64(index % 64) }

  func contains(_ index: Int) -> Bool { words[index / 64] >> UInt64(index % 64) & 1 == 1 }
}
