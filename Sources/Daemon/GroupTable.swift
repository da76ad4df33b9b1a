public import ScytheLinux
public import ScythePolicy

/// The control groups that have a memory limit, or that the kernel kills as one, as far as processes are in them.
public struct GroupTable: ~Copyable {
  // One row of each for a group, in the same order: by number.
  private var gauges: FixedTable<MemoryGauge>
  private var samples: FixedTable<GroupSample>
  // When what is charged was last read of all of them.
  private var sweptNanoseconds: Int64 = 0
  /// Readable when something has happened in a group that was listed: a limit was met, or the kernel has killed.
  let events: EventQueue

  /// A node of Kubernetes has up to 110 pods, most of them with two or three groups that have a limit or are killed as one. A
  /// group takes seven descriptors, and 240 bytes when it is first seen. How many are left out is said.
  static var capacity: Int { 512 }
  /// Between two readings of what is charged to a group that is not half used: 512 of them take 0.5 ms.
  private static var sweepNanoseconds: Int64 { 250_000_000 }

  /// Makes an empty table.
  ///
  /// - Throws: `Errno.noMemory`.
  public init() throws(Errno) { try self.init(capacity: GroupTable.capacity) }

  init(capacity: Int) throws(Errno) {
    let samples = try FixedTable<GroupSample>(capacity: capacity)
    let gauges = try FixedTable<MemoryGauge>(capacity: capacity)
    events = try EventQueue()
    self.samples = samples
    self.gauges = gauges
  }

  /// How many groups there are.
  var count: Int { samples.count }

  /// Lends the samples of all groups.
  public func withSamples<E: Error, R: ~Copyable>(_ body: (Span<GroupSample>) throws(E) -> R) throws(E) -> R {
    try samples.withRows(body)
  }

  /// Whether no further group has room.
  var isFull: Bool { samples.isFull }

  /// Puts in a group.
  mutating func add(_ sample: GroupSample, _ gauge: consuming MemoryGauge) {
    // One that cannot tell of its events is looked at from time to time all the same.
    try? gauge.announceEvents(to: events, key: 0)
    let place = samples.withRows { $0.place(of: sample.number) }
    samples.insert(sample, at: place)
    gauges.insert(gauge, at: place)
  }

  /// Puts in what is new about a group.
  mutating func take(_ found: LimitedGroup, at index: Int) { samples[index].take(found) }

  /// Forgets what was announced, so that what comes next is news.
  func drainEvents() {
    var keys = InlineArray<16, UInt64>(repeating: 0)
    var span = keys.mutableSpan
    while events.wait(into: &span, timeoutNanoseconds: 0) == span.count {}
  }

  /// Reads a group. Changes nothing that others see.
  ///
  /// - Returns: `nil` if it is gone.
  func reading(at index: Int, swapFreeBytes: UInt64) -> GroupSample? {
    var sample = samples[index]
    return sample.read(gauges[index], swapFreeBytes: swapFreeBytes) ? sample : nil
  }

  /// Whether a group has to be read again, as far as is known of it, or to be taken out.
  func wantsReading(at index: Int) -> Bool { samples[index].wantsReading || samples[index].readNanoseconds == 0 }

  /// The number of a group.
  func number(at index: Int) -> UInt32 { samples[index].number }

  /// Puts in what was read of a group.
  mutating func take(_ sample: GroupSample, at index: Int) { samples[index] = sample }

  /// Whether the group of a row has not been removed.
  func isThere(_ index: Int) -> Bool { (try? gauges[index].currentBytes()) != nil }

  /// Takes out a group. The next one takes its place.
  mutating func remove(at index: Int) {
    samples.remove(at: index)
    gauges.remove(at: index)
  }

  /// Reads all groups again; of one that is gone what was read last stays.
  ///
  /// - Parameter swapFreeBytes: what the machine has left of swap.
  public mutating func readAll(swapFreeBytes: UInt64) {
    for index in 0..<samples.count {
      if let sample = reading(at: index, swapFreeBytes: swapFreeBytes) { samples[index] = sample }
    }
  }

  /// Reads what is charged to the groups that may be full before long, and now and then to the others: the kernel sums
  /// nothing up for that, but for hundreds of them it takes longer than a sample.
  ///
  /// - Parameters:
  ///   - nanoseconds: now, by the monotonic clock.
  ///   - readsLimits: whether their limits are read too, which somebody may just have changed: before a kill.
  mutating func readLatest(at nanoseconds: Int64, readsLimits: Bool) {
    let isSweep = nanoseconds - sweptNanoseconds >= GroupTable.sweepNanoseconds
    if isSweep { sweptNanoseconds = nanoseconds }
    for index in 0..<samples.count where isSweep ? samples[index].limitBytes > 0 : samples[index].wantsReading {
      // One that is gone counts no more; the sampler takes it out when it next reads it.
      guard let bytes = try? gauges[index].latestBytes() else {
        samples[index].limitBytes = 0
        samples[index].readNanoseconds = 0
        continue
      }
      samples[index].latestBytes = bytes
      if readsLimits { readLimit(at: index) }
    }
  }

  private mutating func readLimit(at index: Int) {
    // Of one that cannot be read what was known stays.
    do throws(Errno) { samples[index].limitBytes = try gauges[index].maximumBytes() ?? 0 } catch {}
  }

  /// The place of a group.
  func index(of number: UInt32) -> Int? { samples.withRows { $0.index(of: number) } }
}
