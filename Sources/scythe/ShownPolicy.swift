import ScytheDaemon
import ScythePolicy

/// What a configuration comes to, for a person and for a program.
struct ShownPolicy: Encodable {
  struct Value: Encodable {
    let key, value, from: String
  }

  struct Rule: Encodable {
    let effect: String
    /// In percent, below 0 to avoid; absent for one that says never.
    let weightPercent: Int?
    /// By the names of the keys.
    let patterns: [String: String]
    let user: UInt32?
    let from: String
  }

  /// What was read.
  let files: [String]
  let values: [Value]
  /// What follows from the profile, and has no key.
  let profile: [Value]
  let rules: [Rule]

  init(_ policy: EffectivePolicy) {
    files = policy.files
    values = ConfigKey.all.filter { $0.section != "rule" }.map { key in
      Value(
        key: key.path, value: policy.settings.words(of: key), from: (policy.origins[key.path] ?? .standard).text)
    }
    let kind = policy.settings.profile
    profile = [
      ("a thrash lasts", "\(PolicyConstants.thrashNanoseconds(kind) / 1_000_000_000) s"),
      ("a thrash stalls", "\(PolicyConstants.thrashFullBasisPoints(kind) / 100) % of the time"),
      ("oom_score_adj above 0", kind == .desktop || kind == .build ? "bounded" : "as the kernel takes it"),
    ].map { Value(key: $0.0, value: $0.1, from: "profile \(kind.name)") }
    rules = policy.rules.map { rule in
      let weight = Int(rule.rule.weightPercent)
      return Rule(
        effect: rule.effect, weightPercent: rule.effect == "never" ? nil : weight,
        patterns: Dictionary(uniqueKeysWithValues: rule.patterns.map { ($0.key.name, $0.text) }), user: rule.user,
        from: rule.origin.text)
    }
    let ruleTexts = policy.rules.enumerated().map { ("rule \($0 + 1)", $1.rule.words, $1.origin.text) }
    let rows = (values + profile).map { ($0.key, $0.value, $0.from) } + ruleTexts
    let widths = rows.reduce((0, 0)) { (max($0.0, $1.0.count), max($0.1, min($1.1.count, 40))) }
    lines = rows.map { row in
      let key = row.0 + String(repeating: " ", count: widths.0 - row.0.count)
      return "\(key)  \(row.1)\(String(repeating: " ", count: max(0, widths.1 - row.1.count)))  \(row.2)"
    }
  }

  /// For a person.
  let lines: [String]

  enum CodingKeys: CodingKey {
    case files, values, profile, rules
  }
}

extension PolicySettings {
  /// What a key is set to, as it would be written.
  fileprivate func words(of key: ConfigKey) -> String {
    switch key.path {
    case "profile": "\(profile.name)"
    case "observe": "\(isObserving)"
    case "when.floor": "\(floorRule)"
    case "when.deadline": "\(deadlineRule)"
    case "when.thrash": "\(thrashRule)"
    case "when.stall": "\(stallRule)"
    case "when.group": "\(groupRule)"
    case "how.polite": "\(politeSignal)"
    case "how.grace":
      graceNanoseconds % 1_000_000 == 0 ? "\(graceNanoseconds / 1_000_000)ms" : "\(graceNanoseconds / 1000)us"
    case "how.groups-as-one": "\(killsGroupsAsOne)"
    default: preconditionFailure("a key that nobody shows: \(key.path)")
    }
  }
}

extension VictimRule {
  /// What it says, in words: `never, comm 'sshd'`.
  var words: String {
    var parts: [String] = []
    switch effect {
    case .never: parts.append("never")
    case .weigh: parts.append("\(weightPercent < 0 ? "avoid" : "prefer") by \(weightPercent.magnitude)%")
    }
    for index in 0..<count {
      let pattern = pattern(at: index)
      let text = pattern.withBytes { bytes in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }
      let name = ConfigKey.all.first { $0.kind == .pattern(pattern.field) }?.name ?? ""
      parts.append("\(name) '\(text)'")
    }
    if let userID { parts.append("user \(userID)") }
    return parts.joined(separator: ", ")
  }
}
