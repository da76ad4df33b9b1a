import Glibc
import ScythePolicy
import TOMLKit

/// A rule of a configuration.
struct ConfigRule {
  let effect: String
  /// In percent; 0 for one that says never.
  let weightPercent: Int16
  /// What it is about, by the names of the keys.
  let patterns: [(key: ConfigKey, text: String)]
  let user: UInt32?
  let origin: ConfigOrigin

  /// As the daemon has it.
  var rule: VictimRule {
    let sign: Int16 = effect == "avoid" ? -1 : 1
    var rule = VictimRule(effect == "never" ? .never : .weigh, weightPercent: sign * weightPercent, userID: user)
    for (key, text) in patterns {
      guard case .pattern(let field) = key.kind, let pattern = RulePattern(field, Array(text.utf8).span) else {
        continue
      }
      _ = rule.add(pattern)
    }
    return rule
  }

  func isAboutTheSame(as other: ConfigRule) -> Bool {
    user == other.user && patterns.count == other.patterns.count
      && patterns.allSatisfy { mine in other.patterns.contains { $0.key.name == mine.key.name && $0.text == mine.text }
      }
  }
}

extension [ConfigRule] {
  /// What is wrong if they do not fit the daemon's memory; at the first that does not.
  func tooMany() -> [ConfigFault] {
    var bytes = [UInt8](repeating: 0, count: PolicyPage.capacityBytes)
    var span = bytes.mutableSpan
    for (index, rule) in enumerated() {
      let rules = prefix(index + 1).map(\.rule)
      guard (try? PolicyPage.encode(PolicySettings(), rules.span, into: &span)) == nil else { continue }
      guard case .file(let path, let line) = rule.origin else { continue }
      return [
        ConfigFault(
          file: path, line: line, key: "rule",
          problem:
            "it is rule \(index + 1), and does not fit: \(PolicyPage.mostRules) rules of \(PolicyPage.capacityBytes >> 10)"
            + " KiB together are the most; join some with '*'")
      ]
    }
    return []
  }
}

/// A rule while its keys are read.
struct RuleDraft {
  let file: String
  let line: Int
  var hasFaults = false
  private var effect: String?
  private var weightPercent: Int16?
  private var patterns: [(key: ConfigKey, text: String)] = []
  private var user: UInt32?

  init(file: String, line: Int) {
    self.file = file
    self.line = line
  }

  mutating func take(_ value: TOMLValue, for key: ConfigKey) throws(ConfigProblem) {
    switch key.kind {
    case .choice: effect = try value.choice(key)
    case .percent: weightPercent = try value.weight(key)
    case .user: user = try value.user(key)
    case .pattern(let field):
      let text = try value.text(key)
      try check(text, field)
      patterns.append((key, text))
    case .toggle, .time: preconditionFailure("no rule has such a key: \(key.path)")
    }
  }

  func finished() throws(ConfigProblem) -> ConfigRule {
    guard let effect else {
      throw ConfigProblem("it does not say what it wants; add 'effect = \"never\"', \"prefer\" or \"avoid\"")
    }
    guard !patterns.isEmpty || user != nil else {
      throw ConfigProblem("it is about every process; add a key such as 'comm = \"firefox*\"' that says about which")
    }
    guard patterns.count <= 4 else { throw ConfigProblem("it has five patterns, and four are the most; leave one out") }
    if effect == "never", weightPercent != nil { throw ConfigProblem("what is never killed has no weight; remove it") }
    if effect == "avoid", let weightPercent, weightPercent > ConfigKey.mostAvoided {
      throw ConfigProblem(
        "nothing can be avoided by \(weightPercent)%; give a weight of at most \"\(ConfigKey.mostAvoided)%\"")
    }
    let standard = effect == "never" ? 0 : effect == "prefer" ? ConfigKey.preferredPercent : ConfigKey.avoidedPercent
    return ConfigRule(
      effect: effect, weightPercent: weightPercent ?? standard, patterns: patterns, user: user,
      origin: .file(file, line))
  }

  /// Refuses what could never fit, since its author would think that it does.
  private func check(_ text: String, _ field: RuleField) throws(ConfigProblem) {
    guard !text.isEmpty else { throw ConfigProblem("it is empty, and fits nobody; write a pattern, or remove the key") }
    guard text.utf8.count <= RulePattern.capacity else {
      throw ConfigProblem(
        "it has \(text.utf8.count) bytes, and \(RulePattern.capacity) are the most; shorten it with '*'")
    }
    var literals = 0
    var hasStar = false
    var isEscaped = false
    for byte in text.utf8 {
      if isEscaped {
        literals += 1
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "[") {
        throw ConfigProblem(
          "'[' stands for no set of letters here; write '?' for any letter, or '\\[' in single quotes")
      } else if byte == UInt8(ascii: "*") {
        hasStar = true
      } else {
        literals += 1
      }
    }
    if isEscaped {
      throw ConfigProblem("a '\\' at its end has nothing behind it; write '\\\\' for the character itself")
    }
    switch field {
    case .name where literals > 15:
      throw ConfigProblem(
        "no comm has more than 15 bytes, so that it fits nobody; shorten it\(hasStar ? "" : " and end it with '*'")")
    case .executable where !text.hasPrefix("/") && !text.hasPrefix("*") && !text.hasPrefix("?"),
      .group where !text.hasPrefix("/") && !text.hasPrefix("*") && !text.hasPrefix("?"):
      throw ConfigProblem(
        "a path begins with '/', so that it fits nobody; write '/\(text)', or '*/\(text)' for anywhere")
    case .unit where !["*", "?", ".service", ".scope"].contains(where: text.hasSuffix):
      throw ConfigProblem("a unit ends with .service or .scope, so that it fits nobody; write '\(text).service'")
    default: break
    }
  }
}

extension TOMLValue {
  fileprivate func weight(_ key: ConfigKey) throws(ConfigProblem) -> Int16 {
    let text = try text(key)
    guard text.hasSuffix("%"), text.utf8.dropLast().allSatisfy({ (48...57).contains($0) }),
      let percent = Int(text.dropLast())
    else { throw ConfigProblem("'\(text)' is no share; give \(key.kind.words)") }
    guard (1...Int(ConfigKey.mostPreferred)).contains(percent) else {
      throw ConfigProblem("'\(text)' is out of range; give \"1%\" to \"\(ConfigKey.mostPreferred)%\"")
    }
    return Int16(percent)
  }

  fileprivate func user(_ key: ConfigKey) throws(ConfigProblem) -> UInt32 {
    if let int {
      guard let number = UInt32(exactly: int), number != .max else {
        throw ConfigProblem("\(int) is no user; give \(key.kind.words)")
      }
      return number
    }
    let text = try text(key)
    if let entry = unsafe getpwnam(text) { return unsafe entry.pointee.pw_uid }
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt32(text), number != .max
    else {
      throw ConfigProblem("there is no user '\(text)' on this machine; give another name, or a number")
    }
    return number
  }
}
