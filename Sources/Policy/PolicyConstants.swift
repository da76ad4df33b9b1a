/// The numbers of the policy, each with its unit and its evidence. The property tests name them.
public enum PolicyConstants {
  // MARK: What is assumed until it is measured

  /// Three times the worst wake-up of a real-time thread on a loaded machine (1.2 ms), plus a scan of the cached
  /// descriptors of 1,000 processes (2 ms) and a signal (16 us).
  public static var unmeasuredLatencyNanoseconds: UInt64 { 6_000_000 }
  /// A release of 4 KiB pages by one thread frees 12 GiB/s on a quiet machine and a quarter of that on a busy one.
  public static var unmeasuredReleaseBytesPerSecond: UInt64 { 3 << 30 }
  /// What programs fill with 4 KiB pages on real hardware: 5 to 10 GB/s.
  public static var unmeasuredFillBytesPerSecond: UInt64 { 10 << 30 }

  // MARK: The lines

  /// The reserve is one in this many bytes of memory: 0.5 %. The kernel's own marks are taken off headroom before.
  public static var reserveShare: UInt64 { 200 }
  /// But not less than this: a guest of 1 GiB fills 350 MB/s, 32 MiB in 90 ms. There signals went out 2 to 80 ms after
  /// the decision, while everybody waited for pages.
  public static var leastReserveBytes: UInt64 { 32 << 20 }
  /// Of a small memory it is one in this many bytes at the most.
  public static var leastReserveShare: UInt64 { 32 }
  /// 128 MiB are 12 ms at the highest fill that was seen (10 GB/s); more would be taken from programs for nothing.
  public static var mostReserveBytes: UInt64 { 128 << 20 }
  /// The emergency line is one in this many bytes of the reserve.
  public static var emergencyShare: UInt64 { 2 }
  /// The deadline rule never acts above one in this many bytes of memory (5 %): peers that act at 10 % kill builds that
  /// would have ended well.
  public static var capShare: UInt64 { 20 }
  /// On machines where 5 % is less than this, the cap is this: an eighth of a second at 2 GB/s.
  public static var leastCapBytes: UInt64 { 256 << 20 }
  /// But never above one in this many bytes: a machine of 512 MiB may use three quarters of itself.
  public static var mostCapShare: UInt64 { 4 }

  // MARK: Headroom

  /// One in this many bytes of memory is taken for hot pages of files: the executables and libraries of a desktop
  /// session are 300 to 800 MiB of 8 GiB.
  public static var hotFileShare: UInt64 { 8 }
  /// Half of what may be had is counted where the kernel cannot say more exactly: reclaimable slab, which is freed only
  /// where whole pages of it are unused, and pages of files that were used again.
  public static var doubtfulShare: UInt64 { 2 }
  /// A compression ratio is measured once so much is stored; before, it is taken for 2.
  public static var leastStoredBytes: UInt64 { 16 << 20 }
  /// A page in zram costs a quarter of a page at least, whatever was measured: what comes next may be less
  /// compressible than zeros and text were.
  public static var zramLeastCostShare: UInt64 { 4 }
  /// Basis points of full stall up to which swap is taken to keep pace, and from which on not at all: memory is then
  /// wanted faster than it is swapped out. With 512 MB of zram the peers waited for its end and let a machine crawl
  /// for 5 to 14 s.
  public static var paceFullBasisPoints: UInt64 { 2000 }
  /// See above.
  public static var noPaceFullBasisPoints: UInt64 { 6000 }
  /// Swap that does not keep pace counts for what it takes within this time, which is that of a kill.
  public static var paceHorizonNanoseconds: UInt64 { 100_000_000 }

  // MARK: Measuring

  /// Samples closer than this make no new estimate of the fill: the kernel's counters are batched per CPU.
  public static var leastSpacingNanoseconds: UInt64 { 2_000_000 }
  /// Samples of the steady fill lie apart by this: programs that take memory in bursts rest for tens of milliseconds
  /// between them, in which the quick fill is 0.
  public static var steadySpacingNanoseconds: UInt64 { 50_000_000 }
  /// Samples in one estimate of the fill.
  public static var samplesPerEstimate: Int { 3 }
  /// Shares and rates of paging are over this much time at least. A start of a large program stalls everybody for some
  /// hundred milliseconds, and needs no kill.
  public static var meterNanoseconds: UInt64 { 1_000_000_000 }
  /// No sample for so long, while one is asked for every 5 s at the latest, means that the daemon was stopped.
  public static var longestGapNanoseconds: UInt64 { 30_000_000_000 }
  /// The two clocks part by this much in no sample that was taken in one piece.
  public static var suspendNanoseconds: UInt64 { 1_000_000_000 }

