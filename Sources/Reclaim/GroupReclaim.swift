public import ScytheLinux

/// A control group whose memory the kernel takes away on request. A generic parameter stands for it, so that a test can
/// answer what no kernel can be made to.
public protocol ReclaimableGroup: ~Copyable {
  /// As `ControlGroup.checkReclaiming()`.
  func checkReclaiming() throws(Errno)
  /// As `ControlGroup.reclaimMemory(bytes:)`.
  func reclaimMemory(bytes: UInt64) throws(Errno)
  /// As `ControlGroup.memoryCurrentBytes()`.
  func memoryCurrentBytes() throws(Errno) -> UInt64
  /// As `ControlGroup.memorySwapCurrentBytes()`.
  func memorySwapCurrentBytes() throws(Errno) -> UInt64?
}

extension ControlGroup: ReclaimableGroup {}

/// Why a reclaim ended.
@frozen public enum GroupReclaimEnd: Equatable, Sendable, BitwiseCopyable {
  /// All that was asked for has been reclaimed.
  case completed
  /// The kernel finds nothing more that can go.
  case exhausted
  /// The time is over.
  case deadlineReached
  /// The caller cancelled it.
  case cancelled
  /// The group was removed.
  case groupRemoved
}

/// What a reclaim came to.
@frozen public struct GroupReclaimReport: Equatable, Sendable, BitwiseCopyable {
  /// Why it ended.
  public var end = GroupReclaimEnd.completed
  /// How many times the kernel was asked.
  public var calls = 0
  /// What was asked for, in bytes.
  public var requestedBytes: UInt64 = 0
  /// What went, in bytes: what the kernel says that it has reclaimed, or what the group is charged less if that is more,
  /// or if the kernel says only that it was not all. On 6.1 half as much again went as was asked for.
  public var reclaimedBytes: UInt64 = 0
  /// What the group was charged before.
  public var beforeBytes: UInt64 = 0
  /// What it is charged afterwards; `nil` if it was removed. Its members go on meanwhile.
  public var afterBytes: UInt64?
  /// What it had in swap before; `nil` where nobody counts.
  public var swapBeforeBytes: UInt64?
  /// What it has there afterwards.
  public var swapAfterBytes: UInt64?
  /// How long it took.
  public var elapsedNanoseconds: Int64 = 0

  /// Makes a report of nothing.
  public init() {}
}

/// Page-out for a whole control group, by `memory.reclaim`: the kernel takes what was not used for longest first, page
/// cache that nobody maps included, and does not care who forks meanwhile. What goes to a swap disk leaves no copy in
/// memory, as advice to the members does (seen on Linux 6.1 and 6.12).
public enum GroupReclaim {
  /// What is asked for between two looks at deadline and cancellation. It may wait for a disk.
  static var chunkBytes: UInt64 { 32 << 20 }
  /// The kernel goes on being asked while a request that was not met still moves this share of it.
  static var noticeableShare: UInt64 { 8 }

  /// Whether a group can be reclaimed from, as far as permissions say.
  ///
  /// - Parameter group: the group.
  /// - Throws: `ReclaimError.unsupported` where there is no `memory.reclaim`; `.notPermitted`; `.kernel`.
  public static func check<Group: ReclaimableGroup & ~Copyable>(_ group: borrowing Group) throws(ReclaimError) {
    do throws(Errno) { try group.checkReclaiming() } catch { throw ReclaimError(reclaimError: error) }
  }

  /// Has the kernel take memory away from a group and the groups below it.
  ///
  /// Blocks for as long as the kernel needs. It takes no heap.
  ///
  /// - Parameters:
  ///   - group: a cgroup v2 with the memory controller.
  ///   - options: `maximumBytes` is how much, and all that the group is charged if it is `nil`; `deadlineNanoseconds` and
  ///     `cancellation` are looked at after each 32 MiB; the rest is without meaning here.
  ///   - progress: gets what has come of it so far, after each 32 MiB.
  /// - Returns: what went. A group that is removed meanwhile is no error.
  /// - Throws: as `check(_:)`; nothing was reclaimed then.
  ///
  /// The corresponding file is `memory.reclaim`, Linux 5.19.
  public static func apply<Group: ReclaimableGroup & ~Copyable>(
    to group: borrowing Group, _ options: AdviceOptions = AdviceOptions(),
    progress: (GroupReclaimReport) -> Void = { _ in }
  ) throws(ReclaimError) -> GroupReclaimReport {
    try check(group)
    let began = MonotonicClock.nowNanoseconds
    var report = GroupReclaimReport()
    do throws(Errno) {
      report.beforeBytes = try group.memoryCurrentBytes()
      report.swapBeforeBytes = try group.memorySwapCurrentBytes()
      report.requestedBytes = options.maximumBytes ?? report.beforeBytes
      try reclaim(group, options, began, &report, progress)
      report.afterBytes = try group.memoryCurrentBytes()
      report.swapAfterBytes = try group.memorySwapCurrentBytes()
    } catch {
      // An open descriptor of a removed group says the first, its directory the second.
      guard error == .noSuchDevice || error == .noSuchFileOrDirectory else { throw ReclaimError(reclaimError: error) }
      report.end = .groupRemoved
    }
    report.elapsedNanoseconds = MonotonicClock.nowNanoseconds - began
    return report
  }

  private static func reclaim<Group: ReclaimableGroup & ~Copyable>(
    _ group: borrowing Group, _ options: AdviceOptions, _ began: Int64, _ report: inout GroupReclaimReport,
    _ progress: (GroupReclaimReport) -> Void
  ) throws(Errno) {
    var left = report.requestedBytes
    while left >= Machine.pageBytes {
      if let descriptor = options.cancellation, FileDescriptor.isReadable(descriptor) {
        report.end = .cancelled
        return
      }
      if let deadline = options.deadlineNanoseconds, MonotonicClock.nowNanoseconds - began >= deadline {
        report.end = .deadlineReached
        return
      }
      let chunk = left < chunkBytes ? left : chunkBytes
      let gone = try reclaim(chunk, from: group)
      report.calls += 1
      report.reclaimedBytes += gone
      left -= gone < left ? gone : left
      progress(report)
      if gone < chunk / noticeableShare {
        report.end = .exhausted
        return
      }
    }
  }

  /// - Returns: how much went, in bytes.
  private static func reclaim<Group: ReclaimableGroup & ~Copyable>(
    _ chunk: UInt64, from group: borrowing Group
  ) throws(Errno) -> UInt64 {
    let before = try group.memoryCurrentBytes()
    var confirmed = chunk
    do throws(Errno) {
      try group.reclaimMemory(bytes: chunk)
    } catch {
      // It says so after many vain rounds, however much went before.
      guard error == .resourceTemporarilyUnavailable else { throw error }
      confirmed = 0
    }
    let after = try group.memoryCurrentBytes()
    let fallen = before > after ? before - after : 0
    return fallen > confirmed ? fallen : confirmed
  }
}

extension ReclaimError {
  /// What the files of a control group say.
  init(reclaimError error: Errno) {
    switch error {
    case .noSuchFileOrDirectory, .noSuchDevice: self = .unsupported
    case .notPermitted, .permissionDenied, .readOnlyFileSystem: self = .notPermitted(error)
    default: self = .kernel(error)
    }
  }
}
