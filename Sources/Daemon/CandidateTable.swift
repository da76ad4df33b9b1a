public import ScytheLinux
public import ScythePolicy

/// The processes that could be victims, as they were at the last look: the larger ones, if there are more than fit.
///
/// A look at all of them takes some 40 us each. A quick look reads only those that matter soon: the large ones, those that
/// grow, those that are young or new, and of the others a few at a time. Whoever has no row and is not new has been looked
/// at before: a thread of the kernel, or too small for a table that is full.
public struct CandidateTable: ~Copyable {
  // Ordered by pid between two looks.
  private var rows: FixedTable<Candidate>
  // How large a row is that every quick look reads.
  private var largeBytes: UInt64 = 0
  // The row from which on the next quick look reads a few that do not matter soon.
  private var nextOther = 0
  // The numbers that were last given out when the last two looks began; `nil` if that is not known. A process has its number
  // a moment before it is seen, so that one look may miss it.
  private var lastNumbers: (earlier: UInt64?, latest: UInt64?)
  // Whether processes have no row for want of room.
  private var hasLeftOut = false
  // When the last look at a list of all processes began, by the monotonic clock; 0 if the next one is to be another.
  private var listedNanoseconds: Int64 = 0
  /// The sums over all processes, those without a row included; `nil` before the first look.
  public private(set) var totals: ProcessTotals?

  /// Whether a process was dying when it was last looked at.
  private(set) var hasDying = false

  /// The most rows that a table may have: those of the daemon, 256 KiB of locked memory.
  public static var mostRows: Int { 4096 }

  /// Makes an empty table.
  ///
  /// - Parameter capacity: how many rows it has, 8 to ``mostRows``; another number is a programmer's error.
  /// - Throws: `Errno.noMemory`.
  public init(capacity: Int = CandidateTable.mostRows) throws(Errno) {
    precondition((8...CandidateTable.mostRows).contains(capacity))
    rows = try FixedTable<Candidate>(capacity: capacity)
  }

  /// Has the kernel hand out all of its memory now.
  func makeResident() { rows.makeResident() }

  /// How many rows there are.
  public var count: Int { rows.count }

  /// Lends the rows, ordered by pid.
  public func withRows<E: Error, R: ~Copyable>(_ body: (Span<Candidate>) throws(E) -> R) throws(E) -> R {
    try rows.withRows(body)
  }

  /// Looks at all processes. It reads four files of each, and may wait for one that is being swapped out: not for a loop
  /// that must not.
  ///
  /// - Parameters:
  ///   - procfs: where they are.
  ///   - sessions: who leads a session.
  ///   - sampler: knows how much memory there is, and whether it is a container's.
  ///   - groups: gets the limited control groups that they are in.
  ///   - rules: what the configuration says.
  /// - Throws: what `forEachProcess(_:)` throws; a process that is gone meanwhile has no row. `Errno.noMemory`.
  public mutating func look(
    _ procfs: Procfs, sessions: LoginSessions, _ sampler: borrowing SystemSampler, groups: inout GroupTable,
    rules: PolicyRules = PolicyRules()
  ) throws(Errno) {
    try look(.whole, procfs, sessions: sessions, rules)
    var search = try GroupSearch(
      procfs, machineBytes: sampler.machineBytes, isInContainer: sampler.isInContainer)
    var preferences = try PreferenceSearch(procfs)
    let lock = try PriorityLock()
    for index in 0..<rows.count {
      guard let names = try? ControlGroupNames(of: rows[index].pid, procfs) else { continue }
      rows[index].take(preferences.preference(of: names))
      if let group = unsafe search.group(of: names, into: &groups, under: lock) { rows[index].take(group) }
    }
  }

  /// Looks again at those that matter soon, as a daemon does while memory may be short.
  ///
  /// - Throws: as ``look(_:sessions:_:groups:rules:)``.
  public mutating func lookAgain(
    _ procfs: Procfs, sessions: LoginSessions, rules: PolicyRules = PolicyRules()
  ) throws(Errno) {
    try look(.quick, procfs, sessions: sessions, rules)
  }

  mutating func look(
    _ kind: TableLook.Kind, _ procfs: Procfs, sessions: LoginSessions, _ rules: PolicyRules = PolicyRules()
  ) throws(Errno) {
    let classifier = ProcessClassifier(procfs, sessions: sessions, rules)
    let newest = try? ProcessCensus(procfs).lastNumber()
    var look = begin(
      kind, swapOutBytes: (try? procfs.pagingCounters())?.swapOutBytes ?? 0, newestNumber: newest)
    if look.isListed {
      try procfs.forEachProcess { (pid) throws(Errno) in
        visit(pid, in: &look, procfs, classifier)
        return true
      }
    } else {
      while let pid = next(in: &look) { visit(pid, in: &look, procfs, classifier) }
    }
    finish(look)
  }