  // MARK: Rules

  /// The floor rule's samples lie apart by this: a read of `/proc/meminfo` in the middle of a large free is a lie that
  /// lasts less.
  public static var confirmNanoseconds: UInt64 { 10_000_000 }
  /// Below the emergency line one kill in this time: 100 ms free more than a GiB, by a thread at 12 GiB/s.
  public static var emergencyIntervalNanoseconds: UInt64 { 100_000_000 }
  /// A share of refaults per second above this is thrash: a fifth of all pages of files, or of all anonymous ones, read
  /// again each second.
  public static var thrashRefaultBasisPoints: UInt64 { 2000 }
  /// Below one in this many bytes of memory a share of refaults would be of nothing.
  public static var leastRefaultBaseShare: UInt64 { 64 }
  /// The stall rule waits this many times longer while swap has room: it may yet end by itself. Not so with nothing left
  /// but zram, while full stall is as high as the rule asks for.
  public static var stallPatience: UInt64 { 2 }
  /// And this many times if it is on a disk: a large program that was swapped out and is called back stalls everybody for
  /// some seconds, and needs no kill.
  public static var diskStallPatience: UInt64 { 5 }
  /// With nothing left but zram a stall begins at one in this many of the full stall that it takes elsewhere: since a page
  /// is compressed by whoever waits for it, somebody always works, and full stall was 24 to 33 % for 10 s in which nobody
  /// could do anything.
  public static var onlyZramShare: UInt64 { 2 }
  /// Nobody dies of a thrash or stall while more than one in this many bytes of the cap lies unused: the kernel reclaims at
  /// its own marks, and next to nothing is unused over them while everybody waits. Where the cap alone was asked for, a guest
  /// of 1 GiB killed a second process a second after the first, of which 224 MiB were back. With a quarter of it twelve
  /// that grew were killed so late, after 60 to 120 MiB had come back, that all stalls together were 20 s instead of 7. Files
  /// that could be dropped do not count: where the kernel looks for them everybody waits too.
  public static var scarceShare: UInt64 { 2 }
  /// What has begun goes on down to one in this many of what it took to begin: within one thrash of 10 s full stall was
  /// seen to go from 61 % to 8 % and back, and refaults from 2 % to 80 %.
  public static var goesOnShare: UInt64 { 2 }

  /// Basis points of full stall for the stall rule, which knows of nothing else but that memory is nearly gone. Before a
  /// cache begins to be read again, the search for pages to drop stalls everybody for 40 to 60 % of some seconds.
  public static func stallFullBasisPoints(_ profile: Profile) -> UInt64 {
    switch profile {
    case .desktop: 4000
    case .server, .container, .build: 6000
    }
  }

  /// Basis points of full stall for a thrash. Peers that go by that alone and act at 10 % are called back for false alarms
  /// on btrfs, which reads nothing again; those that wait for 60 % over 20 s are never heard of. While one process computes
  /// and all others wait for pages, full stall is 8 to 27 %.
  public static func thrashFullBasisPoints(_ profile: Profile) -> UInt64 {
    switch profile {
    case .desktop: 1000
    case .server, .container: 2000
    case .build: 4000
    }
  }

  /// How long a thrash lasts before it is one, in nanoseconds: people notice after one second, services fail health
  /// checks after several, and a compiler does not mind.
  public static func thrashNanoseconds(_ profile: Profile) -> UInt64 {
    switch profile {
    case .desktop: 1_000_000_000
    case .server, .container: 3_000_000_000
    case .build: 10_000_000_000
    }
  }

  // MARK: Control groups

