extension PolicyPage {
  /// Writes a page.
  ///
  /// - Parameters:
  ///   - settings: their configurable part; a grace above ``PolicyConstants/mostGraceNanoseconds`` counts as that.
  ///   - rules: in their order.
  ///   - page: gets the bytes; a precondition: at least ``capacityBytes`` long.
  /// - Returns: how many bytes the page has.
  /// - Throws: `PolicyPageError.tooLarge` if the rules do not fit; `PolicyPageError.badValue` if one of them is about
  ///   neither a user nor a pattern, or about user 0xffffffff.
  public static func encode(
    _ settings: PolicySettings, _ rules: Span<VictimRule>, into page: inout MutableSpan<UInt8>
  ) throws(PolicyPageError) -> Int {
    precondition(page.count >= capacityBytes)
    guard rules.count <= mostRules else { throw .tooLarge }
    var end = headerBytes
    for index in rules.indices { try append(rules[index], to: &page, at: &end) }
    for index in 0..<magic.utf8CodeUnitCount { page[index] = unsafe magic.utf8Start[index] }
    page.put(version, at: Place.version)
    page.put(UInt32(end), at: Place.length)
    page[Place.profile] = settings.profile.rawValue
    page[Place.ruleCount] = UInt8(rules.count)
    page.put(settings.switches, at: Place.switches)
    let grace = min(settings.graceNanoseconds, PolicyConstants.mostGraceNanoseconds)
    page.put(UInt32(grace / 1000), at: Place.grace)
    page.put(checksum(page.span.extracting(first: end)), at: Place.checksum)
    return end
  }

  private static func append(
    _ rule: VictimRule, to page: inout MutableSpan<UInt8>, at end: inout Int
  ) throws(PolicyPageError) {
    guard rule.userID != anyUser, rule.count > 0 || rule.userID != nil else { throw .badValue }
    guard end + ruleBytes <= capacityBytes else { throw .tooLarge }
    page[end] = rule.effect.rawValue
    page[end + 1] = UInt8(rule.count)
    let weights = PolicyConstants.ruleWeights
    page.put(max(weights.lowerBound, min(weights.upperBound, rule.weightPercent)), at: end + 2)
    page.put(rule.userID ?? anyUser, at: end + 4)
    end += ruleBytes
    for index in 0..<rule.count {
      let pattern = rule.pattern(at: index)
      guard end + 2 + pattern.count <= capacityBytes else { throw .tooLarge }
      page[end] = pattern.field.rawValue
      page[end + 1] = UInt8(pattern.count)
      end += 2
      pattern.withBytes { bytes in
        for place in bytes.indices { page[end + place] = bytes[place] }
      }
      end += pattern.count
    }
  }
}

extension MutableSpan<UInt8> {
  /// Writes a number, its lowest byte first.
  fileprivate mutating func put<Number: FixedWidthInteger>(_ number: Number, at place: Int) {
    for index in 0..<Number.bitWidth / 8 {
      self[place + index] = UInt8(truncatingIfNeeded: number >> Number(truncatingIfNeeded: index * 8))
    }
  }
}
