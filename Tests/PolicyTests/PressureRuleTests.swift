import ScytheLinux
import Testing

@testable import ScythePolicy

/// Asks the pressure rules every 100 ms, of a machine that stalls and reads again at these rates.
private func ruleAfter(
  _ nanoseconds: UInt64, full: UInt64, refaults: UInt64, memory: UInt64 = 8 * gibibyte,
  _ settings: PolicySettings
) -> Rule? {
  var meter = PagingMeter()
  var rules = PressureRules()
  var explanation = PressureExplanation()
  var rule: Rule?
  var sample = SystemSample.machine(free: 8 * gibibyte)
  sample.memory.inactiveFileBytes = gibibyte
  // What is measured over a second is known after one; the streak begins there.
  let begin = sample.monotonicNanoseconds + PolicyConstants.meterNanoseconds
  while sample.monotonicNanoseconds <= begin + nanoseconds {
    let elapsed = sample.monotonicNanoseconds - second
    sample.pressure = PressureTotals(fullMicroseconds: elapsed / 1000 * full / 10_000)
    sample.paging.fileRefaultBytes = refaults.over(nanoseconds: elapsed)
    meter.take(PagingMeter.Reading(sample))
    rule = rules.take(
      meter, sample, memoryBytes: memory, capBytes: 800 * mebibyte, settings, &explanation)
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

  @Test func `asks for nothing where the rule is off`() {
    var settings = PolicySettings()
    settings.thrashRule = false
    #expect(ruleAfter(5 * second, full: 5000, refaults: Self.refaults, settings) == nil)
  }
}

@Suite struct `A stall` {
  private func after(_ nanoseconds: UInt64, full: UInt64 = 6000, memory: UInt64 = 700 * mebibyte) -> Rule? {
    ruleAfter(nanoseconds, full: full, refaults: 0, memory: memory, PolicySettings())
  }

  @Test func `is full stalls for twice as long, with memory nearly gone`() {
    #expect(after(2 * second) == .stall)
    #expect(after(2 * second - second / 10) == nil)
    #expect(after(2 * second, full: 5900) == nil)
    #expect(after(2 * second, memory: 800 * mebibyte) == nil)
  }

  @Test func `asks for nothing where the rule is off`() {
    var settings = PolicySettings()
    settings.stallRule = false
    #expect(ruleAfter(5 * second, full: 9000, refaults: 0, memory: 0, settings) == nil)
  }
}

@Suite struct `A control group with a limit` {
  private static let limit = gibibyte

  private static func group(left: UInt64, events: UInt64, cache: UInt64 = 0) -> GroupSample {
    var group = GroupSample()
    group.number = 7
    group.limitBytes = limit
    group.currentBytes = limit - left
    group.inactiveFileBytes = cache
    group.anonymousBytes = limit - left - cache
    group.limitEvents = events
    return group
  }

  /// Asks the rules at these samples, 10 ms apart.
  private func finding(_ samples: [GroupSample], every nanoseconds: UInt64 = 10 * millisecond) -> GroupRules.Finding? {
    var rules = GroupRules()
    var finding: GroupRules.Finding?
    for (index, sample) in samples.enumerated() {
      finding = rules.take(
        [sample].span, at: UInt64(index) * nanoseconds, swapGainBytes: 0, PolicySettings(profile: .server))
    }
    return finding
  }

  @Test func `has a reserve by its size`() {
    #expect(Self.group(left: 0, events: 0).reserveBytes == gibibyte / 200)
    var small = GroupSample()
    small.limitBytes = 64 * mebibyte
    #expect(small.reserveBytes == mebibyte)
    small.limitBytes = 4 * mebibyte
    #expect(small.reserveBytes == mebibyte / 2)
  }

  @Test func `is out of memory if it runs into its limit and nothing is left in it, on two samples`() {
    let start = Self.group(left: 100 * mebibyte, events: 4)
    let full = Self.group(left: mebibyte, events: 5)
    #expect(finding([start, full]) == nil)
    #expect(finding([start, full, full])?.shortageBytes == gibibyte / 200 - mebibyte)
    #expect(finding([start, full, full], every: 4 * millisecond) == nil)
    #expect(finding([start, full, start]) == nil)
  }

  @Test func `is not out of memory if only its page cache is full`() {
    let start = Self.group(left: 100 * mebibyte, events: 4)
    let cache = Self.group(left: 0, events: 500, cache: 300 * mebibyte)
    #expect(finding([start, cache, cache, cache]) == nil)
  }

  @Test func `is not out of memory as long as nobody runs into its limit`() {
    let start = Self.group(left: 100 * mebibyte, events: 4)
    let quiet = Self.group(left: mebibyte, events: 4)
    #expect(finding([start, quiet, quiet, quiet]) == nil)
    #expect(finding([quiet, quiet, quiet]) == nil)
  }

  @Test func `is out of memory if it thrashes for some time`() {
    func thrash(for tenths: Int, refaults: UInt64) -> GroupRules.Finding? {
      finding(
        (0...tenths).map { tenth in
          var group = Self.group(left: 300 * mebibyte, events: 4, cache: 100 * mebibyte)
          group.pressure = PressureTotals(fullMicroseconds: UInt64(tenth) * 50_000)
          group.fileRefaultBytes = refaults * UInt64(tenth) / 10
          return group
        }, every: second / 10)
    }
    #expect(thrash(for: 40, refaults: 30 * mebibyte)?.isThrash == true)
    #expect(thrash(for: 39, refaults: 30 * mebibyte) == nil)
    #expect(thrash(for: 40, refaults: 10 * mebibyte) == nil)
  }

  @Test func `that is short of most comes first`() {
    var rules = GroupRules()
    var groups = [Self.group(left: 3 * mebibyte, events: 1), Self.group(left: mebibyte, events: 1)]
    groups[1].number = 8
    _ = rules.take(groups.span, at: 0, swapGainBytes: 0, PolicySettings())
    groups[0].limitEvents = 2
    groups[1].limitEvents = 2
    #expect(rules.take(groups.span, at: 20 * millisecond, swapGainBytes: 0, PolicySettings())?.index == 1)
  }

  @Test func `that came too late is not watched, until another one has gone`() {
    var rules = GroupRules()
    let most = PolicyConstants.watchedGroups
    func samples(from first: Int, events: UInt64) -> [GroupSample] {
      (first...most).map {
        var group = Self.group(left: $0 == most ? mebibyte : 100 * mebibyte, events: events)
        group.number = UInt32($0 + 1)
        return group
      }
    }
    for step in 0..<3 {
      let groups = samples(from: 0, events: UInt64(step))
      #expect(rules.take(groups.span, at: UInt64(step) * second, swapGainBytes: 0, PolicySettings()) == nil)
    }
    var last: GroupRules.Finding?
    for step in 3..<6 {
      let groups = samples(from: 1, events: UInt64(step))
      last = rules.take(groups.span, at: UInt64(step) * second, swapGainBytes: 0, PolicySettings())
    }
    #expect(last?.index == most - 1)
  }
}
