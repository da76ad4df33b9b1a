public import ScytheLinux
public import ScytheReclaim

/// How a reaper is built.
@frozen public struct ReaperConfiguration: Sendable, BitwiseCopyable {
  /// The most victims that one kill can have. Memory is used only for those that there are.
  public var capacity = 4096
  /// How many threads may release at the same time; 0 lets the reaper choose.
  public var workers = 0
  /// How many threads more there are, for those that get stuck in the kernel.
  public var spares = 2

  /// Makes the default.
  public init() {}
}

/// How victims are killed.
@frozen public struct KillOptions: Sendable, BitwiseCopyable {
  /// The first signal. SIGKILL follows if it was another one, and nothing is released before.
  public var signal = Signal.kill
  /// How long the first signal, if it is not SIGKILL, may take; SIGKILL comes earlier when memory falls meanwhile.
  public var graceNanoseconds: Int64 = 3_000_000_000
  /// How long to wait, from SIGKILL on, for the memory to be back.
  public var deadlineNanoseconds: Int64 = 5_000_000_000
  /// How long to wait for a victim that holds a robust mutex to exit by itself, before its memory is released anyway and
  /// the mutex lost; `nil` waits until the deadline and then leaves it alone.
  public var robustGraceNanoseconds: Int64?
  /// The means of the release. `limit` changes a cgroup's limit for a moment, and is used only when asked for here;
  /// `extension` is to be there, or nothing is released; `nil` releases nothing, to compare with the signal alone.
  public var carrier: Carrier? = .release
  /// Whether `release` may be done by Scythe's kernel extension where that is loaded: a victim that holds a robust mutex
  /// does not wait for its exit then. Whatever the extension does not do is done as without it.
  public var prefersExtension = true
  /// For how long a release may be real-time where that is allowed; after that it is favoured as nice -20 is. Meanwhile
  /// whoever is queued on the same CPU waits. The default is long enough for a GiB of 4 KiB pages.
  public var realTimeNanoseconds: Int64 = 100_000_000
  /// A descriptor that ends the wait when it becomes readable; the caller keeps it open.
  public var cancellation: CInt?

  /// Makes the default.
  public init() {}
}

extension KillOptions {
  /// The same with times of at most 73 years, so that no sum of a moment and two of them overflows.
  var bounded: KillOptions {
    func bounded(_ nanoseconds: Int64) -> Int64 { min(max(0, nanoseconds), .max / 4) }
    var options = self
    options.graceNanoseconds = bounded(graceNanoseconds)
    options.deadlineNanoseconds = bounded(deadlineNanoseconds)
    options.robustGraceNanoseconds = robustGraceNanoseconds.map(bounded)
    options.realTimeNanoseconds = bounded(realTimeNanoseconds)
    return options
  }
}

/// The constants of the reaper, each with its unit and its reason.
enum ReaperLimits {
  /// A victim that is released, but not dead, usually is within a few milliseconds; the confirmation is worth that much
  /// of a wait and no more.
  static var settleNanoseconds: Int64 { 100_000_000 }
  /// What stays of a released victim is waited for only if it is more than this share of what it had: a page that holds
  /// a mutex is reported as left, but no reason to wait for an exit that may never come.
  static var negligibleShare: UInt64 { 64 }
  /// Below this a second worker costs more than it brings: an `mmu_gather` batch is 38 MB, so one worker has to free at
  /// least two for another to zap meanwhile.
  static var leapfrogBytes: UInt64 { 80 << 20 }
  /// A release frees 12 GiB/s per thread on a quiet machine. A twelfth of that, and a quarter of a second, is not slow
  /// any more but stuck; an executor that does come back is used again.
  static var stuckBytesPerNanosecond: UInt64 { 1 }
  static var stuckNanoseconds: Int64 { 250_000_000 }
  /// A group with more memories than this is not worth the seconds that each takes.
  static var mostLimitRounds: Int { 4 }
  /// Each round may take three seconds for the mark and three for the kernel's reaper, which waits for two.
  static var limitNanoseconds: Int64 { 6_000_000_000 * Int64(mostLimitRounds) }
  /// A part of a victim for one worker by the extension: that frees 64 MiB under one hold of the lock, in 5 ms.
  static var partBytes: UInt64 { 64 << 20 }
  /// Below two parts there is nothing to be taken by a second worker before the first one is there: it needs 0.1 ms to
  /// wake up, and as long to look at 300 areas.
  static var splitBytes: UInt64 { 2 * partBytes }
  /// Address space that was only reserved makes parts larger: the first worker makes about this many calls at the most.
  static var mostParts: UInt64 { 256 }
  /// The kernel takes at most 2 GiB - 4 KiB for one call.
  static var largestPartBytes: UInt64 { 1 << 30 }
  /// What one page table maps.
  static var pageTableBytes: UInt64 { 2 << 20 }
  /// A look at this many areas takes 1 ms.
  static var mostSplitAreas: Int { 4096 }
  /// How often the robust lists are looked at while threads of the victim exit, and how long in between: 50 ms in all,
  /// after which it is left to die by itself, as it evidently does.
  static var mostRobustLooks: Int { 500 }
  static var robustLookNanoseconds: Int64 { 100_000 }
  /// How often an idle CPU is looked for while work is left: a release of 80 MiB takes about 7 ms.
  static var idleLookNanoseconds: Int64 { 1_000_000 }
  /// How many rounds are made to find new members of a cgroup or a tree.
  static var mostRounds: Int { 64 }
  /// Available memory is looked at this often while a polite signal works.
  static var politePollNanoseconds: Int64 { 10_000_000 }
  /// Memory falls if less than this share of what was available at the polite signal is left.
  static var fallNumerator: UInt64 { 3 }
  static var fallDenominator: UInt64 { 4 }
}
