public import ScytheLinux

/// What the rules say of a process.
@frozen public struct RuleVerdict: Equatable, Sendable, BitwiseCopyable {
  /// Whether it is never killed.
  public var isNever = false
  /// By how many percent its points are changed; 0 if no rule fits.
  public var weightPercent: Int16 = 0
  /// The rule that decided, by its place; `nil` if none fits.
  public var rule: Int?

  /// Makes the verdict of no rule.
  public init() {}

  /// Asks the rules of a page: one that says never wins over all others, and of those the first that fits decides.
  ///
  /// - Parameters:
  ///   - page: one that was checked; empty for no rules.
  ///   - name: the short name. It says what a process calls itself, and not what it is.
  ///   - executable: the path of its executable; empty if that is not to be seen.
  ///   - commandLine: as the kernel shows it, a zero behind each argument.
  ///   - group: the path of its control group.
  ///   - unit: the name of its service or scope; empty if it is in none.
  ///   - userID: its real user.
  public init(
    _ page: Span<UInt8>, name: ProcessName, executable: Span<UInt8>, commandLine: Span<UInt8>, group: Span<UInt8>,
    unit: Span<UInt8>, userID: UInt32
  ) {
    guard page.count > 0 else { return }
    // The last argument ends with a zero too.
    let length =
      commandLine.count > 0 && commandLine[commandLine.count - 1] == 0 ? commandLine.count - 1 : commandLine.count
    var bytes = InlineArray<16, UInt8>(repeating: 0)
    for index in 0..<name.count { bytes[index] = name[index] }
    var next = PolicyPage.headerBytes
    for index in 0..<Int(page[PolicyPage.Place.ruleCount]) {
      let head = RuleHead(page, at: next)
      var position = next + PolicyPage.ruleBytes
      next = PolicyPage.end(ofRuleAt: next, in: page)
      // Of rules that only weigh, the first decides.
      if head.effect == .weigh, rule != nil { continue }
      guard head.userID == nil || head.userID == userID else { continue }
      var fits = true
      while position < next, fits {
        let pattern = page.extracting(position + 2..<position + 2 + Int(page[position + 1]))
        fits =
          switch RuleField(rawValue: page[position]) {
          case .name: bytes.span.extracting(first: name.count).fits(pattern)
          case .executable: executable.fits(pattern)
          case .commandLine: commandLine.extracting(first: length).fits(pattern)
          case .group: group.fits(pattern)
          case .unit: unit.fits(pattern)
          case nil: false
          }
        position += 2 + pattern.count
      }
      guard fits else { continue }
      rule = index
      isNever = head.effect == .never
      weightPercent = isNever ? 0 : head.weightPercent
      if isNever { return }
    }
  }
}

extension Candidate {
  /// Takes over what the rules say.
  public mutating func take(_ verdict: RuleVerdict) {
    if verdict.isNever { classes.insert(.ruledOut) }
    ruleWeightPercent = verdict.weightPercent
  }
}