  /// Finds out of the largest processes who shares its memory with one that may not be killed.
  public mutating func searchSharers(_ procfs: Procfs) {
    var watch = SharerWatch()
    let groups = InlineArray<1, GroupSample>(repeating: GroupSample())
    withRows { rows in
      watch.choose(from: rows, LikelyVictim(), groups.span)
      watch.search(rows, procfs, at: MonotonicClock.nowNanoseconds)
    }
    take(watch)
  }

  /// Puts down who shares its memory with a process that may not be killed, between two looks.
  mutating func take(_ sharers: SharerWatch) {
    for place in 0..<sharers.count {
      let entry = sharers.entries[place]
      guard let index = index(of: entry.pid, below: rows.count), rows[index].startTicks == entry.startTicks else {
        continue
      }
      if entry.sharing == .untouchable {
        rows[index].classes.insert(.sharesWithUntouchable)
      } else {
        rows[index].classes.remove(.sharesWithUntouchable)
      }
    }
  }

  private mutating func visit(
    _ pid: PID, in look: inout TableLook, _ procfs: Procfs, _ classifier: ProcessClassifier
  ) {
    guard isDue(pid, in: &look) else { return }
    var row = known(pid, in: look).flatMap { Candidate(again: $0, procfs) }
    if row == nil { row = Candidate(of: pid, in: ControlGroupNames.known(of: pid, procfs), procfs, classifier) }
    if let row {
      take(row, in: &look)
    } else {
      takeRowless(pid, in: &look)
    }
  }
}

// A look step by step. Between two steps others may read the rows, which are whole then, but not in order, and some of
// them are of processes that are gone.
extension CandidateTable {
  /// Begins a look.
  ///
  /// - Parameter newestNumber: the number that was last given to a process; `nil` if that is not known, and then all who
  ///   have no row are new.
  mutating func begin(_ kind: TableLook.Kind, swapOutBytes: UInt64, newestNumber: UInt64? = nil) -> TableLook {
    makeRoom()
    // Sums over nothing are no sums to go on with.
    var look = TableLook(totals == nil ? .whole : kind)
    look.newestNumber = newestNumber
    if let last = lastNumbers.earlier, let newestNumber { look.new = NewNumbers(last: last, newest: newestNumber) }
    // Many have gone, as after the death of a fork bomb's first members: there is room for those who were left out.
    if hasLeftOut, rows.count <= rows.capacity / 2 {
      look.new = nil
      hasLeftOut = false
    }
    look.isListed = isListDue(look)
    look.known = rows.count
    look.firstOther = nextOther < rows.count ? nextOther : 0
    if look.kind != .whole, let totals { look.totals = totals }
    // Those that are not read may have been swapped out in part since.
    if look.kind != .newcomers { look.totals.swapOutBytesAtLook = swapOutBytes }
    return look
  }

  private func isListDue(_ look: TableLook) -> Bool {
    guard look.kind != .whole, let new = look.new, !new.goRound, new.newest - new.last <= TableLook.mostNew else {
      return true
    }
    // Of one that dies nothing is read, and it is gone soon.
    if hasDying { return true }
    return MonotonicClock.nowNanoseconds - listedNanoseconds >= TableLook.listNanoseconds
  }

  /// The next one that may have to be read in a look that goes by no list: it has a row, or its number was given out since.
  /// It may be gone, or be a thread.
  ///
  /// - Returns: `nil` after the last.
  func next(in look: inout TableLook) -> PID? {
    defer { look.step += 1 }
    if look.step < look.known { return rows[look.step].pid }
    guard let new = look.new else { return nil }
    let number = new.last + 1 + UInt64(look.step - look.known)
    return number <= new.newest ? PID(Int32(clamping: number)) : nil
  }

  /// Whether a process has to be read in this look, now that it has been seen to be there. Changes nothing that others
  /// see.
  func isDue(_ pid: PID, in look: inout TableLook) -> Bool {
    if look.kind == .whole {
      if let index = index(of: pid, below: look.known) { look.seen.insert(index) }
      return true
    }
    guard let index = index(of: pid, below: look.known) else { return look.new?.contains(pid) ?? true }
    // A new number may be that of one that has had its turn.
    if look.seen.contains(index) { return false }
    look.seen.insert(index)
    if look.kind == .newcomers { return false }
    // To read about one that dies holds its memory for a moment, and says little that is new.
    if rows[index].classes.contains(.dying) { return false }
    return rows[index].sizeBytes >= largeBytes
      || rows[index].growthBytesPerSecond >= TableLook.leastGrowth || rows[index].startTicks >= look.youngTicks
      || (look.firstOther..<look.firstOther + TableLook.others).contains(index)
  }

