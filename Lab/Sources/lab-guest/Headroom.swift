import ScytheLinux

/// What can still be handed out without taking hot pages from anybody. MemAvailable alone says nothing where swap is
/// compressed memory.
struct Headroom {
  /// What it is about: the machine, or a group with a limit of its own.
  private enum Place {
    case machine
    case group(String, limitBytes: Int64)
  }

  struct Sample {
    var headroomBytes: Int64 = 0
    var availableBytes: Int64 = 0
    var swapFreeBytes: Int64 = 0
  }

  private let place: Place
  /// What must be available: a twentieth of all there is.
  let floorBytes: Int64
  private let watermarkBytes: Int64
  private let isSwapCompressed: Bool

  /// Of the machine.
  init(isSwapCompressed: Bool) throws(Errno) {
    place = .machine
    self.isSwapCompressed = isSwapCompressed
    floorBytes = Int64(try Procfs().memoryInformation().totalBytes) / 20
    watermarkBytes = Self.watermarks()
  }

  /// Of a group with a limit.
  init(group: String, limitBytes: Int64) {
    place = .group(group, limitBytes: limitBytes)
    isSwapCompressed = false
    floorBytes = limitBytes / 20
    watermarkBytes = 0
  }

  func sample() -> Sample {
    var sample = Sample()
    guard let memory = try? Procfs().memoryInformation() else { return sample }
    sample.availableBytes = Int64(memory.availableBytes)
    sample.swapFreeBytes = Int64(memory.swapFreeBytes)
    switch place {
    case .machine:
      sample.headroomBytes =
        Int64(memory.freeBytes) - watermarkBytes + Int64(memory.inactiveFileBytes)
        + Int64(memory.reclaimableSlabBytes) / 2 + swapGain(Int64(memory.swapFreeBytes))
    case .group(let folder, let limit):
      let charge = Text.read("\(folder)/memory.current").flatMap { Int64($0.prefix { $0.isNumber }) } ?? 0
      let cache = Text.number("inactive_file ", in: Text.read("\(folder)/memory.stat") ?? "") ?? 0
      sample.headroomBytes = limit - charge + Int64(cache)
    }
    return sample
  }

  /// A page that goes to zram takes what it is compressed to.
  private func swapGain(_ free: Int64) -> Int64 {
    guard isSwapCompressed else { return free }
    guard let zram = try? Sysfs().zramInformation(), zram.storedBytes > 4 << 20 else { return free / 2 }
    return free - min(free, Int64(Double(free) * Double(zram.usedBytes) / Double(zram.storedBytes)))
  }

  /// Below the low watermarks of all zones the kernel reclaims.
  private static func watermarks() -> Int64 {
    var pages: Int64 = 0
    for line in (Text.read("/proc/zoneinfo") ?? "").split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2, words[0] == "low" { pages += Int64(words[1]) ?? 0 }
    }
    return pages * Int64(Machine.pageBytes)
  }
}

/// Whether tasks were stalled for a good part of the last 100 ms.
struct PressureWindow {
  private static let spanNanoseconds: Int64 = 100_000_000
  /// In hundredths.
  private static let share: UInt64 = 30
  private var samples: [(nanoseconds: Int64, stall: UInt64)] = []

  init() { samples.reserveCapacity(64) }

  /// Takes a sample.
  ///
  /// - Returns: whether all tasks were stalled for the share of the span.
  mutating func isHigh(at now: Int64) -> Bool {
    guard let full = try? Procfs().memoryPressure().full?.totalMicroseconds else { return false }
    samples.append((now, full))
    while samples.count > 1, samples[1].nanoseconds <= now - Self.spanNanoseconds { samples.removeFirst() }
    let span = UInt64(now - samples[0].nanoseconds) / 1000
    return span >= 90_000 && (full - samples[0].stall) * 100 >= span * Self.share
  }
}
