import ScytheLinux
import TestSupport
import Testing

@testable import ScythePolicy

private func rule(
  _ effect: RuleEffect, weight: Int16 = 0, user: UInt32? = nil, _ patterns: (RuleField, String)...
) -> VictimRule {
  var rule = VictimRule(effect, weightPercent: weight, userID: user)
  for (field, text) in patterns { _ = rule.add(RulePattern(field, Array(text.utf8).span)!) }
  return rule
}

private func text(_ pattern: RulePattern) -> String {
  pattern.withBytes { bytes in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }
}

/// The same page with another value somewhere, and a checksum that fits again.
private func changed(_ page: [UInt8], _ change: (inout [UInt8]) -> Void) -> [UInt8] {
  var page = page
  change(&page)
  let sum = PolicyPage.checksum(page.span)
  for index in 0..<8 { page[16 + index] = UInt8(truncatingIfNeeded: sum >> UInt64(index * 8)) }
  return page
}

@Suite struct `A policy page` {
  static let seed: UInt64 = 0x9a6e_2026_1129

  private static let rules = [
    rule(.never, (.name, "sshd"), (.executable, "/usr/sbin/sshd")),
    rule(.weigh, weight: -50, user: 1000),
    rule(.weigh, weight: 1000, user: 0, (.commandLine, "java *"), (.group, "*"), (.unit, ""), (.name, "\u{ff}")),
  ]

  @Test func `gives back what was put in`() throws {
    var settings = PolicySettings(profile: .build)
    settings.thrashRule = false
    settings.politeSignal = false
    settings.isObserving = true
    settings.graceNanoseconds = 123_456_000
    let bytes = page(settings, Self.rules)
    let read = try contents(of: bytes)
    #expect(read.settings == settings)
    #expect(read.ruleCount == 3)
    for index in Self.rules.indices {
      let read = try #require(rule(at: index, in: bytes))
      let written = Self.rules[index]
      #expect(read.effect == written.effect && read.weightPercent == written.weightPercent)
      #expect(read.userID == written.userID && read.count == written.count)
      for place in 0..<written.count {
        #expect(read.pattern(at: place).field == written.pattern(at: place).field)
        #expect(text(read.pattern(at: place)) == text(written.pattern(at: place)))
      }
    }
    #expect(rule(at: 3, in: bytes) == nil && rule(at: -1, in: bytes) == nil)
  }

  @Test func `has each switch in a bit of its own`() throws {
    let switches: [WritableKeyPath<PolicySettings, Bool>] = [
      \.deadlineRule, \.floorRule, \.thrashRule, \.stallRule, \.groupRule, \.politeSignal, \.isObserving,
      \.killsGroupsAsOne,
    ]
    for choice in 0..<256 {
      var settings = PolicySettings()
      for (bit, path) in switches.enumerated() { settings[keyPath: path] = choice >> bit & 1 == 1 }
      #expect(try contents(of: page(settings)).settings == settings)
    }
  }

  @Test func `knows which texts its rules ask for`() throws {
    let fields = try contents(of: page(PolicySettings(), [Self.rules[0]])).fields
    let asked: [RuleField] = [.name, .executable, .commandLine, .group, .unit].filter { fields.contains($0) }
    #expect(asked == [.name, .executable])
    #expect(try contents(of: page(PolicySettings())).fields == RuleFields())
  }

  @Test func `leaves what was measured alone`() {
    var measured = PolicySettings()
    measured.latencyNanoseconds = 7
    measured.processors = 3
    var configured = PolicySettings(profile: .server)
    configured.floorRule = false
    measured.configure(as: configured)
    #expect(measured.profile == .server && !measured.floorRule)
    #expect(measured.latencyNanoseconds == 7 && measured.processors == 3)
  }

  @Test func `that ends too early or too late is refused, wherever it ends`() {
    let whole = page(PolicySettings(), Self.rules)
    for count in whole.indices {
      #expect(refusal(of: Array(whole[..<count])) == (count < 32 ? .tooShort : .wrongLength))
    }
    #expect(refusal(of: whole + [0]) == .wrongLength)
    #expect(refusal(of: whole) == nil)
  }

  @Test func `with a flipped bit is refused, whichever it is`() {
    let whole = page(PolicySettings(), Self.rules)
    for bit in 0..<whole.count * 8 {
      var flipped = whole
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      let expected: PolicyPageError =
        switch bit / 8 {
        case 0..<8: .wrongMagic
        case 8..<12: .otherVersion
        case 12..<16: .wrongLength
        default: .wrongChecksum
        }
      #expect(refusal(of: flipped) == expected, "bit \(bit)")
    }
  }

  @Test func `with a value that means nothing is refused, though its checksum fits`() {
    let whole = page(PolicySettings(), Self.rules)
    let places: [(Int, UInt8)] = [
      (24, 4), (25, 65), (25, 2), (25, 4), (27, 1), (31, 1), (32, 2), (33, 5), (33, 1), (33, 0), (35, 0x7f), (40, 5),
      (41, 97), (41, 3), (41, 5),
    ]
    for (place, value) in places {
      #expect(refusal(of: changed(whole) { $0[place] = value }) == .badValue, "\(value) at \(place)")
    }
    #expect(refusal(of: changed(whole) { _ in }) == nil)
  }

  @Test func `of noise with a checksum that fits is refused or taken, and read without a trap`() {
    var generator = SeededGenerator(seed: Self.seed)
    let whole = page(PolicySettings(), Self.rules)
    for _ in 0..<20_000 {
      let noisy = changed(whole) { bytes in
        for _ in 0..<1 + generator.next() % 3 {
          bytes[24 + Int(generator.next() % UInt64(bytes.count - 24))] = UInt8(
            truncatingIfNeeded: generator.next() % 101)
        }
      }
      guard let read = try? contents(of: noisy) else { continue }
      for index in 0..<read.ruleCount { #expect(rule(at: index, in: noisy) != nil) }
      let none: [UInt8] = []
      _ = RuleVerdict(
        noisy.span, name: ProcessName("java"), executable: none.span, commandLine: none.span, group: none.span,
        unit: none.span, userID: 1000)
    }
  }

  @Test func `holds so many rules and bytes, and no more`() {
    let small = rule(.never, user: 1)
    #expect(page(PolicySettings(), Array(repeating: small, count: 64)).count == 32 + 64 * 8)
    #expect(throws: PolicyPageError.tooLarge) {
      try encoded(PolicySettings(), Array(repeating: small, count: 65))
    }
    let long = String(repeating: "a", count: 96)
    let large = rule(.never, (.name, long), (.name, long), (.name, long), (.name, long))
    #expect(page(PolicySettings(), Array(repeating: large, count: 40)).count == 32 + 40 * 400)
    #expect(throws: PolicyPageError.tooLarge) {
      try encoded(PolicySettings(), Array(repeating: large, count: 41))
    }
  }

  @Test func `has no rule about everybody`() {
    #expect(throws: PolicyPageError.badValue) { try encoded(PolicySettings(), [rule(.never)]) }
    #expect(throws: PolicyPageError.badValue) { try encoded(PolicySettings(), [rule(.never, user: .max)]) }
  }

  @Test func `has a grace of at most half a second`() throws {
    var settings = PolicySettings()
    settings.graceNanoseconds = .max
    let read = try contents(of: page(settings)).settings
    #expect(read.graceNanoseconds == PolicyConstants.mostGraceNanoseconds)
  }
}