  /// The reserve of a group, and its smallest victim, is one in this many bytes of its limit,
  public static var groupReserveShare: UInt64 { 200 }
  /// but not less than this, a few batches of the per-CPU stocks of charges (64 pages each).
  public static var leastGroupReserveBytes: UInt64 { 1 << 20 }
  /// The deadline of a group is never above this, where 5 % of its limit are less: an eighth of a second at 128 MB/s.
  public static var leastGroupCapBytes: UInt64 { 16 << 20 }
  /// How long between two readings of a group that will be at its limit within a second: the kernel takes 35 us
  /// for a reading of a v1 group, which has no pressure file.
  public static var groupIntervalNanoseconds: UInt64 { 10_000_000 }
  /// Growth in steps is measured over this at least, and over twice that at most: programs that take memory in steps
  /// of 4 MB were seen to rest for 200 ms between them.
  public static var growthNanoseconds: UInt64 { 500_000_000 }
  /// A group that lasts for less than this is read as often as that,
  public static var groupUrgentNanoseconds: UInt64 { 1_000_000_000 }
  /// and one that lasts for less than this ten times a second.
  public static var groupAlertNanoseconds: UInt64 { 30_000_000_000 }
  /// A group that does not grow is looked at as if it could be filled in this time. Nobody is woken for the faster ones:
  /// the kernel's own killer is exact there, and does not let a group thrash that has nothing to drop.
  public static var groupFillNanoseconds: UInt64 { 20_000_000_000 }
  /// A group rests if it has met its limit no more for so long, and no more came or went than one in this many bytes of
  /// the limit: a service that has filled its group and stays so is watched for ever otherwise, ten times a second.
  public static var groupRestNanoseconds: UInt64 { 5_000_000_000 }
  /// See above.
  public static var groupRestShare: UInt64 { 1024 }
  /// A group that rests is looked at so often; of one of version 2 the kernel tells at once when it meets its limit again.
  public static var groupRestingWaitNanoseconds: UInt64 { 1_000_000_000 }
  /// A group that is out of memory and in which nobody can be killed is asked about again after so long, and after one that
  /// waits for a kill others come first.
  public static var groupPassedNanoseconds: UInt64 { 1_000_000_000 }
  /// A reading is outdated when one in this many bytes of the limit came or went since.
  public static var outdatedShare: UInt64 { 32 }
  /// How many limited groups that have used half of what they may are watched.
  public static var watchedGroups: Int { 32 }
  /// How many limited groups may lie above each other.
  public static var groupDepth: Int { 16 }

  // MARK: Credits

  /// Every credit holds for this long, in nanoseconds,
  public static var creditNanoseconds: UInt64 { 250_000_000 }
  /// and longer at this rate: a sixth of what a release does on a quiet machine.
  public static var creditBytesPerSecond: UInt64 { 2 << 30 }
  /// But no longer than this, which is also how long a holder of a robust mutex may take.
  public static var mostCreditNanoseconds: UInt64 { 2_000_000_000 }
  /// A fork bomb may take so long: the exits of 185 that shared 700 MiB took 4 to 22 s in a guest of two emulated CPUs, all
  /// of the memory came back with the last of them, and who died meanwhile died for nothing.
  public static var kinCreditNanoseconds: UInt64 { 60_000_000_000 }
  /// How many kills may be under way.
  public static var openCredits: Int { 16 }
  /// How many victims whose credit expired are remembered.
  public static var spentVictims: Int { 32 }

  // MARK: Futility

  /// A kill was futile if it returned less than one in this many bytes of the shortage.
  public static var futileShare: UInt64 { 4 }
  /// So many futile kills in a row end killing.
  public static var futileKills: UInt32 { 2 }
  /// A loss of which processes have less than one in this many bytes (25 %) is nobody's.
  public static var explainedShare: UInt64 { 4 }
  /// Memory was calm when headroom was last this many times the cap.
  public static var calmCaps: UInt64 { 2 }

  // MARK: Units

  /// Kills of one unit are counted over ten minutes, in nanoseconds.
  public static var unitWindowNanoseconds: UInt64 { 600_000_000_000 }
  /// The kill from which on a unit is said to keep coming.
  public static var unitKills: UInt32 { 3 }
  /// The first pause, in nanoseconds; each further one is twice as long,
  public static var unitPauseNanoseconds: UInt64 { 30_000_000_000 }
  /// and none longer than this.
  public static var mostUnitPauseNanoseconds: UInt64 { 600_000_000_000 }
  /// How many kills are remembered.
  public static var rememberedKills: Int { 64 }

