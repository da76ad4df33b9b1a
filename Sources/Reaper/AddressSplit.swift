import ScytheLinux

/// Cuts the address space of a victim into parts that hold about as much private memory each, for those who release it
/// together.
///
/// It holds 64 cuts, however large the victim is: when there is no room for another one, every second is given up, and the
/// parts are twice as large from then on.
struct AddressSplit {
  private var cuts: InlineArray<64, UInt64> = InlineArray(repeating: 0)
  private(set) var count = 0
  /// How much a part holds.
  private(set) var partBytes: UInt64
  /// What has been added behind the last cut.
  private var openBytes: UInt64 = 0
  /// The address behind the last area.
  private(set) var end: UInt64 = 0

  /// Makes one part of nothing.
  ///
  /// - Parameter partBytes: how much a part shall hold, at least what one page table maps.
  init(partBytes: UInt64) {
    precondition(partBytes >= ReaperLimits.pageTableBytes)
    self.partBytes = partBytes
  }

  /// Cuts what a victim has mapped now.
  ///
  /// It pins the memory while it reads, as a look at the robust lists does, and waits for its lock: so it is for helpers
  /// alone, who are waited for no longer than for a release.
  init<K: Kernel>(of pid: PID, partBytes: UInt64, _ kernel: K) throws(Errno) {
    self.init(partBytes: partBytes)
    var cursor = try kernel.openAreas(of: pid, .text)
    var address: UInt64 = 0
    // 0.3 us each. Behind so many the first one goes on alone.
    for _ in 0..<ReaperLimits.mostSplitAreas {
      guard let area = try cursor.next(atOrAfter: address) else { return }
      add(area)
      address = area.end
    }
  }

  /// One of the cuts, from the lowest on.
  subscript(index: Int) -> UInt64 { cuts[index] }

  /// Adds the next area behind those that were added.
  mutating func add(_ area: MemoryArea) {
    // [vsyscall] lies where no process may point to.
    guard area.base >> 63 == 0 else { return }
    end = area.end
    // The release leaves shared memory alone.
    guard !area.isShared else { return }
    var position = area.base
    while area.end - position >= partBytes - openBytes {
      position += partBytes - openBytes
      openBytes = 0
      // A page table belongs to one part alone, as far as the area allows: its lock is what two would wait for.
      let aligned = position - position % ReaperLimits.pageTableBytes
      append(aligned > area.base ? aligned : position)
    }
    openBytes += area.end - position
  }

  private mutating func append(_ cut: UInt64) {
    if count == cuts.count {
      count /= 2
      for index in 0..<count { cuts[index] = cuts[2 * index + 1] }
      // Behind the last one that is kept there is half a part now.
      openBytes = partBytes
      partBytes *= 2
      return
    }
    cuts[count] = cut
    count += 1
  }

  /// Where the last part begins that is still free.
  ///
  /// - Parameters:
  ///   - low: where the first one stands, who works from the bottom up, and has the part there to itself.
  ///   - high: where the parts begin that others have taken.
  /// - Returns: `nil` if none is free.
  func lastPart(above low: UInt64, below high: UInt64) -> UInt64? {
    var index = count
    while index > 0, cuts[index - 1] >= min(high, end) { index -= 1 }
    // The cut in front of it has to be above, too: it is where the first one's part ends.
    guard index >= 2, cuts[index - 2] > low else { return nil }
    return cuts[index - 1]
  }
}
