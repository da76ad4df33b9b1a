import ScytheLinux
import ScythePolicy

extension GroupSample {
  /// Takes over what is known of a group besides what it holds.
  mutating func take(_ found: LimitedGroup) {
    number = found.number
    parent = found.parent
    limitBytes = found.limitBytes
    isKilledAsOne = found.isKilledAsOne
  }

  /// Reads what a group holds.
  ///
  /// - Parameter swapFreeBytes: what the machine has left of swap: a group without a limit on it has no more.
  /// - Returns: whether it is there.
  mutating func read(_ gauge: borrowing MemoryGauge, swapFreeBytes: UInt64) -> Bool {
    let now = UInt64(clamping: MonotonicClock.nowNanoseconds)
    guard let current = try? gauge.currentBytes(), let statistics = try? gauge.statistics() else { return false }
    readNanoseconds = now
    currentBytes = current
    latestBytes = current
    inactiveFileBytes = statistics.inactiveFileBytes
    activeFileBytes = statistics.activeFileBytes
    reclaimableSlabBytes = statistics.reclaimableSlabBytes
    anonymousBytes = statistics.anonymousBytes
    sharedBytes = statistics.sharedBytes
    fileRefaultBytes = statistics.fileRefaultBytes
    anonymousRefaultBytes = statistics.anonymousRefaultBytes
    swapLeftBytes = min(gauge.swapLeftBytes(), swapFreeBytes)
    limitEvents = (try? gauge.limitEvents()) ?? 0
    pressure = (try? gauge.pressure()).flatMap { PressureTotals($0) }
    return true
  }
}

extension Procfs {
  /// What is left of swap; 0 if that cannot be read.
  var swapFreeBytes: UInt64 { (try? memoryInformation())?.swapFreeBytes ?? 0 }
}

extension PressureTotals {
  /// The totals of a pressure file; `nil` without both lines. The system's own file has them since Linux 4.20.
  init?(_ information: PressureInformation) {
    guard let some = information.some, let full = information.full else { return nil }
    self.init(someMicroseconds: some.totalMicroseconds, fullMicroseconds: full.totalMicroseconds)
  }
}

extension Candidate {
  /// Takes over what its nearest limited group is.
  mutating func take(_ group: (number: UInt32, isKilledAsOne: Bool)) {
    self.group = group.number
    if group.isKilledAsOne { classes.insert(.killedAsOne) }
  }
}
