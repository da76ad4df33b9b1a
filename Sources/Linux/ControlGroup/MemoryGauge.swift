/// The files that tell of a group's memory, kept open: an open is most of what a reading costs, and takes memory of the
/// kernel.
@frozen public struct MemoryGauge: ~Copyable, Sendable {
  private let group: ControlGroup
  private let current: FileDescriptor
  // The same file for another thread: two readers of one descriptor wait for each other.
  private let latest: FileDescriptor
  private let maximumFile: FileDescriptor
  private let statisticsFile: FileDescriptor
  // In v1 the number of failed charges alone.
  private let eventsFile: FileDescriptor
  // A file of nothing where the kernel does not tell.
  private let pressureFile: FileDescriptor

  /// Opens the files of a group.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` if no memory controller counts here, in the root, and if the group was
  ///   removed; `Errno.tooManyOpenFiles`.
  public init(_ group: borrowing ControlGroup) throws(Errno) {
    let current = try group.openMemoryCurrent()
    let latest = try group.openMemoryCurrent()
    let maximumFile = try group.openMemoryMaximum()
    let statisticsFile = try group.open("memory.stat", .read)
    let eventsFile: FileDescriptor
    switch group.version {
    case .v1: eventsFile = try group.open("memory.failcnt", .read)
    case .v2: eventsFile = try group.open("memory.events", .read)
    }
    let pressureFile: FileDescriptor
    do throws(Errno) {
      pressureFile = try group.open("memory.pressure", .read)
    } catch {
      guard error != .tooManyOpenFiles else { throw error }
      pressureFile = try FileDescriptor(PathBuffer("/dev/null"), .read)
    }
    self.group = try group.reopened()
    self.current = current
    self.latest = latest
    self.maximumFile = maximumFile
    self.statisticsFile = statisticsFile
    self.eventsFile = eventsFile
    self.pressureFile = pressureFile
  }

  /// What is charged to the group and the groups below it: a counter, for which the kernel sums nothing up.
  ///
  /// - Throws: `Errno.noSuchDevice` if the group was removed.
  public func currentBytes() throws(Errno) -> UInt64 { try ControlGroup.number(in: current) }

  /// The same for a second thread, which then does not wait for a first one that reads the others.
  ///
  /// - Throws: `Errno.noSuchDevice` if the group was removed.
  public func latestBytes() throws(Errno) -> UInt64 { try ControlGroup.number(in: latest) }

  /// As ``ControlGroup/memoryStatistics()``.
  public func statistics() throws(Errno) -> ControlGroupMemoryStatistics {
    try ControlGroupMemoryStatistics.read(from: statisticsFile, group.version)
  }

  /// How often the group was about to go over its limit: `max` of `memory.events`, or `memory.failcnt` in v1.
  ///
  /// - Throws: `Errno.noSuchDevice` if the group was removed.
  public func limitEvents() throws(Errno) -> UInt64 {
    switch group.version {
    case .v1: try ControlGroup.number(in: eventsFile)
    case .v2: try ControlGroupMemoryEvents.read(from: eventsFile).max
    }
  }

  /// As ``ControlGroup/memoryPressure()``.
  public func pressure() throws(Errno) -> PressureInformation { try PressureInformation.read(from: pressureFile) }

  /// As ``ControlGroup/memoryMaximumBytes()``.
  public func maximumBytes() throws(Errno) -> UInt64? { try ControlGroup.memoryMaximumBytes(in: maximumFile) }

  /// As ``ControlGroup/isKilledAsOne()``.
  public func isKilledAsOne() throws(Errno) -> Bool { try group.isKilledAsOne() }

  /// What the group may still put into swap; 0 where nobody counts.
  public func swapLeftBytes() -> UInt64 {
    guard let most = try? group.memorySwapMaximumBytes(), let used = try? group.memorySwapCurrentBytes() else {
      return 0
    }
    return most > used ? most - used : 0
  }

  /// Has a queue hear of each new event of the group; a v1 group is silent.
  ///
  /// - Throws: what `epoll_ctl(2)` says.
  public func announceEvents(to queue: borrowing EventQueue, key: UInt64) throws(Errno) {
    if group.version == .v2 { try queue.add(changesOf: eventsFile, key: key) }
  }
}