  /// The row of a process that has to be read again only in part: it is not young, and if its group or its kind has changed,
  /// the next look at everybody is soon enough.
  func known(_ pid: PID, in look: TableLook) -> Candidate? {
    guard look.kind == .quick, let index = index(of: pid, below: look.known),
      rows[index].startTicks < look.youngTicks
    else { return nil }
    return rows[index]
  }

  /// Puts in what was read of a process.
  mutating func take(_ row: Candidate, in look: inout TableLook) {
    var row = row
    row.lookStamp = look.stamp
    let known = index(of: row.pid, below: look.known)
    guard let index = known, rows[index].startTicks == row.startTicks else {
      // The number was used again: its former owner is gone.
      if let known { look.seen.remove(known) }
      look.totals.add(row)
      return add(row, in: &look)
    }
    if look.kind != .whole { look.totals.remove(rows[index]) }
    look.totals.add(row)
    look.seen.insert(index)
    rows[index] = TableLook.grown(row, from: rows[index])
  }

  /// Leaves a process as it was at the look before. Changes nothing that others see.
  func keep(_ pid: PID, in look: inout TableLook) {
    guard let index = index(of: pid, below: look.known) else { return }
    look.seen.insert(index)
    if look.kind == .whole { look.totals.add(rows[index]) }
  }

  /// Puts in that a process was read and can have no row, or no longer: it has left its memory.
  mutating func takeRowless(_ pid: PID, in look: inout TableLook) {
    guard let index = index(of: pid, below: look.known) else { return }
    look.seen.remove(index)
    // The others of its group go with it.
    if rows[index].classes.contains(.killedAsOne) { look.endsGroup = true }
  }

  /// Ends a look.
  ///
  /// - Parameter isComplete: whether all processes were seen; if not, nobody is taken for gone.
  mutating func finish(_ look: consuming TableLook, isComplete: Bool = true) {
    if isComplete {
      remove(in: &look)
      lastNumbers = (lastNumbers.latest, look.newestNumber)
      if look.isListed { listedNanoseconds = look.begunNanoseconds }
      if look.endsGroup { listedNanoseconds = 0 }
    }
    sortByPID()
    hasDying = false
    for index in 0..<rows.count where rows[index].classes.contains(.dying) { hasDying = true }
    switch look.kind {
    case .whole:
      if isComplete {
        totals = look.totals
        largeBytes = leastOfLargest(TableLook.large)
      }
    case .quick:
      totals = look.totals
      nextOther = look.firstOther + TableLook.others
    case .newcomers: totals = look.totals
    }
  }
}

extension CandidateTable {
  /// Drops the smallest rows of a table that is nearly full, so that an eighth of it is free for new processes: these are
  /// put behind the others, which stay in their order while they are looked for.
  private mutating func makeRoom() {
    let most = rows.capacity / 8 * 7
    guard rows.count > most else { return }
    let least = leastOfLargest(most)
    var left = most
    for index in 0..<rows.count where rows[index].sizeBytes >= least { left -= 1 }
    hasLeftOut = true
    keepRows { row in
      if row.sizeBytes >= least { return true }
      // Thousands of forks have equal sizes: of those, as many as fit.
      guard row.sizeBytes == least - 1, left > 0 else { return false }
      left -= 1
      return true
    }
  }

  /// The least size that no more rows have than a number; 1 if there are no more rows than that.
  private func leastOfLargest(_ most: Int) -> UInt64 {
    var sizes: (low: UInt64, high: UInt64) = (0, .max - 1)
    while sizes.low < sizes.high {
      let middle = sizes.low + (sizes.high - sizes.low) / 2
      var larger = 0
      for index in 0..<rows.count where rows[index].sizeBytes > middle { larger += 1 }
      if larger > most { sizes.low = middle + 1 } else { sizes.high = middle }
    }
    return sizes.low + 1
  }

  /// Adds a process that has no row: if there is no room, in the place of the smallest new one, if that is smaller.
  private mutating func add(_ row: Candidate, in look: inout TableLook) {
    guard rows.isFull else { return rows.append(row) }
    hasLeftOut = true
    guard look.known < rows.count else { return }
    var smallest = look.known
    for index in look.known..<rows.count where rows[index].sizeBytes < rows[smallest].sizeBytes { smallest = index }
    if rows[smallest].sizeBytes < row.sizeBytes { rows[smallest] = row }
  }

  /// The row of a process among those that are ordered by pid.
  private func index(of pid: PID, below end: Int) -> Int? {
    var range = 0..<end
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      let found = rows[middle].pid
      if found == pid { return middle }
      range = found.rawValue < pid.rawValue ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return nil
  }

  /// Removes those that are gone.
  private mutating func remove(in look: inout TableLook) {
    let known = look.known
    let seen = look.seen
    if look.kind != .whole {
      for index in 0..<known where !seen.contains(index) { look.totals.remove(rows[index]) }
    }
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
