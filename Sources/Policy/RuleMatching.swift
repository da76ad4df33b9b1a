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

  /// Asks the rules: one that says never wins over all others, and of those the first that fits decides.
  ///
  /// - Parameters:
  ///   - rules: in their order.
  ///   - name: the short name. It says what a process calls itself, and not what it is.
  ///   - executable: the path of its executable; empty if that is not to be seen.
  ///   - commandLine: as the kernel shows it, a zero behind each argument.
  ///   - group: the path of its control group.
  ///   - unit: the name of its service or scope; empty if it is in none.
  ///   - userID: its real user.
  public init(
    _ rules: Span<VictimRule>, name: ProcessName, executable: Span<UInt8>, commandLine: Span<UInt8>, group: Span<UInt8>,
    unit: Span<UInt8>, userID: UInt32
  ) {
    // The last argument ends with a zero too.
    let length =
      commandLine.count > 0 && commandLine[commandLine.count - 1] == 0 ? commandLine.count - 1 : commandLine.count
    var bytes = InlineArray<16, UInt8>(repeating: 0)
    for index in 0..<name.count { bytes[index] = name[index] }
    for index in rules.indices {
      let rule = rules[index]
      // Of rules that only weigh, the first decides.
      if rule.effect == .weigh, self.rule != nil { continue }
      guard rule.userID == nil || rule.userID == userID else { continue }
      var fits = true
      for place in 0..<rule.count where fits {
        let pattern = rule.pattern(at: place)
        fits =
          switch pattern.field {
          case .name: pattern.matches(bytes.span.extracting(first: name.count))
          case .executable: pattern.matches(executable)
          case .commandLine: pattern.matches(commandLine.extracting(first: length))
          case .group: pattern.matches(group)
          case .unit: pattern.matches(unit)
          }
      }
      guard fits else { continue }
      self.rule = index
      switch rule.effect {
      case .never:
        isNever = true
        weightPercent = 0
        return
      case .weigh:
        let weights = PolicyConstants.ruleWeights
        weightPercent = max(weights.lowerBound, min(weights.upperBound, rule.weightPercent))
      }
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
