import ScytheLinux
import Testing

@testable import ScythePolicy

/// Below this all memory is used.
private let scarce = LineExplanation(sizeBytes: 16 * gibibyte).capBytes / PolicyConstants.scarceShare

/// Asks the pressure rules every 100 ms, of a machine that stalls and reads again at these rates.
private func ruleAfter(
  _ nanoseconds: UInt64, full: UInt64, refaults: UInt64, unused: UInt64 = 0, memory: UInt64 = 8 * gibibyte,
  swapAreas: Int = 0, zramAreas: Int = 0, _ settings: PolicySettings
) -> Rule? {
  var meter = PagingMeter()
  var rules = PressureRules()
  var explanation = PressureExplanation()
  var rule: Rule?
  var sample = SystemSample.machine(free: 8 * gibibyte)
  sample.memory.inactiveFileBytes = gibibyte
  sample.swap.areas = swapAreas
  sample.swap.zramAreas = zramAreas
  // What is measured over a second is known after one; the streak begins there.
  let begin = sample.monotonicNanoseconds + PolicyConstants.meterNanoseconds
  while sample.monotonicNanoseconds <= begin + nanoseconds {
    let elapsed = sample.monotonicNanoseconds - second
    sample.pressure = PressureTotals(fullMicroseconds: elapsed / 1000 * full / 10_000)
    sample.paging.fileRefaultBytes = refaults.over(nanoseconds: elapsed)
    meter.take(PagingMeter.Reading(sample))
    rule = rules.take(
      meter, sample, unusedBytes: unused, memoryBytes: memory, gainBytes: UInt64(swapAreas) * gibibyte,
      line: LineExplanation(sizeBytes: 16 * gibibyte), settings, &explanation)
    sample = sample.later(second / 10)
  }
  return rule
}

@Suite struct `A thrash` {
  static let refaults = gibibyte.scaled(by: PolicyConstants.thrashRefaultBasisPoints, over: 10_000) + mebibyte

  @Test(arguments: [Profile.desktop, .server, .container, .build])
  func `is refaults and full stalls for some time`(profile: Profile) {
    let settings = PolicySettings(profile: profile)
    let full = PolicyConstants.thrashFullBasisPoints(profile)
    let time = PolicyConstants.thrashNanoseconds(profile)
    #expect(ruleAfter(time, full: full, refaults: Self.refaults, settings) == .thrash)
    #expect(ruleAfter(time - second / 10, full: full, refaults: Self.refaults, settings) == nil)
    #expect(ruleAfter(time, full: full - 10, refaults: Self.refaults, settings) == nil)
    #expect(ruleAfter(time, full: full, refaults: Self.refaults * 9 / 10, settings) == nil)
  }

  @Test func `is none while memory lies unused: what was dropped is read back into it`() {
    let settings = PolicySettings()
    #expect(ruleAfter(5 * second, full: 3000, refaults: Self.refaults, unused: scarce - mebibyte, settings) == .thrash)
    #expect(ruleAfter(5 * second, full: 3000, refaults: Self.refaults, unused: scarce, settings) == nil)
  }

  @Test func `asks for nothing where the rule is off`() {
    var settings = PolicySettings()
    settings.thrashRule = false
    #expect(ruleAfter(5 * second, full: 5000, refaults: Self.refaults, settings) == nil)
  }
}

@Suite struct `What is measured of a thrash` {
  /// The tenth of a second in which somebody has to die, of a thrash that is less from the second to the fourth second.
  private func tenth(fullThen full: UInt64, refaultsThen refaults: UInt64) -> Int? {
    var meter = PagingMeter()
    var rules = PressureRules()
    var explanation = PressureExplanation()
    var sample = SystemSample.machine(free: 8 * gibibyte)
    sample.memory.inactiveFileBytes = gibibyte
    var totals = PressureTotals()
    for tenth in 0..<80 {
      let isLess = (11..<40).contains(tenth)
      totals.fullMicroseconds += (isLess ? full : 2000) * 10
      sample.pressure = totals
      sample.paging.fileRefaultBytes += (isLess ? refaults : gibibyte * 3 / 10) / 10
      meter.take(PagingMeter.Reading(sample))
      let rule = rules.take(
        meter, sample, unusedBytes: 0, memoryBytes: 8 * gibibyte, gainBytes: 0,
        line: LineExplanation(sizeBytes: 16 * gibibyte), PolicySettings(), &explanation)
      if rule != nil { return tenth }
      sample = sample.later(second / 10)
    }
    return nil
  }

