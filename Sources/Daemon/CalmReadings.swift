import ScytheLinux
import ScythePolicy

/// What the loop has read besides the memory, and need not read again as long as all is calm: of 150 us that a turn took,
/// 90 went to it. What would change it is told by alarms, or shows in the memory.
struct CalmReadings: BitwiseCopyable {
  private(set) var paging = PagingCounters()
  /// When it was read, by the monotonic clock; 0 if it must be read again.
  private(set) var readNanoseconds: UInt64 = 0
  private var availableBytes: UInt64 = 0
  private var swapTotalBytes: UInt64 = 0

  /// It is read so often whatever happens: nothing tells that the kernel has killed in a group that nobody watches.
  static var validNanoseconds: UInt64 { 30_000_000_000 }
  /// One in this many bytes of memory gone, and it is read: less than the 5 % that a line can be above nothing.
  private static var noticedShare: UInt64 { 32 }

  /// Whether it can be used once more, if the memory does not say otherwise.
  func isValid(at nanoseconds: UInt64) -> Bool {
    readNanoseconds != 0 && nanoseconds < readNanoseconds + CalmReadings.validNanoseconds
  }

  /// Whether the memory is as it was.
  func holds(with memory: MemoryInformation) -> Bool {
    memory.swapTotalBytes == swapTotalBytes
      && memory.availableBytes &+ memory.totalBytes / CalmReadings.noticedShare >= availableBytes
  }

  /// Takes what was read, or forgets it.
  ///
  /// - Parameters:
  ///   - sample: a whole one, or one that this was used for.
  ///   - isCalm: whether by what was decided it can be used again.
  mutating func take(_ sample: SystemSample, isCalm: Bool) {
    guard isCalm else {
      readNanoseconds = 0
      return
    }
    guard sample.pagingAgeNanoseconds == 0 else { return }
    paging = sample.paging
    readNanoseconds = sample.monotonicNanoseconds
    availableBytes = sample.memory.availableBytes
    swapTotalBytes = sample.memory.swapTotalBytes
  }
}
