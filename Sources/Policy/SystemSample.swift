public import ScytheLinux

/// The machine at one moment: all that decisions rest on, besides the processes. Every counter is the kernel's own, as
/// it stands; the policy makes the differences.
@frozen public struct SystemSample: Equatable, Sendable, BitwiseCopyable {
  /// When it was taken, by `CLOCK_MONOTONIC`, which stands still in suspend.
  public var monotonicNanoseconds: UInt64 = 0
  /// The same moment by `CLOCK_BOOTTIME`, which does not: where the two part, the machine slept.
  public var bootNanoseconds: UInt64 = 0
  /// `/proc/meminfo`, in part.
  public var memory = MemoryInformation()
  /// The rest of `/proc/meminfo` that is needed.
  public var kinds = MemoryKinds()
  /// `/proc/vmstat`, in part.
  public var paging = PagingCounters()
  /// How long before the sample ``paging`` was read: while all is calm many samples carry the same counters.
  public var pagingAgeNanoseconds: UInt64 = 0
  /// What the kernel keeps back and does not hand out to programs: the sum over all zones of `/proc/zoneinfo` of the
  /// `high` mark and of the largest `protection` that holds for user memory. Changes only when somebody writes a sysctl.
  public var watermarkBytes: UInt64 = 0
  /// What lies on the per-CPU lists of free pages; see `perCPUListsAreRead`.
  public var perCPUListBytes: UInt64 = 0
  /// Whether `perCPUListBytes` was read for this sample, or could not be and is 0. It is asked for before a kill, and at
  /// no other time.
  public var perCPUListsAreRead = false
  /// The stall totals of `/proc/pressure/memory`; `nil` without PSI.
  public var pressure: PressureTotals?
  /// How long before the sample ``pressure`` was read.
  public var pressureAgeNanoseconds: UInt64 = 0
  /// `/proc/swaps`, summed.
  public var swap = SwapInformation()
  /// All zram devices, summed.
  public var zram = ZramInformation()
  /// The sums over all processes, the ones too small for the table of candidates included; `nil` while nobody has looked.
  public var processes: ProcessTotals?
  /// The control group that limits the daemon itself, if one does: in a container that is the machine.
  public var container: GroupSample?

  /// Makes a sample of nothing.
  public init() {}
}

/// The totals of a pressure file since boot.
@frozen public struct PressureTotals: Equatable, Sendable, BitwiseCopyable {
  /// Time in which at least one task waited for memory.
  public var someMicroseconds: UInt64 = 0
  /// Time in which all tasks did that were not idle.
  public var fullMicroseconds: UInt64 = 0

  /// Makes the totals of two numbers.
  public init(someMicroseconds: UInt64 = 0, fullMicroseconds: UInt64 = 0) {
    self.someMicroseconds = someMicroseconds
    self.fullMicroseconds = fullMicroseconds
  }
}

/// The sums over all processes.
@frozen public struct ProcessTotals: Equatable, Sendable, BitwiseCopyable {
  /// How many processes there are.
  public var count: UInt64 = 0
  /// Their resident anonymous memory. Forked relatives count what they share once each.
  public var anonymousBytes: UInt64 = 0
  /// Their resident shared memory. Everybody who maps a page counts it, so the sum may be more than there is.
  public var sharedBytes: UInt64 = 0
  /// Their anonymous memory in swap.
  public var swapBytes: UInt64 = 0
  /// ``PagingCounters/swapOutBytes`` when they were looked at: what was swapped out since may be theirs.
  public var swapOutBytesAtLook: UInt64 = 0

  /// Makes the sums of nothing.
  public init() {}
}

/// A control group with a memory limit at one moment.
@frozen public struct GroupSample: Equatable, Sendable, BitwiseCopyable {
  /// The number that the sampler gave the group: the one in ``Candidate/group``; never 0.
  public var number: UInt32 = 0
  /// The number of the nearest limited group above; 0 if there is none.
  public var parent: UInt32 = 0
  /// Whether the kernel kills the group as one: `memory.oom.group`.
  public var isKilledAsOne = false
  /// `memory.max`, or that of a group above where it is lower.
  public var limitBytes: UInt64 = 0
  /// When what follows was read, by the sample's monotonic clock; all of it at one moment but for ``latestBytes``.
  public var readNanoseconds: UInt64 = 0
  /// `memory.current`.
  public var currentBytes: UInt64 = 0
  /// `memory.current` when the sample was taken, which may be later: it says that something has grown, and not what.
  public var latestBytes: UInt64 = 0
  /// `inactive_file` of `memory.stat`.
  public var inactiveFileBytes: UInt64 = 0
  /// `active_file` of `memory.stat`.
  public var activeFileBytes: UInt64 = 0
  /// `slab_reclaimable` of `memory.stat`.
  public var reclaimableSlabBytes: UInt64 = 0
  /// `anon` of `memory.stat`.
  public var anonymousBytes: UInt64 = 0
  /// `shmem` of `memory.stat`.
  public var sharedBytes: UInt64 = 0
  /// What the group may still swap out: `memory.swap.max` less `memory.swap.current`; 0 if swap is forbidden there.
  public var swapLeftBytes: UInt64 = 0
  /// `workingset_refault_file` of `memory.stat`.
  public var fileRefaultBytes: UInt64 = 0
  /// `workingset_refault_anon` of `memory.stat`.
  public var anonymousRefaultBytes: UInt64 = 0
  /// `max` of `memory.events`: how often the group was about to go over its limit. A full page cache alone does that.
  public var limitEvents: UInt64 = 0
  /// The stall totals of the group's `memory.pressure`; `nil` without PSI.
  public var pressure: PressureTotals?

  /// Makes a group of nothing.
  public init() {}
}
