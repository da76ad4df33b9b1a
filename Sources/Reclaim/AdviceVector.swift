import ScytheLinux

/// The areas that are advised together, by one call if none of them is refused.
///
/// It is read through mutable spans alone: the compiler reads an element of a large `InlineArray` from a copy of all of it
/// on the stack, 16 KiB a time.
struct AdviceVector: ~Copyable {
  private var ranges: InlineArray<1024, AddressRange> = InlineArray(repeating: AddressRange(base: 0, length: 0))
  private var origins: InlineArray<1024, MemoryAreaOrigin?> = InlineArray(repeating: nil)
  private(set) var count = 0
  private(set) var bytes: UInt64 = 0
  /// What the kernel has not answered yet begins here.
  private var first = 0
  /// Whether the first range goes on in an area whose beginning is counted already.
  var beginsInside = false

  var isFull: Bool { count == AdviceLimits.mostRanges }
  var isDone: Bool { first == count }

  mutating func removeAll() {
    count = 0
    first = 0
    bytes = 0
    beginsInside = false
  }

  /// Appends a part of an area; a precondition: not full.
  mutating func append(_ range: AddressRange, of area: MemoryArea) {
    var all = ranges.mutableSpan
    all[count] = range
    var allOrigins = origins.mutableSpan
    allOrigins[count] = area.origin
    count += 1
    bytes += range.length
  }

  /// The range that comes next.
  var next: AddressRange {
    mutating get { ranges.mutableSpan[first] }
  }

  /// What is known of the area that it is in.
  var nextOrigin: MemoryAreaOrigin? {
    mutating get { origins.mutableSpan[first] }
  }

  /// Whether the next range is the first of its area.
  var isNextNew: Bool { first > 0 || !beginsInside }

  /// Gives all that the kernel has not answered yet to it.
  ///
  /// - Returns: how many bytes it has walked before it stopped.
  mutating func give<K: Kernel>(
    _ advice: Advice, to process: borrowing ProcessDescriptor, _ kernel: K
  ) throws(Errno) -> UInt64 {
    UInt64(try kernel.advise(advice.memoryAdvice, ranges.span.extracting(first..<count), of: process))
  }

  /// Takes what the kernel says that it has walked: whole ranges, and perhaps a part of one, which goes on where the
  /// kernel has stopped.
  ///
  /// - Returns: how many areas are counted for it.
  mutating func take(_ walked: UInt64) -> Int {
    var rest = walked
    var areas = 0
    while first < count, rest >= next.length {
      rest -= next.length
      if isNextNew { areas += 1 }
      first += 1
    }
    if first < count {
      var all = ranges.mutableSpan
      all[first].base += rest
      all[first].length -= rest
    }
    return areas
  }

  /// Gives up the next range.
  mutating func skip() { first += 1 }
}
