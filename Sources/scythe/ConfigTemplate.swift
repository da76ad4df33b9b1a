/// The keys for people: a file to begin with, and a table.
enum ConfigTemplate {
  /// The longest line of a comment.
  private static let columns = 100

  /// A configuration that says what is so without one.
  static var file: [String] {
    var lines = [
      "# The configuration of scythed. Everything here is as it is without this file.",
      "# 'scythe config check' finds faults; 'scythe config compile' makes the page that the daemon reads.",
    ]
    for section in ConfigKey.sections where section != "rule" {
      lines.append("")
      if !section.isEmpty { lines += ["[\(section)]"] }
      for key in ConfigKey.keys(of: section) {
        lines += comment(key.meaning + choices(key))
        lines.append("\(key.name) = \(key.standard)")
      }
    }
    lines += [
      "", "# Any number of rules, up to 64. All keys of a rule must fit a process. One that says never wins over",
    ]
    lines += ["# all others; of those the first that fits decides. In patterns '*' stands for anything, '?' for one"]
    lines += ["# letter, and '\\' takes the next one as it is."]
    for key in ConfigKey.keys(of: "rule") {
      lines += comment("\(key.name): \(key.meaning)\(choices(key)) Without it: \(key.standard).", indent: "#   ")
    }
    return lines + ["#"] + example.map { $0.isEmpty ? "#" : "# \($0)" }
  }

  /// Rules of every effect.
  private static let example = [
    "[[rule]]", "effect = \"never\"", "executable = \"/usr/sbin/sshd\"", "", "[[rule]]", "effect = \"prefer\"",
    "comm = \"cc1plus\"", "user = \"builder\"", "", "[[rule]]", "effect = \"avoid\"", "weight = \"50%\"",
    "unit = \"postgresql*.service\"",
  ]

  private static func choices(_ key: ConfigKey) -> String {
    guard case .choice(let words) = key.kind, key.section.isEmpty else { return "" }
    return " It is \(words.dropLast().joined(separator: ", ")) or \(words.last ?? "")."
  }

  private static func comment(_ text: String, indent: String = "# ") -> [String] {
    var lines: [String] = []
    var line = indent
    for word in text.split(separator: " ") {
      if line.count + word.count > columns {
        lines.append(line.trimmingSuffix(while: { $0 == " " }).description)
        line = indent == "# " ? "# " : "#     "
      }
      line += "\(word) "
    }
    return lines + [line.trimmingSuffix(while: { $0 == " " }).description]
  }

  /// The same in Markdown.
  static var table: [String] {
    ["| key | takes | without it | |", "|---|---|---|---|"]
      + ConfigKey.all.map { key in
        let name =
          key.section.isEmpty
          ? key.name : key.section == "rule" ? "[[rule]] \(key.name)" : "[\(key.section)] \(key.name)"
        return "| `\(name)` | \(key.kind.words) | \(key.standard) | \(key.meaning) |"
      }
  }
}

extension String {
  fileprivate func trimmingSuffix(while isDropped: (Character) -> Bool) -> Substring {
    var text = self[...]
    while let last = text.last, isDropped(last) { text.removeLast() }
    return text
  }
}
