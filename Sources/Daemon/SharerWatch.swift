import ScytheLinux
import ScythePolicy

/// Who is known to share the memory of the likeliest victims. To find that out takes 10 us for every process of the
/// machine, and after the signal nobody can: so it is done before, by the sampler, and a kill need not wait for it.
struct SharerWatch: BitwiseCopyable {
  private struct Entry: BitwiseCopyable {
    var pid = PID(0)
    var startTicks: UInt64 = 0
    var virtualBytes: UInt64 = 0
    var parent = PID(0)
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

  /// Finds out about those of whom nothing is known, or nothing new. It reads a file of every process.
  mutating func search(_ procfs: Procfs, at nanoseconds: Int64) {
    var isDue = InlineArray<8, Bool>(repeating: false)
    var isAnyDue = false
    for index in 0..<count where nanoseconds - entries[index].searchedNanoseconds >= SharerWatch.validNanoseconds {
      guard let stat = try? procfs.stat(of: entries[index].pid), stat.startTicks == entries[index].startTicks else {
        continue
      }
      entries[index].virtualBytes = stat.virtualBytes
      entries[index].parent = stat.parent
      entries[index].isShared = false
      isDue[index] = true
      isAnyDue = true
    }
    guard isAnyDue else { return }
    do throws(Errno) {
      try procfs.forEachProcess { (pid) throws(Errno) in
        guard let other = try? procfs.stat(of: pid), other.virtualBytes > 0, !other.isKernelThread else { return true }
        for index in 0..<count where isDue[index] && entries[index].pid != pid {
          // Equal sizes are necessary, but may be read while they change; relatives are compared whatever they are.
          let areRelated = other.parent == entries[index].pid || entries[index].parent == pid
          guard areRelated || other.virtualBytes == entries[index].virtualBytes else { continue }
          // What cannot be compared counts as shared: the kill then looks for itself.
          let isShared = (try? MemorySharing.isShared(between: entries[index].pid, and: pid)) ?? true
          if isShared { entries[index].isShared = true }
        }
        return true
      }
    } catch {
      return
    }
    for index in 0..<count where isDue[index] { entries[index].searchedNanoseconds = nanoseconds }
  }
}
