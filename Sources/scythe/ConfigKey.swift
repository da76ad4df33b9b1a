import ScythePolicy

/// What a key of the configuration takes.
enum ConfigValueKind: Equatable {
  case toggle
  case choice([String])
  /// A length of time with its unit.
  case time
  /// A share with its unit, within a range in percent.
  case percent
  case pattern(RuleField)
  case user

  /// What is asked for, in words that follow "give".
  var words: String {
    switch self {
    case .toggle: "true or false"
    case .choice(let words): words.map { "\"\($0)\"" }.joined(separator: ", ")
    case .time: "a time such as \"500ms\", at most \(ConfigKey.mostGrace)"
    case .percent: "a share such as \"50%\""
    case .pattern: "a pattern such as \"\(example)\""
    case .user: "a user's name, or a number"
    }
  }

  private var example: String {
    switch self {
    case .pattern(.executable): "/usr/lib/firefox/*"
    case .pattern(.commandLine): "java * -jar server.jar*"
    case .pattern(.group): "/system.slice/*"
    case .pattern(.unit): "postgresql*.service"
    default: "firefox*"
    }
  }
}

/// One key of the configuration: the only place that knows its name, what it takes, its default and what it is for.
struct ConfigKey {
  /// `when` or `how`; empty at the top; `rule` for those of a rule.
  let section: String
  let name: String
  let kind: ConfigValueKind
  /// As it is written in the file; for a key of a rule, what is meant without it.
  let standard: String
  /// One or more sentences.
  let meaning: String

  /// With its section in front: `when.floor`.
  var path: String { section.isEmpty ? name : "\(section).\(name)" }

  static let mostGrace = "\(PolicyConstants.mostGraceNanoseconds / 1_000_000)ms"
  static let preferredPercent: Int16 = 100
  static let avoidedPercent = Int16(-PolicyConstants.avoidedPercent)
  /// How far a weight may go.
  static let mostPreferred = PolicyConstants.ruleWeights.upperBound
  static let mostAvoided = -PolicyConstants.ruleWeights.lowerBound

  static let sections = ["", "when", "how", "rule"]

  static let all: [ConfigKey] = [
    ConfigKey(
      section: "", name: "profile", kind: .choice(["desktop", "server", "container", "build"]), standard: "\"desktop\"",
      meaning:
        "The kind of machine: how long a thrash may last, and how far a program may offer itself by oom_score_adj."),
    ConfigKey(
      section: "", name: "observe", kind: .toggle, standard: "false",
      meaning: "Kill nobody, and only say who would have been killed."),
    ConfigKey(
      section: "when", name: "floor", kind: .toggle, standard: "true",
      meaning:
        "Kill when the reserve is touched: 0.5 % of memory, 32 to 128 MiB. Without it too, when half of that is gone."),
    ConfigKey(
      section: "when", name: "deadline", kind: .toggle, standard: "true",
      meaning:
        "Kill when memory is being filled so fast that a later kill would come too late; never above 5 % of memory."),
    ConfigKey(
      section: "when", name: "thrash", kind: .toggle, standard: "true",
      meaning: "Kill when the machine does little but read again what it has just dropped."),
    ConfigKey(
      section: "when", name: "stall", kind: .toggle, standard: "true",
      meaning: "Kill when everything waits for memory, and nearly none is left."),
    ConfigKey(
      section: "when", name: "group", kind: .toggle, standard: "true",
      meaning: "Kill inside a control group that has reached its own limit."),
    ConfigKey(
      section: "how", name: "polite", kind: .toggle, standard: "true",
      meaning: "Send SIGTERM first, while more than a second is left."),
    ConfigKey(
      section: "how", name: "grace", kind: .time, standard: "\"\(mostGrace)\"",
      meaning: "How long SIGTERM may take before SIGKILL follows: \"0ms\" to \"\(mostGrace)\"."),
    ConfigKey(
      section: "how", name: "groups-as-one", kind: .toggle, standard: "true",
      meaning: "Kill all of a control group that has memory.oom.group, as the kernel does."),
    ConfigKey(
      section: "rule", name: "effect", kind: .choice(["never", "prefer", "avoid"]), standard: "the rule is refused",
      meaning: "What the rule wants: never to kill, or to kill rather, or rather not."),
    ConfigKey(
      section: "rule", name: "weight", kind: .percent,
      standard: "\"\(preferredPercent)%\" to prefer, \"\(avoidedPercent)%\" to avoid",
      meaning:
        "How much more, or less, the process's memory counts: \"1%\" to \"\(mostPreferred)%\" to prefer, \"1%\" to"
        + " \"\(mostAvoided)%\" to avoid."),
    ConfigKey(
      section: "rule", name: "comm", kind: .pattern(.name), standard: "any",
      meaning: "The short name, at most 15 bytes. A process can give itself any."),
    ConfigKey(
      section: "rule", name: "executable", kind: .pattern(.executable), standard: "any",
      meaning: "The path of the program that it runs, by the word of the kernel."),
    ConfigKey(
      section: "rule", name: "command-line", kind: .pattern(.commandLine), standard: "any",
      meaning: "The arguments, parted by blanks. A process can change what it shows."),
    ConfigKey(
      section: "rule", name: "cgroup", kind: .pattern(.group), standard: "any",
      meaning: "The path of the control group, as in /proc/PID/cgroup."),
    ConfigKey(
      section: "rule", name: "unit", kind: .pattern(.unit), standard: "any",
      meaning: "The name of systemd's service or scope."),
    ConfigKey(
      section: "rule", name: "user", kind: .user, standard: "any", meaning: "The real user, by name or number."),
  ]

  /// The keys of a section, in their order.
  static func keys(of section: String) -> [ConfigKey] { all.filter { $0.section == section } }

  static func key(_ name: String, in section: String) -> ConfigKey? {
    all.first { $0.section == section && $0.name == name }
  }
}

extension ConfigKey {
  /// What somebody meant who wrote a word that is none of these; `nil` if it is like none.
  static func nearest(to word: String, among words: [String]) -> String? {
    let nearest = words.map { ($0, distance(word, $0)) }.min { $0.1 < $1.1 }
    guard let nearest, nearest.1 <= max(1, min(word.count, nearest.0.count) / 2) else { return nil }
    return nearest.0
  }

  /// How many letters have to be put in, left out, changed, or swapped with the next, until one word is the other.
  private static func distance(_ first: String, _ second: String) -> Int {
    let (first, second) = (Array(first.lowercased().prefix(64)), Array(second))
    var rows = [Array(0...second.count)]
    for row in first.indices {
      var costs = [row + 1]
      for column in second.indices {
        let change = rows[row][column] + (first[row] == second[column] ? 0 : 1)
        var cost = min(change, min(costs[column], rows[row][column + 1]) + 1)
        if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
          cost = min(cost, rows[row - 1][column - 1] + 1)
        }
        costs.append(cost)
      }
      rows.append(costs)
    }
    return rows[first.count][second.count]
  }
}
