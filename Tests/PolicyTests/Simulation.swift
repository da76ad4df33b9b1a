import ScytheLinux

@testable import ScythePolicy

/// A machine that fills, in steps of a millisecond, with the policy as its daemon: what a policy decides changes what it
/// sees next. Coarse, but its bytes add up, and it runs out of memory as a real one does.
struct Simulation {
  struct Process {
    var row: Candidate
    /// How fast it grows, and up to which size; 0 for one that does not.
    var rate: UInt64 = 0
    var most: UInt64 = 0
    /// Whether its growth is shared memory of nobody: a file on tmpfs.
    var fillsTmpfs = false
  }

  struct Kill {
    var at: UInt64
    var pid: PID
    var rule: Rule?
    var freeBytes: UInt64
    var headroomBytes: UInt64
  }

  var policy: Policy
  let total: UInt64
  let watermark: UInt64
  var processes: [Process]
  var now: UInt64 = second
  var inactiveFile: UInt64 = 0
  /// A copy of a file: read into the cache at this rate.
  var copyRate: UInt64 = 0
  /// What is read again per second while files are short.
  var hotFile: UInt64 = 0
  var tmpfs: UInt64 = 0
  var swapTotal: UInt64 = 0
  var swapUsed: UInt64 = 0
  var swapRate: UInt64 = 0
  /// Swap is zram: each page takes half a page.
  var isZram = false
  var fullMicroseconds: UInt64 = 0
  var swapOut: UInt64 = 0
  /// What the processes take that die: it comes back at `releaseRate` from the time of the signal on.
  private var dying: [(process: Process, left: UInt64, back: UInt64)] = []
  var releaseRate: UInt64 = 3 << 30
  private(set) var kills: [Kill] = []
  private(set) var politeSignals: [PID] = []
  private(set) var events: [PolicyEvent] = []
  private(set) var lowestHeadroom = UInt64.max
  private(set) var looks = 0
  /// Whether the kernel's own killer was needed.
  private(set) var kernelWasNeeded = false
  private var nextLook: UInt64 = 0

  init(_ total: UInt64, _ settings: PolicySettings, _ processes: [Process]) {
    self.total = total
    watermark = total / 100
    self.processes = processes
    policy = Policy(settings)
  }

  private var resident: UInt64 { processes.reduce(0) { $0 + $1.row.anonymousBytes } }
  private var zramCost: UInt64 { isZram ? swapUsed / 2 : 0 }
  private var taken: UInt64 {
    resident + dying.reduce(0) { $0 + $1.left } + tmpfs + inactiveFile + zramCost
  }
  var free: UInt64 { total - min(total, taken) }

  /// Runs for some time, or until the kernel would have to kill.
  mutating func run(_ nanoseconds: UInt64) {
    let end = now + nanoseconds
    while now < end, !kernelWasNeeded {
      if now >= nextLook { look() }
      guard isChanging else {
        now = min(end, max(now + millisecond, nextLook))
        continue
      }
      release()
      grow()
      now += millisecond
    }
  }

  private var isChanging: Bool {
    !dying.isEmpty || copyRate > 0 || hotFile > 0 || processes.contains { $0.rate > 0 && size(of: $0) < $0.most }
  }

  private func size(of process: Process) -> UInt64 { process.fillsTmpfs ? tmpfs : process.row.releasableBytes }

  private mutating func release() {
    for index in dying.indices {
      let back = min(dying[index].left, releaseRate / 1000)
      dying[index].left -= back
      dying[index].back += back
      let row = dying[index].process.row
      policy.memoryCameBack(dying[index].back, from: row.pid, startTicks: row.startTicks)
      if dying[index].left == 0 {
        policy.killEnded(row.pid, startTicks: row.startTicks, bytesBack: dying[index].back)
      }
    }
    dying.removeAll { $0.left == 0 }
  }

