import ScytheLinux
import Testing

@testable import ScythePolicy

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
