/// A diagnosis as a person reads it: a table within 100 columns.
enum DoctorText {
  private static let columns = 100
  private static let stateWidth = 9
  private static let nameWidth = 21
  private static let indent = 2

  static func lines(_ diagnosis: Diagnosis) -> [String] {
    let processors = diagnosis.processors == 1 ? "1 CPU" : "\(diagnosis.processors) CPUs"
    var lines = ["Linux \(diagnosis.kernel.release), \(diagnosis.kernel.architecture), \(processors)"]
    lines += ["", "self-test: victims of its own, killed"]
    for test in diagnosis.selfTests {
      lines += row(test.state, test.name, test.found, test.instead, test.remedy)
    }
    for area in DoctorArea.allCases {
      lines += ["", area.title]
      for check in diagnosis.checks where check.area == area {
        lines += row(check.state, check.name, check.found, check.instead, check.remedy)
      }
    }
    return lines + [""] + wrap("verdict: \(diagnosis.verdict.explanation)", columns)
  }

  private static func row(
    _ state: DoctorState, _ name: String, _ found: String, _ instead: String?, _ remedy: String?
  ) -> [String] {
    var texts = [found]
    if let instead { texts.append("instead: \(instead)") }
    if let remedy { texts.append("to do: \(remedy)") }
    let margin = indent + stateWidth + nameWidth
    let parts = texts.flatMap { wrap($0, columns - margin) }
    let label = pad("", indent) + pad(state.rawValue, stateWidth) + pad(name, nameWidth)
    return parts.enumerated().map { ($0.offset == 0 ? label : pad("", margin)) + $0.element }
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// Breaks a text between words; a word that is longer than a line is broken itself.
  static func wrap(_ text: String, _ width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      var rest = word[...]
      if !line.isEmpty, line.count + 1 + rest.count <= width {
        line += " \(rest)"
        continue
      }
      if !line.isEmpty { lines.append(line) }
      while rest.count > width {
        lines.append(String(rest.prefix(width)))
        rest = rest.dropFirst(width)
      }
      line = String(rest)
    }
    return lines + [line]
  }
}
