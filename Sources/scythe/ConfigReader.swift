import ScythePolicy
import TOMLKit

/// Reads one file on top of what others said.
struct ConfigReader {
  private let file: ConfigFile
  private(set) var policy: EffectivePolicy
  private(set) var faults: [ConfigFault] = []

  init(_ file: ConfigFile, _ policy: EffectivePolicy) {
    self.file = file
    self.policy = policy
  }

  mutating func read() {
    let scan = ConfigScan(file.text, file: file.path)
    faults = scan.faults
    guard faults.isEmpty else { return }
    let table: TOMLTable
    do {
      table = try TOMLTable(string: file.text)
    } catch {
      let known = error as? TOMLParseError
      let problem = (known?.description ?? "it cannot be read").split(separator: "\n").joined(separator: " ")
      faults.append(
        ConfigFault(
          file: file.path, line: known?.source.begin.line ?? 0, key: "",
          problem: "\(problem); 'scythe config default' shows the form"))
      return
    }
    var drafts = scan.rules.map { RuleDraft(file: file.path, line: $0) }
    for statement in scan.statements {
      guard let key = key(of: statement), let value = value(of: statement, in: table) else {
        if let rule = statement.rule { drafts[rule].hasFaults = true }
        continue
      }
      do throws(ConfigProblem) {
        if let rule = statement.rule {
          try drafts[rule].take(value, for: key)
        } else {
          try take(value, for: key)
          policy.origins[key.path] = .file(file.path, statement.line)
        }
      } catch {
        faults.append(
          ConfigFault(file: file.path, line: statement.line, key: key.path, problem: error.text))
        if let rule = statement.rule { drafts[rule].hasFaults = true }
      }
    }
    takeRules(drafts)
  }

  private mutating func takeRules(_ drafts: [RuleDraft]) {
    for draft in drafts where !draft.hasFaults {
      do throws(ConfigProblem) {
        let rule = try draft.finished()
        if let same = policy.rules.first(where: { $0.isAboutTheSame(as: rule) }) {
          throw ConfigProblem(
            "it is about the same processes as the rule of \(same.origin.text), and only one can decide; keep one")
        }
        policy.rules.append(rule)
      } catch {
        faults.append(ConfigFault(file: file.path, line: draft.line, key: "rule", problem: error.text))
      }
    }
  }

  private func value(of statement: ConfigStatement, in table: TOMLTable) -> TOMLValue? {
    guard let name = statement.path.last else { return nil }
    guard let rule = statement.rule else {
      return statement.path.count == 1 ? table[name]?.tomlValue : table[statement.path[0]]?[name]
    }
    return table["rule"]?[rule]?[name]
  }

  /// The key of a statement; one that there is not is put down as a fault.
  private mutating func key(of statement: ConfigStatement) -> ConfigKey? {
    let section = statement.path.count == 1 ? "" : statement.path[0]
    let name = statement.path.dropFirst(statement.path.count == 1 ? 0 : 1).joined(separator: ".")
    if let key = ConfigKey.key(name, in: section) { return key }
    let text = statement.path.joined(separator: ".")
    faults.append(
      ConfigFault(
        file: file.path, line: statement.line, key: text,
        problem: "there is no such key; \(Self.remedy(for: name, in: section))"))
    return nil
  }

  private static func remedy(for name: String, in section: String) -> String {
    if section.isEmpty, ConfigKey.sections.contains(name) {
      return "it is a section; write '\(name == "rule" ? "[[rule]]" : "[\(name)]")' and its keys below"
    }
    if let near = ConfigKey.nearest(to: name, among: ConfigKey.keys(of: section).map(\.name)) {
      return "write '\(near)'"
    }
    if let other = ConfigKey.all.first(where: { $0.name == name }) {
      let place =
        other.section == "rule"
        ? "below [[rule]]" : other.section.isEmpty ? "above all sections" : "below [\(other.section)]"
      return "it belongs \(place)"
    }
    return "there are \(ConfigKey.keys(of: section).map(\.name).joined(separator: ", "))"
  }

  private mutating func take(_ value: TOMLValue, for key: ConfigKey) throws(ConfigProblem) {
    switch key.path {
    case "profile":
      guard let profile = Profile(name: try value.choice(key)) else { throw ConfigProblem(give: key) }
      policy.settings.profile = profile
    case "observe": policy.settings.isObserving = try value.toggle(key)
    case "when.floor": policy.settings.floorRule = try value.toggle(key)
    case "when.deadline": policy.settings.deadlineRule = try value.toggle(key)
    case "when.thrash": policy.settings.thrashRule = try value.toggle(key)
    case "when.stall": policy.settings.stallRule = try value.toggle(key)
    case "when.group": policy.settings.groupRule = try value.toggle(key)
    case "how.polite": policy.settings.politeSignal = try value.toggle(key)
    case "how.grace": policy.settings.graceNanoseconds = try value.grace(key)
    case "how.groups-as-one": policy.settings.killsGroupsAsOne = try value.toggle(key)
    default: preconditionFailure("a key that nobody reads: \(key.path)")
    }
  }
}

/// What is wrong with a value, and what to do.
struct ConfigProblem: Error {
  let text: String

  init(_ text: String) { self.text = text }

  init(give key: ConfigKey) { text = "this is something else; give \(key.kind.words)" }
}

extension TOMLValue {
  func toggle(_ key: ConfigKey) throws(ConfigProblem) -> Bool {
    guard let bool else { throw wrongType(key) }
    return bool
  }

  func text(_ key: ConfigKey) throws(ConfigProblem) -> String {
    guard let string else { throw wrongType(key) }
    return string
  }

  func choice(_ key: ConfigKey) throws(ConfigProblem) -> String {
    let word = try text(key)
    guard case .choice(let words) = key.kind, !words.contains(word) else { return word }
    let near = ConfigKey.nearest(to: word, among: words).map { "\"\($0)\"" }
    throw ConfigProblem("there is no '\(word)'; give \(near ?? key.kind.words)")
  }

  func grace(_ key: ConfigKey) throws(ConfigProblem) -> UInt64 {
    let text = try text(key)
    // A plain number has no unit that everybody would take for the same.
    guard text.last?.isNumber == false, let nanoseconds = Quantity.nanoseconds(text) else {
      throw ConfigProblem("'\(text)' is no time; give \(key.kind.words)")
    }
    guard nanoseconds <= PolicyConstants.mostGraceNanoseconds else {
      throw ConfigProblem("'\(text)' is too long; give \(key.kind.words)")
    }
    return UInt64(nanoseconds)
  }

  private func wrongType(_ key: ConfigKey) -> ConfigProblem {
    let (article, isText) = (type == .int ? "an" : "a", type == .string)
    let kind = type == .bool ? "truth value" : isText ? "text" : type.description
    return ConfigProblem("this is \(article) \(kind); give \(key.kind.words)\(isText ? ", without quotes" : "")")
  }
}
