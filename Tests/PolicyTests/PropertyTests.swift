import ScytheLinux
import TestSupport
import Testing

@testable import ScythePolicy

/// Any machine: nothing of it need make sense.
private func anySample(_ generator: inout SeededGenerator) -> SystemSample {
  var sample = SystemSample()
  sample.memory.totalBytes = anyNumber(&generator)
  sample.memory.freeBytes = anyNumber(&generator)
  sample.memory.inactiveFileBytes = anyNumber(&generator)
  sample.memory.reclaimableSlabBytes = anyNumber(&generator)
  sample.memory.swapTotalBytes = anyNumber(&generator)
  sample.memory.swapFreeBytes = anyNumber(&generator)
  sample.kinds.activeFileBytes = anyNumber(&generator)
  sample.kinds.anonymousBytes = anyNumber(&generator)
  sample.kinds.sharedBytes = anyNumber(&generator)
  sample.kinds.unevictableBytes = anyNumber(&generator)
  sample.paging.fileRefaultBytes = anyNumber(&generator)
  sample.paging.anonymousRefaultBytes = anyNumber(&generator)
  sample.paging.swapOutBytes = anyNumber(&generator)
  sample.watermarkBytes = anyNumber(&generator)
  sample.perCPUListBytes = anyNumber(&generator)
  sample.perCPUListsAreRead = generator.next() % 2 == 0
  sample.swap.areas = Int(generator.next() % 3)
  sample.swap.zramAreas = Int(generator.next() % 3)
  sample.zram.capacityBytes = anyNumber(&generator)
  sample.zram.storedBytes = anyNumber(&generator)
  sample.zram.usedBytes = anyNumber(&generator)
  if generator.next() % 2 == 0 {
    sample.pressure = PressureTotals(
      someMicroseconds: anyNumber(&generator), fullMicroseconds: anyNumber(&generator))
  }
  if generator.next() % 2 == 0 {
    var totals = ProcessTotals()
    totals.anonymousBytes = anyNumber(&generator)
    totals.sharedBytes = anyNumber(&generator)
    totals.swapBytes = anyNumber(&generator)
    totals.swapOutBytesAtLook = anyNumber(&generator)
    sample.processes = totals
  }
  if generator.next() % 4 == 0 { sample.container = anyGroup(&generator) }
  return sample
}

private func anyGroup(_ generator: inout SeededGenerator) -> GroupSample {
  var group = GroupSample()
  group.number = UInt32(generator.next() % 5)
  group.parent = UInt32(generator.next() % 5)
  group.limitBytes = anyNumber(&generator)
  group.currentBytes = anyNumber(&generator)
  group.latestBytes = generator.next() % 2 == 0 ? group.currentBytes : anyNumber(&generator)
  group.inactiveFileBytes = anyNumber(&generator)
  group.activeFileBytes = anyNumber(&generator)
  group.reclaimableSlabBytes = anyNumber(&generator)
  group.anonymousBytes = anyNumber(&generator)
  group.sharedBytes = anyNumber(&generator)
  group.swapLeftBytes = anyNumber(&generator)
  group.fileRefaultBytes = anyNumber(&generator)
  group.anonymousRefaultBytes = anyNumber(&generator)
  group.limitEvents = anyNumber(&generator)
  if generator.next() % 2 == 0 {
    group.pressure = PressureTotals(fullMicroseconds: anyNumber(&generator))
  }
  return group
}

private func anySettings(_ generator: inout SeededGenerator) -> PolicySettings {
  var settings = PolicySettings(profile: Profile(rawValue: UInt8(generator.next() % 4))!)
  settings.latencyNanoseconds = anyNumber(&generator)
  settings.releaseBytesPerSecond = anyNumber(&generator)
  settings.fillCeilingBytesPerSecond = anyNumber(&generator)
  settings.processors = UInt32(truncatingIfNeeded: generator.next())
  settings.ticksPerSecond = generator.next() % 2 == 0 ? 100 : anyNumber(&generator)
  settings.politeSignal = generator.next() % 2 == 0
  settings.killsGroupsAsOne = generator.next() % 2 == 0
  return settings
}

/// A machine of 16 GiB on which one thing happens after the other; all that goes away is anonymous memory.
private struct Walk {
  var sample = SystemSample.machine(free: 8 * gibibyte)
  private(set) var free = 8 * gibibyte
  let total = 16 * gibibyte

  mutating func step(to bytes: UInt64, after nanoseconds: UInt64, isClose: Bool = true) {
    free = min(bytes, total)
    sample.monotonicNanoseconds += nanoseconds
    sample.bootNanoseconds += nanoseconds
    sample.memory.freeBytes = free
    sample.kinds.anonymousBytes = total - free
    sample.perCPUListsAreRead = isClose
  }