  @Test func `may fall to half of what it took to begin, and then nobody dies until it rises again`() throws {
    let goesOn = try #require(tenth(fullThen: 600, refaultsThen: gibibyte / 8))
    #expect(goesOn > 40)
    // Below that it begins anew.
    for (full, refaults) in [(0, gibibyte / 8), (600, 0)] {
      #expect(try #require(tenth(fullThen: UInt64(full), refaultsThen: refaults)) >= goesOn + 5)
    }
  }
}

@Suite struct `A stall` {
  private func after(
    _ nanoseconds: UInt64, full: UInt64 = 4000, unused: UInt64 = 0, memory: UInt64 = 700 * mebibyte, swapAreas: Int = 0,
    zramAreas: Int = 0
  ) -> Rule? {
    ruleAfter(
      nanoseconds, full: full, refaults: 0, unused: unused, memory: memory, swapAreas: swapAreas, zramAreas: zramAreas,
      PolicySettings()
    )
  }

  @Test func `is full stalls for some time, with memory nearly gone`() {
    #expect(after(second) == .stall)
    #expect(after(second - second / 10) == nil)
    #expect(after(second, full: 3900) == nil)
    #expect(after(second, memory: LineExplanation(sizeBytes: 16 * gibibyte).capBytes) == nil)
    #expect(after(second, unused: scarce - mebibyte) == .stall)
    #expect(after(second, unused: scarce) == nil)
  }

  @Test func `is nothing to die for when memory has come back, though what is measured has the stalls of before`() {
    var meter = PagingMeter()
    var rules = PressureRules()
    var explanation = PressureExplanation()
    var sample = SystemSample.machine(free: 8 * gibibyte)
    var found: [Rule?] = []
    for tenth in 0..<50 {
      sample.pressure = PressureTotals(fullMicroseconds: UInt64(tenth) * 50_000)
      meter.take(PagingMeter.Reading(sample))
      // From 1.5 s on, and until 4 s, there is some.
      let memory = (15..<40).contains(tenth) ? scarce : 0
      found.append(
        rules.take(
          meter, sample, unusedBytes: memory, memoryBytes: memory, gainBytes: 0,
          line: LineExplanation(sizeBytes: 16 * gibibyte), PolicySettings(), &explanation))
      sample = sample.later(second / 10)
    }
    #expect(found[..<40].allSatisfy { $0 == nil } && found[40] == .stall)
  }

  @Test func `may end by itself while swap has room: it is waited for, on a disk longer than in memory`() {
    let memory = PolicyConstants.stallPatience * second
    let disk = PolicyConstants.diskStallPatience * second
    #expect(after(memory, swapAreas: 1, zramAreas: 1) == .stall)
    #expect(after(memory - second / 10, swapAreas: 1, zramAreas: 1) == nil)
    #expect(after(disk, swapAreas: 1) == .stall)
    #expect(after(disk - second / 10, swapAreas: 1) == nil)
  }

  @Test func `with nothing left but zram is one at half of the full stall, and waited for as elsewhere at all of it`() {
    func afterAll(_ nanoseconds: UInt64, full: UInt64 = 2000, memory: UInt64 = reserve - mebibyte) -> Rule? {
      after(nanoseconds, full: full, memory: memory, swapAreas: 1, zramAreas: 1)
    }
    let patience = PolicyConstants.stallPatience * second
    #expect(afterAll(patience) == .stall)
    #expect(afterAll(patience - second / 10) == nil)
    #expect(afterAll(patience, full: 1900) == nil)
    #expect(afterAll(patience, memory: reserve) == nil)
    #expect(afterAll(second, full: 4000) == .stall)
    #expect(afterAll(second - second / 10, full: 4000) == nil)
    #expect(afterAll(second, full: 4000, memory: reserve) == nil)
  }

  @Test func `asks for nothing where the rule is off`() {
    var settings = PolicySettings()
    settings.stallRule = false
    #expect(ruleAfter(5 * second, full: 9000, refaults: 0, memory: 0, settings) == nil)
  }
}
