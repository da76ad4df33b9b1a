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

@Suite struct `A control group with a limit` {
  private static let limit = gibibyte

  private static func group(left: UInt64, events: UInt64, cache: UInt64 = 0) -> GroupSample {
    var group = GroupSample()
    group.number = 7
    group.limitBytes = limit
    group.currentBytes = limit - left
    group.latestBytes = group.currentBytes
    group.inactiveFileBytes = cache
    group.anonymousBytes = limit - left - cache
    group.limitEvents = events
    return group
  }

  /// Asks the rules at these samples, 10 ms apart.
  private func finding(
    _ samples: [GroupSample], every nanoseconds: UInt64 = 10 * millisecond,
    _ settings: PolicySettings = PolicySettings(profile: .server)
  ) -> GroupRules.Finding? {
    var rules = GroupRules()
    var finding: GroupRules.Finding?
    for (index, sample) in samples.enumerated() {
      finding = rules.take(
        [sample.read(at: UInt64(index) * nanoseconds)].span, at: UInt64(index) * nanoseconds, swapGainBytes: 0,
        settings)
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
    let quiet = Self.group(left: mebibyte, events: 4)
    #expect(finding([quiet, quiet, quiet]) == nil)
  }

  /// A group that is filled by so much in every 10 ms, until so much is left.
  private func filled(by step: UInt64, to left: UInt64) -> GroupRules.Finding? {
    finding((0..<8).map { Self.group(left: left + UInt64(7 - $0) * step, events: 0) })
  }

  /// The line of a group that is filled like that.
  private func line(by step: UInt64) -> UInt64 {
    var fill = SteppedGrowth()
    for index in 0..<8 { fill.take(UInt64(index) * step, at: UInt64(index) * 10 * millisecond) }
    return Self.group(left: 0, events: 0).lineBytes(fill, PolicySettings(profile: .server))
  }

  @Test func `that is being filled is out of memory when the fill will not wait for a signal`() {
    let step = 5 * mebibyte
    let line = line(by: step)
    #expect(line > Self.group(left: 0, events: 0).reserveBytes + step)
    let finding = filled(by: step, to: line - mebibyte)
    #expect(finding?.group.lineBytes == line && finding?.group.isThrash == false)
    #expect(filled(by: step, to: line + mebibyte) == nil)
    #expect(filled(by: 0, to: line - mebibyte) == nil)
  }

  @Test func `that takes memory in steps has room for one more of them`() {
    var rules = GroupRules()
    var finding: GroupRules.Finding?
    var left = 40 * mebibyte
    // A step of 8 MiB every 200 ms, read every 10 ms.
    for index in 0..<120 where finding == nil {
      if index % 20 == 19 { left -= 8 * mebibyte }
      let now = UInt64(index) * 10 * millisecond
      finding = rules.take(
        [Self.group(left: left, events: 0).read(at: now)].span, at: now, swapGainBytes: 0, PolicySettings())
    }
    #expect(left == 8 * mebibyte && finding?.group.headroomBytes == left)
  }

  @Test func `that took one large step and rests is left alone`() {
    let before = Self.group(left: 100 * mebibyte, events: 0)
    let after = Self.group(left: 20 * mebibyte, events: 0)
    #expect(finding([before, before, after, after, after, after, after]) == nil)
  }

  @Test func `has no deadline above 5 % of it, however it is filled`() {
    #expect(line(by: gibibyte) == gibibyte / 20)
  }

  @Test func `that grows by what was not read with it is read again, and nobody dies for it`() {
    var rules = GroupRules()
    for step in 0..<8 {
      // Read once, with nothing but its current bytes since: it may be page cache.
      var group = Self.group(left: 400 * mebibyte, events: 0).read(at: second)
      group.latestBytes += UInt64(step) * 57 * mebibyte
      let now = second + UInt64(step) * 10 * millisecond
      #expect(rules.take([group].span, at: now, swapGainBytes: 0, PolicySettings()) == nil)
      #expect(group.wantsReading && (step == 0) == (rules.urgency == .calm))
    }
    #expect(rules.urgency == .urgent)
  }

  @Test(arguments: [(400 * mebibyte, GroupUrgency.calm), (200 * mebibyte, .alert), (20 * mebibyte, .urgent)])
  func `is watched the closer the sooner it is full`(left: UInt64, urgency: GroupUrgency) {
    var rules = GroupRules()
    for step in 0..<8 {
      let group = Self.group(left: left - UInt64(step) * mebibyte, events: 0).read(at: UInt64(step) * second / 10)
      _ = rules.take([group].span, at: UInt64(step) * second / 10, swapGainBytes: 0, PolicySettings())
    }
    #expect(rules.urgency == urgency)
  }

  @Test func `that is full is left alone while it rests, and watched at once when it does not`() {
    var rules = GroupRules()
    var now = second
    func look(left: UInt64, events: UInt64) {
      let group = Self.group(left: left, events: events).read(at: now)
      _ = rules.take([group].span, at: now, swapGainBytes: 0, PolicySettings())
    }
    for _ in 0..<50 {
      look(left: 2 * mebibyte, events: 7)
      #expect(rules.urgency == .urgent)
      now += second / 10
    }
    look(left: 2 * mebibyte, events: 7)
    #expect(rules.urgency == .calm && rules.waitNanoseconds == PolicyConstants.groupRestingWaitNanoseconds)
    let rested = rules
    now += second
    look(left: 2 * mebibyte, events: 8)
    #expect(rules.urgency == .urgent)
    rules = rested
    look(left: 0, events: 7)
    #expect(rules.urgency == .urgent)
  }

  @Test func `that is calm is left alone for as long as it lasts at a twentieth of its limit per second`() {
    #expect(Self.group(left: 512 * mebibyte, events: 0).sleptNanoseconds == 10 * second)
    #expect(Self.group(left: 0, events: 0).sleptNanoseconds == PolicyConstants.pressedWaitNanoseconds)
  }

  @Test func `is out of memory if it thrashes for some time`() {
    func thrash(
      for tenths: Int, refaults: UInt64, unused: UInt64 = 20 * mebibyte, isWatched: Bool = true
    ) -> GroupRules.Finding? {
      var settings = PolicySettings(profile: .server)
      settings.thrashRule = isWatched
      return finding(
        (0...tenths).map { tenth in
          var group = Self.group(left: unused, events: 4, cache: 100 * mebibyte)
          group.pressure = PressureTotals(fullMicroseconds: UInt64(tenth) * 50_000)
          group.fileRefaultBytes = refaults * UInt64(tenth) / 10
          return group
        }, every: second / 10, settings)
    }
    #expect(thrash(for: 40, refaults: 30 * mebibyte)?.group.isThrash == true)
    #expect(thrash(for: 40, refaults: 30 * mebibyte, isWatched: false) == nil)
    #expect(thrash(for: 39, refaults: 30 * mebibyte) == nil)
    #expect(thrash(for: 40, refaults: 10 * mebibyte) == nil)
    #expect(thrash(for: 40, refaults: 30 * mebibyte, unused: 100 * mebibyte) == nil)
  }

  @Test func `is not out of memory by counts from before memory came back`() {
    func found(back bytes: UInt64) -> Bool {
      finding(
        (0..<3).map { step in
          var group = Self.group(left: mebibyte, events: UInt64(step))
          group.latestBytes -= bytes
          return group
        }) != nil
    }
    #expect(found(back: 0) && !found(back: 100 * mebibyte))
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
      (first...most).map { Self.crowd($0, left: $0 == most ? mebibyte : 2 * mebibyte, events: events) }
    }
    for step in 0..<3 {
      let groups = samples(from: 0, events: UInt64(step))
      #expect(rules.take(groups.span, at: UInt64(step) * second, swapGainBytes: 0, PolicySettings())?.index != most)
    }
    var last: GroupRules.Finding?
    for step in 3..<6 {
      let groups = samples(from: 1, events: UInt64(step))
      last = rules.take(groups.span, at: UInt64(step) * second, swapGainBytes: 0, PolicySettings())
    }
    #expect(last?.index == most - 1)
  }

  @Test func `that came too late is watched once it has less than half left of what another one has`() {
    var rules = GroupRules()
    let most = PolicyConstants.watchedGroups
    var findings: [Int?] = []
    for step in 0..<6 {
      let left = step < 3 ? 60 * mebibyte : mebibyte
      let groups = (0...most).map { index in
        Self.crowd(index, left: index == most ? left : 100 * mebibyte, events: UInt64(step))
      }
      findings.append(
        rules.take(groups.span, at: UInt64(step) * second, swapGainBytes: 0, PolicySettings())?.index)
    }
    #expect(findings == [nil, nil, nil, nil, most, most])
  }

  /// One of many groups, ordered by number.
  private static func crowd(_ index: Int, left: UInt64, events: UInt64) -> GroupSample {
    var group = group(left: left, events: events)
    group.number = UInt32(index + 1)
    return group
  }
}