  /// Mostly near the lines.
  mutating func wander(_ generator: inout SeededGenerator) {
    let next =
      switch generator.next() % 4 {
      case 0: generator.next() % (200 * mebibyte)
      case 1: generator.next() % (1200 * mebibyte)
      case 2: free / 2
      default: free + generator.next() % (50 * mebibyte)
      }
    step(to: next, after: 1 + generator.next() % (60 * millisecond))
  }
}

@Suite struct `Whatever happens` {
  static let seed: UInt64 = 0x9809_e875_2026_1128

  @Test func `there is no trap, no untouchable victim, and every point is accounted for`() {
    var generator = SeededGenerator(seed: Self.seed)
    var signals = 0
    for round in 0..<200 {
      var policy = Policy(anySettings(&generator))
      var time = anyNumber(&generator)
      for step in 0..<40 {
        var sample = anySample(&generator)
        // Near nothing is where decisions are made.
        if generator.next() % 2 == 0 {
          sample = SystemSample.machine(free: generator.next() % (200 * mebibyte))
          sample.perCPUListsAreRead = true
        }
        time = generator.next() % 20 == 0 ? anyNumber(&generator) : time.plus(generator.next() % second)
        sample.monotonicNanoseconds = time
        sample.bootNanoseconds = time
        let rows = (0..<generator.next() % 90).map { anyRow(Int32($0), &generator) }
        let groups = (0..<generator.next() % 40).map { _ in anyGroup(&generator) }
        let decision = policy.decide(sample, rows, groups: groups)
        let place = "seed \(Self.seed), round \(round), step \(step)"
        #expect(decision.lookAgainAtNanoseconds >= sample.monotonicNanoseconds, "\(place)")
        #expect(decision.headroom.totalBytes <= decision.headroom.containerBytes ?? .max, "\(place)")
        #expect(decision.line.totalBytes <= decision.line.capBytes, "\(place)")
        guard let victim = decision.victim else {
          #expect(!decision.isSignal, "\(place)")
          continue
        }
        if decision.isSignal, victim.row < rows.count, rows[victim.row].pid == victim.pid {
          signals += 1
          for row in rows where victim.includes(row) {
            #expect(Standing.untouchable(row) == nil, "\(place): \(row)")
            #expect(!row.classes.contains(.notPermitted), "\(place): \(row)")
          }
        }
        switch generator.next() % 5 {
        case 0: policy.memoryCameBack(anyNumber(&generator), from: victim.pid, startTicks: victim.startTicks)
        case 1: policy.killEnded(victim.pid, startTicks: victim.startTicks, bytesBack: anyNumber(&generator))
        case 2: policy.signalFailed(victim.pid, startTicks: victim.startTicks)
        default: break
        }
      }
    }
    #expect(signals > 100)
  }