  // MARK: Victims

  /// A victim returns at least one in this many bytes of memory (0.5 %),
  public static var leastVictimShare: UInt64 { 200 }
  /// and no less than this: what a release frees in 2 ms is not worth a process.
  public static var leastVictimBytes: UInt64 { 16 << 20 }
  /// Shared memory counts for one in this many bytes: it comes back only if no one else maps it, and if it is no file.
  public static var sharedShare: Int64 { 4 }
  /// Memory in swap on a disk counts for one in this many bytes: it returns no memory, only room in the swap.
  public static var diskSwapShare: Int64 { 2 }
  /// A positive `oom_score_adj` adds, where it is bounded, at most one in this many bytes of what the death returns:
  /// browser tabs carry 300, and would die before any hog.
  public static var boundedAdjustmentShare: Int64 { 2 }
  /// What is avoided by default is worth this many percent less: ten times larger than the next, it still goes.
  public static var avoidedPercent: Int64 { -90 }
  /// What its control group offers is worth this many percent more, as what a rule prefers without a weight.
  public static var preferredPercent: Int64 { 100 }
  /// What does not grow is worth this many percent less: of programs of about the same size the one dies that fills the
  /// memory, but one that is more than four times larger goes all the same, as it may have filled it before.
  public static var stillPercent: Int64 { -75 }
  /// What grows so fast that it would have taken all that it has in this time is not still at all: 20 s, in which a
  /// program that was swapped out, or throttled while memory is short, goes on growing.
  public static var stillSeconds: Int64 { 20 }
  /// Of a process younger than this, in nanoseconds, nothing is known: it may have been looked at once.
  public static var stillYouthNanoseconds: UInt64 { 5_000_000_000 }
  /// The lowest and the highest weight that a rule may give, in percent.
  public static var ruleWeights: ClosedRange<Int16> { -100...1000 }

  // MARK: Fork bombs

  /// What started so many nanoseconds ago is young.
  public static var youngNanoseconds: UInt64 { 60_000_000_000 }
  /// So many young processes of one user, unit and name are a fork bomb,
  public static var kinMembers: UInt64 { 64 }
  /// or so many per CPU where that is more: `make -j` with a number starts one or two.
  public static var kinMembersPerProcessor: UInt64 { 4 }
  /// But only if together they return this many times what the best single victim does.
  public static var kinAdvantage: UInt64 { 2 }

  // MARK: A polite signal

  /// A grace beyond half a second has cost the peers more than it saved.
  public static var mostGraceNanoseconds: UInt64 { 500_000_000 }
  /// A polite signal is sent only while more than this is left, and nobody waits for memory: full stall is below
  /// ``pressedFullBasisPoints``.
  public static var politeNanoseconds: UInt64 { 1_000_000_000 }
  /// In so much a fall of what is left is no fill to go by here: the lists of free pages of each CPU take 63 pages at a
  /// time, and since Linux 6.7 up to 32 times as many. Over a few milliseconds a leak of 3 MiB/s was measured as one of 23,
  /// and on 7.2 as one of 341.
  public static var jumpBytes: UInt64 { 8 << 20 }
  /// SIGKILL follows at once when less than three quarters of the headroom at the polite signal are left.
  public static var fallNumerator: UInt64 { 3 }
  /// See above.
  public static var fallDenominator: UInt64 { 4 }

  // MARK: The next look

  /// No look follows sooner: 200 wake-ups a second cost about 1 % of a CPU.
  public static var leastWaitNanoseconds: UInt64 { 5_000_000 }
  /// None follows later.
  public static var mostWaitNanoseconds: UInt64 { 5_000_000_000 }
  /// While everybody waits for more than 5 % of the time, durations are measured: then not later than this.
  public static var pressedWaitNanoseconds: UInt64 { 100_000_000 }
  /// See above.
  public static var pressedFullBasisPoints: UInt64 { 500 }
  /// Where killing is left to the kernel, there is no hurry.
  public static var resignedWaitNanoseconds: UInt64 { 1_000_000_000 }
  /// Only so much of the way to the line is slept through at the highest fill.
  public static var sleptShare: UInt64 { 2 }
}
