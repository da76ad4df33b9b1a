/// A page that was checked: what of it holds for all processes, and what its rules ask for. The rules themselves stay in
/// the page.
@frozen public struct PolicyPageContents: Equatable, Sendable, BitwiseCopyable {
  /// The settings; what is measured in them is that of a machine of which nothing was measured.
  public private(set) var settings: PolicySettings
  /// How many rules there are.
  public private(set) var ruleCount = 0
  /// What they ask for.
  public private(set) var fields = RuleFields()

  /// Makes the contents of no page: the defaults, and no rules.
  public init() { settings = PolicySettings() }

  /// Checks a page, every byte of it, and takes nothing of one that is not whole.
  ///
  /// - Parameter page: the bytes of the file, all of them.
  /// - Throws: `PolicyPageError`, in the order in which its cases stand.
  public init(checking page: Span<UInt8>) throws(PolicyPageError) {
    self.init()
    guard page.count >= PolicyPage.headerBytes else { throw .tooShort }
    for index in 0..<PolicyPage.magic.utf8CodeUnitCount {
      guard unsafe page[index] == PolicyPage.magic.utf8Start[index] else { throw .wrongMagic }
    }
    guard page.number(at: PolicyPage.Place.version) == PolicyPage.version else { throw .otherVersion }
    guard page.number(at: PolicyPage.Place.length) == UInt32(clamping: page.count),
      page.count <= PolicyPage.capacityBytes
    else { throw .wrongLength }
    guard page.number(at: PolicyPage.Place.checksum) == PolicyPage.checksum(page) else { throw .wrongChecksum }
    try takeSettings(page)
    try takeRules(page)
  }

  private mutating func takeSettings(_ page: Span<UInt8>) throws(PolicyPageError) {
    guard let profile = Profile(rawValue: page[PolicyPage.Place.profile]) else { throw .badValue }
    settings.profile = profile
    let switches: UInt16 = page.number(at: PolicyPage.Place.switches)
    guard switches >> 8 == 0 else { throw .badValue }
    settings.switches = switches
    let microseconds: UInt32 = page.number(at: PolicyPage.Place.grace)
    settings.graceNanoseconds = UInt64(microseconds) * 1000
    guard settings.graceNanoseconds <= PolicyConstants.mostGraceNanoseconds else { throw .badValue }
  }

  private mutating func takeRules(_ page: Span<UInt8>) throws(PolicyPageError) {
    ruleCount = Int(page[PolicyPage.Place.ruleCount])
    guard ruleCount <= PolicyPage.mostRules else { throw .badValue }
    var position = PolicyPage.headerBytes
    for _ in 0..<ruleCount {
      guard position + PolicyPage.ruleBytes <= page.count else { throw .badValue }
      let head = RuleHead(page, at: position)
      guard RuleEffect(rawValue: page[position]) != nil, PolicyConstants.ruleWeights.contains(head.weightPercent),
        head.patterns <= VictimRule.mostPatterns, head.patterns > 0 || head.userID != nil
      else { throw .badValue }
      position += PolicyPage.ruleBytes
      for _ in 0..<head.patterns {
        guard position + 2 <= page.count, let field = RuleField(rawValue: page[position]),
          Int(page[position + 1]) <= RulePattern.capacity, position + 2 + Int(page[position + 1]) <= page.count
        else { throw .badValue }
        fields.insert(field)
        position += 2 + Int(page[position + 1])
      }
    }
    guard position == page.count else { throw .badValue }
  }
}

/// What stands before the patterns of a rule.
struct RuleHead {
  let effect: RuleEffect
  let patterns: Int
  let weightPercent: Int16
  let userID: UInt32?

  init(_ page: Span<UInt8>, at position: Int) {
    effect = RuleEffect(rawValue: page[position]) ?? .weigh
    patterns = Int(page[position + 1])
    weightPercent = page.number(at: position + 2)
    let user: UInt32 = page.number(at: position + 4)
    userID = user == PolicyPage.anyUser ? nil : user
  }
}

extension PolicyPage {
  /// One rule of a page.
  ///
  /// - Parameters:
  ///   - wanted: its place among them.
  ///   - page: one that was checked.
  /// - Returns: `nil` behind the last one.
  public static func rule(at wanted: Int, in page: Span<UInt8>) -> VictimRule? {
    guard page.count > 0, wanted >= 0, wanted < Int(page[Place.ruleCount]) else { return nil }
    var position = headerBytes
    for _ in 0..<wanted { position = end(ofRuleAt: position, in: page) }
    let head = RuleHead(page, at: position)
    var rule = VictimRule(head.effect, weightPercent: head.weightPercent, userID: head.userID)
    position += ruleBytes
    for _ in 0..<head.patterns {
      let bytes = position + 2..<position + 2 + Int(page[position + 1])
      guard let field = RuleField(rawValue: page[position]),
        let pattern = RulePattern(field, page.extracting(bytes)), rule.add(pattern)
      else { return nil }
      position = bytes.upperBound
    }
    return rule
  }

  static func end(ofRuleAt position: Int, in page: Span<UInt8>) -> Int {
    var end = position + ruleBytes
    for _ in 0..<Int(page[position + 1]) { end += 2 + Int(page[end + 1]) }
    return end
  }
}

extension Span<UInt8> {
  /// Reads a number, its lowest byte first.
  func number<Number: FixedWidthInteger>(at place: Int) -> Number {
    var number: Number = 0
    for index in 0..<Number.bitWidth / 8 {
      number |= Number(truncatingIfNeeded: self[place + index]) << Number(truncatingIfNeeded: index * 8)
    }
    return number
  }
}
