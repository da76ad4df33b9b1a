/// Text from elsewhere, names of processes above all, made harmless. A process may be called `</script>`.
enum PlainText {
  /// One line of what can be seen: whatever controls a terminal, or the direction of writing, becomes U+FFFD.
  static func oneLine(_ text: String) -> String {
    var line = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
        line.append("\u{FFFD}")
      default: line.append(scalar)
      }
    }
    return String(line)
  }

  /// As Markdown that shows the text as it is, in a paragraph, a list or a cell.
  static func markdown(_ text: String) -> String {
    let scalars = Array(oneLine(text).unicodeScalars)
    var escaped = String.UnicodeScalarView()
    for (index, scalar) in scalars.enumerated() {
      // Inside of a word an underscore means nothing, and `process_mrelease` stays legible.
      let isInner =
        scalar == "_" && index > 0 && index + 1 < scalars.count
        && scalars[index - 1].properties.isAlphabetic && scalars[index + 1].properties.isAlphabetic
      if "\\`*_[]<>|#~&!".unicodeScalars.contains(scalar), !isInner { escaped.append("\\") }
      escaped.append(scalar)
    }
    return String(escaped)
  }

  /// As code in Markdown.
  static func markdownCode(_ text: String) -> String {
    let line = oneLine(text)
    let longest = line.split(whereSeparator: { $0 != "`" }).map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: longest + 1)
    return longest == 0 ? "\(fence)\(line)\(fence)" : "\(fence) \(line) \(fence)"
  }

  /// As text of HTML, or the value of an attribute in quotes.
  static func html(_ text: String) -> String {
    var escaped = ""
    for character in oneLine(text).unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}