  private mutating func grow() {
    var swappable = swapRate / 1000
    var unmet: UInt64 = 0
    for index in processes.indices where processes[index].rate > 0 {
      let wanted = min(processes[index].rate / 1000, processes[index].most.minus(size(of: processes[index])))
      let got = take(wanted, &swappable)
      unmet += wanted - got
      if processes[index].fillsTmpfs { tmpfs += got } else { processes[index].row.anonymousBytes += got }
      processes[index].row.growthBytesPerSecond = got * 1000
    }
    let cached = min(copyRate / 1000, free.minus(watermark))
    inactiveFile += cached
    // What is short stalls everybody; and so does a cache that has gone.
    if unmet > 0 || inactiveFile < hotFile { fullMicroseconds += 1000 }
    // Nothing is left, and nothing comes.
    if unmet > 0, dying.isEmpty, swapUsed == swapTotal || swapRate == 0 { kernelWasNeeded = true }
  }

  /// Takes memory: what is free, then pages of files, then what can be swapped out in this millisecond.
  private mutating func take(_ bytes: UInt64, _ swappable: inout UInt64) -> UInt64 {
    var got = min(bytes, free.minus(watermark))
    let dropped = min(bytes - got, inactiveFile)
    inactiveFile -= dropped
    got += dropped
    let out = min(min((bytes - got) * (isZram ? 2 : 1), swappable), swapTotal - swapUsed)
    guard out > 0,
      let largest = processes.indices.max(by: {
        processes[$0].row.anonymousBytes < processes[$1].row.anonymousBytes
      }), processes[largest].row.anonymousBytes >= out
    else { return got }
    processes[largest].row.anonymousBytes -= out
    processes[largest].row.swapBytes += out
    swapUsed += out
    swapOut += out
    swappable -= out
    return got + (isZram ? out / 2 : out)
  }

  private func sample(isClose: Bool) -> SystemSample {
    var sample = SystemSample()
    sample.monotonicNanoseconds = now
    sample.bootNanoseconds = now
    sample.memory.totalBytes = total
    sample.memory.freeBytes = free
    sample.memory.inactiveFileBytes = inactiveFile
    sample.memory.swapTotalBytes = swapTotal
    sample.memory.swapFreeBytes = swapTotal - swapUsed
    sample.kinds.anonymousBytes = resident
    sample.kinds.sharedBytes = tmpfs
    sample.watermarkBytes = watermark
    sample.perCPUListsAreRead = isClose
    sample.pressure = PressureTotals(fullMicroseconds: fullMicroseconds)
    sample.paging.swapOutBytes = swapOut
    sample.paging.fileRefaultBytes = hotFile > 0 ? fullMicroseconds * (hotFile >> 10) / 1000 : 0
    if swapTotal > 0 {
      sample.swap.areas = 1
      sample.swap.zramAreas = isZram ? 1 : 0
    }
    if isZram {
      sample.zram.capacityBytes = swapTotal
      sample.zram.storedBytes = swapUsed
      sample.zram.usedBytes = swapUsed / 2
    }
    var totals = ProcessTotals()
    totals.anonymousBytes = resident
    totals.swapBytes = processes.reduce(0) { $0 + $1.row.swapBytes }
    totals.swapOutBytesAtLook = swapOut
    sample.processes = totals
    return sample
  }

  private mutating func look() {
    looks += 1
    let rows = processes.map { $0.row }
    var decision = policy.decide(sample(isClose: false), rows)
    if decision.action == .lookCloser { decision = policy.decide(sample(isClose: true), rows) }
    nextLook = decision.lookAgainAtNanoseconds
    lowestHeadroom = min(lowestHeadroom, decision.headroom.totalBytes)
    if let event = decision.event { events.append(event) }
    guard let victim = decision.victim else { return }
    switch decision.action {
    case .polite: politeSignals.append(victim.pid)
    case .kill:
      kills.append(
        Kill(
          at: now, pid: victim.pid, rule: decision.rule, freeBytes: free,
          headroomBytes: decision.headroom.totalBytes))
      for process in processes where victim.includes(process.row) {
        dying.append((process, process.row.anonymousBytes, 0))
        // Swap comes back with the exit, at once.
        swapUsed -= process.row.swapBytes
      }
      processes.removeAll { victim.includes($0.row) }
    case .nothing, .lookCloser, .releaseKernelVictim: break
    }
  }
}
