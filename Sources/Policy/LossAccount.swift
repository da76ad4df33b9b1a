import ScytheLinux

/// Where memory went since all was calm: to processes, or where none has it.
struct LossAccount: BitwiseCopyable {
  /// What the account goes by.
  struct State: BitwiseCopyable {
    var levelBytes: UInt64
    var anonymousBytes: UInt64
    var sharedBytes: UInt64
    var swapUsedBytes: UInt64
    var totals: ProcessTotals?
    var swapOutBytes: UInt64

    init(_ sample: SystemSample) {
      levelBytes = sample.levelBytes.plus(sample.perCPUListsAreRead ? sample.perCPUListBytes : 0)
      anonymousBytes = sample.container?.anonymousBytes ?? sample.kinds.anonymousBytes
      sharedBytes = sample.container?.sharedBytes ?? sample.kinds.sharedBytes
      swapUsedBytes = sample.memory.swapTotalBytes.minus(sample.memory.swapFreeBytes)
      totals = sample.processes
      swapOutBytes = sample.paging.swapOutBytes
    }
  }

  private var calm: State?
  private var isSaid = false

  init() {}

  /// Takes a sample; a calm one, or the first of all, is what later ones are compared with.
  mutating func take(_ sample: SystemSample, isCalm: Bool) {
    if isCalm { isSaid = false }
    if isCalm || calm == nil { calm = State(sample) }
  }

  /// What went away since, and how much of it processes have.
  func loss(until sample: SystemSample) -> (lostBytes: UInt64, explainedBytes: UInt64) {
    guard let calm else { return (0, 0) }
    let now = State(sample)
    let lost = calm.levelBytes.minus(now.levelBytes)
    let grown = Int64.growth(from: calm.anonymousBytes, to: now.anonymousBytes)
    let owned = ownedGrowth(from: calm, to: now) ?? .growth(from: calm.swapUsedBytes, to: now.swapUsedBytes)
    return (lost, UInt64(clamping: grown.plus(owned)))
  }

  /// By how much processes have more in swap and of shared memory; `nil` where nobody has looked at them.
  private func ownedGrowth(from calm: State, to now: State) -> Int64? {
    guard let before = calm.totals, let after = now.totals else { return nil }
    // What was swapped out since the last look may be theirs: the doubt is for them, since a fast hog must not be
    // spared because the sums are a second old.
    let swapped = Int64.growth(from: before.swapBytes, to: after.swapBytes)
      .plus(Int64(clamping: now.swapOutBytes.minus(after.swapOutBytesAtLook)))
    // Everybody who maps a page counts it: the machine's own figure is the bound.
    let shared = Int64.growth(from: calm.sharedBytes, to: now.sharedBytes)
    return swapped.plus(max(0, min(shared, .growth(from: before.sharedBytes, to: after.sharedBytes))))
  }

  /// Whether a loss is nobody's.
  ///
  /// - Parameter leastBytes: less than this is no loss to speak of.
  func isUnexplained(_ loss: (lostBytes: UInt64, explainedBytes: UInt64), leastBytes: UInt64) -> Bool {
    loss.lostBytes >= max(1, leastBytes) && loss.explainedBytes < loss.lostBytes / PolicyConstants.explainedShare
  }

  /// Whether what grew since is files in memory, in swap or not, more than all processes together: no death gives that back.
  ///
  /// - Parameter leastBytes: less than this is no growth to speak of.
  func isOfFiles(until sample: SystemSample, leastBytes: UInt64) -> Bool {
    guard let calm else { return false }
    let now = State(sample)
    guard let owned = ownedGrowth(from: calm, to: now) else { return false }
    // Of swap and of shared memory what no process has.
    let kept = Int64.growth(from: calm.sharedBytes, to: now.sharedBytes)
      .plus(.growth(from: calm.swapUsedBytes, to: now.swapUsedBytes))
    let files = UInt64(clamping: kept.minus(owned))
    return files >= max(1, leastBytes) && files > loss(until: sample).explainedBytes
  }

  /// The event, once until all is calm again.
  mutating func event(_ loss: (lostBytes: UInt64, explainedBytes: UInt64)) -> PolicyEvent? {
    guard !isSaid else { return nil }
    isSaid = true
    return .lossUnexplained(lostBytes: loss.lostBytes, explainedBytes: loss.explainedBytes)
  }

  /// What was before does not count.
  mutating func reset() { self = LossAccount() }
}