  @Test func `nobody dies while headroom and credits are above the line`() {
    var generator = SeededGenerator(seed: Self.seed)
    var kills = 0
    for round in 0..<300 {
      var policy = Policy(.blunt())
      var walk = Walk()
      _ = policy.decide(walk.sample)
      var rows = (0..<12).map { Candidate(Int32(10 + $0), (100 + UInt64($0) * 100) * mebibyte) }
      for step in 0..<100 {
        walk.wander(&generator)
        let decision = policy.decide(walk.sample, rows)
        guard decision.action == .kill else { continue }
        kills += 1
        let place = "seed \(Self.seed), round \(round), step \(step)"
        let headroom = decision.headroom.totalBytes
        #expect(
          headroom < decision.line.emergencyBytes
            || headroom.plus(decision.creditBytes) < max(decision.line.totalBytes, decision.line.reserveBytes),
          "\(place): \(headroom) and \(decision.creditBytes)")
        #expect(headroom < decision.line.capBytes, "\(place)")
        if generator.next() % 2 == 0 {
          policy.killEnded(decision.victim!.pid, startTicks: 100, bytesBack: decision.victim!.expectedBytes)
          rows.removeAll { $0.pid == decision.victim!.pid }
        }
      }
    }
    #expect(kills > 300)
  }

  @Test func `below the emergency line somebody dies within 100 ms, as long as there is anybody`() {
    var generator = SeededGenerator(seed: Self.seed)
    for round in 0..<200 {
      var policy = Policy(.blunt())
      var walk = Walk()
      _ = policy.decide(walk.sample)
      for _ in 0..<generator.next() % 30 { walk.wander(&generator) }
      var rows = (0..<20).map { Candidate(Int32(10 + $0), (100 + UInt64($0) * 100) * mebibyte) }
      let emergency = LineExplanation(sizeBytes: walk.total).emergencyBytes
      walk.step(to: emergency - 1, after: 5 * millisecond, isClose: false)
      var last = walk.sample.monotonicNanoseconds
      while !rows.isEmpty {
        var decision = policy.decide(walk.sample, rows)
        let isCloser = decision.action == .lookCloser
        if isCloser {
          walk.step(to: walk.free, after: 0)
          decision = policy.decide(walk.sample, rows)
        }
        let now = walk.sample.monotonicNanoseconds
        let place = "seed \(Self.seed), round \(round), \(rows.count) left"
        #expect(now - last <= PolicyConstants.emergencyIntervalNanoseconds, "\(place)")
        if now - last > PolicyConstants.emergencyIntervalNanoseconds { return }
        if decision.action == .kill {
          last = now
          let victim = decision.victim!
          rows.removeAll { $0.pid == victim.pid }
          policy.killEnded(victim.pid, startTicks: 100, bytesBack: victim.expectedBytes)
        }
        // The daemon looks no later than it was told to; what came back is gone again at once.
        let wait = decision.lookAgainAtNanoseconds - now
        let free = generator.next() % emergency
        walk.step(to: free, after: max(1, wait / 2 + generator.next() % (wait / 2 + 1)), isClose: false)
      }
    }
  }

  @Test func `less memory never spares anybody`() {
    var generator = SeededGenerator(seed: Self.seed)
    var differences = 0
    for round in 0..<3000 {
      var policy = Policy(.blunt())
      var walk = Walk()
      _ = policy.decide(walk.sample)
      let rows = (0..<12).map { Candidate(Int32(10 + $0), (100 + UInt64($0) * 100) * mebibyte) }
      for _ in 0..<generator.next() % 12 {
        walk.wander(&generator)
        _ = policy.decide(walk.sample, rows)
      }
      var more = walk
      var less = walk
      let time = 1 + generator.next() % (40 * millisecond)
      let free = generator.next() % (200 * mebibyte)
      more.step(to: free, after: time)
      less.step(to: free - generator.next() % (free + 1), after: time)
      var copy = policy
      let first = policy.decide(more.sample, rows)
      let second = copy.decide(less.sample, rows)
      #expect(
        !first.isSignal || second.isSignal || second.restraint == .tooSoon,
        "seed \(Self.seed), round \(round): \(first.headroom.totalBytes), \(second.headroom.totalBytes)")
      if first.isSignal != second.isSignal { differences += 1 }
    }
    #expect(differences > 50)
  }

  @Test func `more pressure never means more headroom`() {
    var generator = SeededGenerator(seed: Self.seed)
    for round in 0..<3000 {
      let sample = anySample(&generator)
      let low = generator.next() % 10_001
      let high = low + generator.next() % (10_001 - low)
      let rate = anyNumber(&generator)
      let calm = HeadroomExplanation(sample, SwapPace(fullBasisPoints: low, swapOutBytesPerSecond: rate))
      let pressed = HeadroomExplanation(sample, SwapPace(fullBasisPoints: high, swapOutBytesPerSecond: rate))
      #expect(pressed.totalBytes <= calm.totalBytes, "seed \(Self.seed), round \(round): \(low), \(high)")
    }
  }

  @Test func `noise of 30 % on the fill kills nobody above the cap, nor where the fill ends above the line`() {
    var generator = SeededGenerator(seed: Self.seed)
    for round in 0..<40 {
      var policy = Policy(.blunt())
      var walk = Walk()
      let cap = LineExplanation(sizeBytes: walk.total).capBytes
      let rate = (1 + generator.next() % 6) * gibibyte
      // The fill ends half-way between the highest deadline that the noise can make and the cap.
      let highest =
        LineExplanation(sizeBytes: walk.total).reserveBytes
        + (rate * 13 / 10).over(nanoseconds: policy.settings.latencyNanoseconds)
      let end = (highest + cap) / 2
      #expect(end < cap)
      var left = 2 * gibibyte
      // What the victim fills itself ends with it; what the noise adds to that is less than a release frees.
      var row = Candidate(10, 8 * gibibyte)
      row.growthBytesPerSecond = rate
      for step in 0..<2000 {
        let noisy = rate * (70 + generator.next() % 61) / 100
        let fall = noisy.over(nanoseconds: 5 * millisecond)
        left = left > end + fall ? left - fall : end
        walk.step(to: left, after: 5 * millisecond)
        let decision = policy.decide(walk.sample, [row])
        #expect(!decision.isSignal, "seed \(Self.seed), round \(round), step \(step): \(left) left")
        if decision.isSignal || left == end { break }
      }
      #expect(left == end)
    }
  }

  @Test func `the same samples make the same decisions`() {
    var generator = SeededGenerator(seed: Self.seed)
    var first = Policy(.blunt())
    var second = Policy(.blunt())
    var walk = Walk()
    let rows = (0..<12).map { Candidate(Int32(10 + $0), (100 + UInt64($0) * 100) * mebibyte) }
    for step in 0..<2000 {
      walk.wander(&generator)
      #expect(first.decide(walk.sample, rows) == second.decide(walk.sample, rows), "seed \(Self.seed), step \(step)")
    }
  }
}
