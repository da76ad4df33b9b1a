import ScytheLinux
import ScythePolicy

/// Who is known to share the memory of the likeliest victims. After the signal nobody can find that out, and to search all
/// of the machine for it takes 10 us for every process: so it is done before, by the sampler, and a kill need not wait for
/// it. Whoever shares the memory of a large process is as large, so that it has a row of the table; to compare two takes
/// half a microsecond.
struct SharerWatch: BitwiseCopyable {
  /// Whom a process shares its memory with.
  enum Sharing: BitwiseCopyable {
    case nobody
    case others
    /// With one that may not be killed, so that it dies neither.
    case untouchable
  }

  /// What is known of one. Not private: see ``CandidateTable/take(_:)``.
  struct Entry: BitwiseCopyable {
    var pid = PID(0)
    var startTicks: UInt64 = 0
    var sharing = Sharing.nobody
    var searchedNanoseconds: Int64 = 0
  }

  /// The next victims too, if several have to die.
  static var capacity: Int { 8 }
  /// Of how many it is found out first: of who is about to die, and of who is next.
  static var next: Int { 2 }
  /// How often a process is searched for sharers. What was found counts for twice as long: one that calls vfork or clones
  /// itself meanwhile is missed, and its memory returns when the other one ends or executes another program.
  static var validNanoseconds: Int64 { 5_000_000_000 }

  private(set) var entries = InlineArray<8, Entry>(repeating: Entry())
  private(set) var count = 0

  /// Whether a process is known to be the only one with its memory.
  func isAlone(_ pid: PID, startTicks: UInt64, at nanoseconds: Int64) -> Bool {
    guard let index = index(of: pid, startTicks) else { return false }
    return entries[index].sharing == .nobody
      && nanoseconds - entries[index].searchedNanoseconds < 2 * SharerWatch.validNanoseconds
  }

  private func index(of pid: PID, _ startTicks: UInt64) -> Int? {
    for index in 0..<count where entries[index].pid == pid && entries[index].startTicks == startTicks { return index }
    return nil
  }

  /// Watches the likeliest victims of a table instead of those of before; what is known of one is kept.
  ///
  /// - Parameters:
  ///   - rows: the table.
  ///   - victim: who is about to die; that one, or the largest of its group, comes first. It may be small beside others of
  ///     the machine.
  ///   - groups: the limited groups.
  mutating func choose(from rows: Span<Candidate>, _ victim: LikelyVictim, _ groups: Span<GroupSample>) {
    var chosen = SharerWatch()
    while chosen.count < SharerWatch.next, let row = chosen.largest(of: rows, where: { victim.mayBe($0, in: groups) }) {
      chosen.insert(row, asKnownTo: self)
    }
    while chosen.count < SharerWatch.capacity, let row = chosen.largest(of: rows, where: { _ in true }) {
      chosen.insert(row, asKnownTo: self)
    }
    self = chosen
  }

  /// The largest process that it does not watch yet.
  private func largest(of rows: Span<Candidate>, where isWanted: (Candidate) -> Bool) -> Candidate? {
    var largest: Candidate?
    for index in rows.indices where !holds(rows[index]) && isWanted(rows[index]) {
      if let largest, rows[index].sizeBytes <= largest.sizeBytes { continue }
      largest = rows[index]
    }
    return largest
  }

  private mutating func insert(_ row: Candidate, asKnownTo other: SharerWatch) {
    var entry = Entry()
    if let known = other.index(of: row.pid, row.startTicks) { entry = other.entries[known] }
    entry.pid = row.pid
    entry.startTicks = row.startTicks
    entries[count] = entry
    count += 1
  }

  private func holds(_ row: Candidate) -> Bool { index(of: row.pid, row.startTicks) != nil }

  /// Finds out about those of whom nothing is known, or nothing new.
  ///
  /// - Parameters:
  ///   - rows: all processes that may share memory with them.
  ///   - most: only about so many of the likeliest.
  mutating func search(
    _ rows: Span<Candidate>, _ procfs: borrowing Procfs, most: Int = SharerWatch.capacity, at nanoseconds: Int64
  ) {
    for index in 0..<min(most, count)
    where nanoseconds - entries[index].searchedNanoseconds >= SharerWatch.validNanoseconds {
      let sharing = SharerWatch.sharing(of: entries[index].pid, rows, procfs)
      // One that is another process by now is not searched for.
      guard (try? procfs.stat(of: entries[index].pid))?.startTicks == entries[index].startTicks else { continue }
      entries[index].sharing = sharing
      entries[index].searchedNanoseconds = nanoseconds
    }
  }

  private static func sharing(of pid: PID, _ rows: Span<Candidate>, _ procfs: borrowing Procfs) -> Sharing {
    var sharing = Sharing.nobody
    for index in rows.indices where rows[index].pid != pid {
      do throws(Errno) {
        guard try MemorySharing.isShared(between: pid, and: rows[index].pid) else { continue }
        var other = rows[index]
        // That one of both is said to share with the other is no reason to say it of both for ever.
        other.classes.remove(.sharesWithUntouchable)
        guard other.mayBeKilled else { return .untouchable }
        sharing = .others
      } catch {
        // What cannot be compared counts as shared if it looks like it: the kill then searches by itself.
        if error != .noSuchProcess, mayShare(pid, rows[index].pid, procfs) { sharing = .others }
      }
    }
    return sharing
  }

  /// Whether two processes look as if they shared their memory: its size is the same, or one has made the other.
  private static func mayShare(_ pid: PID, _ other: PID, _ procfs: borrowing Procfs) -> Bool {
    guard let first = try? procfs.stat(of: pid), let second = try? procfs.stat(of: other) else { return false }
    return first.virtualBytes == second.virtualBytes || first.parent == other || second.parent == pid
  }
}
