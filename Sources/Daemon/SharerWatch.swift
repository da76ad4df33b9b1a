import ScytheLinux
import ScythePolicy

/// Who is known to share the memory of the likeliest victims. After the signal nobody can find that out, and to search all
/// of the machine for it takes 10 us for every process: so it is done before, by the sampler, and a kill need not wait for
/// it. Whoever shares the memory of a large process is as large, so that it has a row of the table; to compare two takes
/// half a microsecond.
struct SharerWatch: BitwiseCopyable {
  private struct Entry: BitwiseCopyable {
    var pid = PID(0)
    var startTicks: UInt64 = 0
    var isShared = false
    var searchedNanoseconds: Int64 = 0
  }

  /// The next victims too, if several have to die.
  static var capacity: Int { 8 }
  /// How often a process is searched for sharers. What was found counts for twice as long: one that calls vfork or clones
  /// itself meanwhile is missed, and its memory returns when the other one ends or executes another program.
  static var validNanoseconds: Int64 { 5_000_000_000 }

  private var entries = InlineArray<8, Entry>(repeating: Entry())
  private var count = 0

  /// Whether a process is known to be the only one with its memory.
  func isAlone(_ pid: PID, startTicks: UInt64, at nanoseconds: Int64) -> Bool {
    guard let index = index(of: pid, startTicks) else { return false }
    return !entries[index].isShared
      && nanoseconds - entries[index].searchedNanoseconds < 2 * SharerWatch.validNanoseconds
  }

  private func index(of pid: PID, _ startTicks: UInt64) -> Int? {
    for index in 0..<count where entries[index].pid == pid && entries[index].startTicks == startTicks { return index }
    return nil
  }

  /// Watches the largest processes of a table instead of those of before; what is known of one is kept.
  mutating func choose(from rows: Span<Candidate>) {
    var chosen = SharerWatch()
    for _ in 0..<min(SharerWatch.capacity, rows.count) {
      var largest: Int?
      for index in rows.indices where !chosen.holds(rows[index]) {
        if let best = largest, rows[index].sizeBytes <= rows[best].sizeBytes { continue }
        largest = index
      }
      guard let largest else { break }
      let row = rows[largest]
      var entry = Entry()
      if let known = index(of: row.pid, row.startTicks) { entry = entries[known] }
      entry.pid = row.pid
      entry.startTicks = row.startTicks
      chosen.entries[chosen.count] = entry
      chosen.count += 1
    }
    self = chosen
  }

  private func holds(_ row: Candidate) -> Bool { index(of: row.pid, row.startTicks) != nil }

  /// Finds out about those of whom nothing is known, or nothing new.
  ///
  /// - Parameters:
  ///   - rows: all processes that may share memory with them.
  ///   - most: only about so many of the largest.
  mutating func search(
    _ rows: Span<Candidate>, _ procfs: borrowing Procfs, most: Int = SharerWatch.capacity, at nanoseconds: Int64
  ) {
    for index in 0..<min(most, count)
    where nanoseconds - entries[index].searchedNanoseconds >= SharerWatch.validNanoseconds {
      let isShared = SharerWatch.isShared(entries[index].pid, with: rows, procfs)
      // One that is another process by now is not searched for.
      guard (try? procfs.stat(of: entries[index].pid))?.startTicks == entries[index].startTicks else { continue }
      entries[index].isShared = isShared
      entries[index].searchedNanoseconds = nanoseconds
    }
  }

  private static func isShared(_ pid: PID, with rows: Span<Candidate>, _ procfs: borrowing Procfs) -> Bool {
    for index in rows.indices where rows[index].pid != pid {
      do throws(Errno) {
        if try MemorySharing.isShared(between: pid, and: rows[index].pid) { return true }
      } catch {
        // What cannot be compared counts as shared if it looks like it: the kill then searches by itself.
        if error != .noSuchProcess, mayShare(pid, rows[index].pid, procfs) { return true }
      }
    }
    return false
  }

  /// Whether two processes look as if they shared their memory: its size is the same, or one has made the other.
  private static func mayShare(_ pid: PID, _ other: PID, _ procfs: borrowing Procfs) -> Bool {
    guard let first = try? procfs.stat(of: pid), let second = try? procfs.stat(of: other) else { return false }
    return first.virtualBytes == second.virtualBytes || first.parent == other || second.parent == pid
  }
}
