/// Something wrong in a configuration: where, at which key, what, and what to do.
struct ConfigFault: Equatable {
  let file: String
  /// From 1; 0 for the file as a whole.
  let line: Int
  /// Empty for what is no key.
  let key: String
  let problem: String

  var text: String { "\(file):\(line > 0 ? "\(line):" : "") \(key.isEmpty ? "" : "\(key): ")\(problem)" }
}

/// A key with its value, as they stand in a file.
struct ConfigStatement: Equatable {
  /// The table that it is in, and its own name: `["when", "floor"]`.
  let path: [String]
  /// Which of the rules it belongs to, from 0; `nil` outside of rules.
  let rule: Int?
  let line: Int
}

/// Where everything stands in a file. The library that reads values says no lines, and ends the program on some texts
/// that are no TOML: it is given only what has passed here.
///
/// A configuration needs less than TOML has: a value is a text in one line, a word or a number. Lists, tables in braces
/// and texts of many lines are refused with a word on what to write.
struct ConfigScan {
  private let file: String
  private(set) var statements: [ConfigStatement] = []
  /// The lines of the headers of rules.
  private(set) var rules: [Int] = []
  private(set) var faults: [ConfigFault] = []
  private var table: [String] = []
  private var isInRule = false
  private var tables: [[String]: Int] = [:]
  private var line = 0
  /// Whether something goes on in the next lines that is not taken: each of them would be a fault of its own.
  private var isLost = false

  init(_ text: String, file: String) {
    self.file = file
    for part in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) where !isLost {
      line += 1
      var bytes = Array(part)
      if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
      if bytes.contains(where: { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7f }) {
        fault("", "there is a control character; remove it")
      } else {
        take(Cursor(bytes))
      }
    }
  }

  private mutating func fault(_ key: String, _ problem: String) {
    faults.append(ConfigFault(file: file, line: line, key: key, problem: problem))
  }

  private mutating func take(_ cursor: Cursor) {
    var cursor = cursor
    cursor.skipBlanks()
    if cursor.isAtEnd { return }
    if cursor.skip("[") { return takeHeader(cursor) }
    guard let path = cursor.path() else {
      return fault("", "this is neither a key with a value nor a section; write 'key = value' or '[section]'")
    }
    let key = path.joined(separator: ".")
    guard cursor.skip("=") else { return fault(key, "there is no '=' behind it; write '\(key) = value'") }
    cursor.skipBlanks()
    isLost = cursor.isAtLongValue
    if let problem = cursor.skipValue() { return fault(key, problem) }
    cursor.skipBlanks()
    guard cursor.isAtEnd else {
      return fault(key, "something follows the value; begin a new line, or a comment with '#'")
    }
    let statement = ConfigStatement(path: table + path, rule: isInRule ? rules.count - 1 : nil, line: line)
    if let first = statements.first(where: { $0.path == statement.path && $0.rule == statement.rule }) {
      return fault(key, "it is given in line \(first.line) already; keep one of them")
    }
    statements.append(statement)
  }

  private mutating func takeHeader(_ cursor: Cursor) {
    var cursor = cursor
    let isRule = cursor.skip("[")
    guard let path = cursor.path(), cursor.skip("]"), !isRule || cursor.skip("]") else {
      return fault("", "this is no section; write '[when]', '[how]' or '[[rule]]'")
    }
    cursor.skipBlanks()
    let name = path.joined(separator: ".")
    guard cursor.isAtEnd else { return fault(name, "something follows the section; begin a new line") }
    table = path
    isInRule = isRule
    if isRule {
      if path == ["rule"] { return rules.append(line) }
      return fault(name, "only rules are written with two brackets; write '[\(name)]'")
    }
    if path == ["rule"] { return fault(name, "each rule begins with '[[rule]]'; write two brackets") }
    if path.count != 1 || !ConfigKey.sections.contains(name) {
      let near = ConfigKey.nearest(to: name, among: ["when", "how", "rule"])
      let meant = near.map { $0 == "rule" ? "'[[rule]]'" : "'[\($0)]'" }
      return fault(
        name, "there is no such section; \(meant.map { "write \($0)" } ?? "there are [when], [how] and [[rule]]")")
    }
    if let first = tables[path] { return fault(name, "this section is in line \(first) already; put its keys there") }
    tables[path] = line
  }
}

extension ConfigScan {
  /// A place in a line.
  private struct Cursor {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Whether only a comment is left, or nothing.
    var isAtEnd: Bool { position == bytes.count || bytes[position] == UInt8(ascii: "#") }

    mutating func skipBlanks() {
      while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x09 { position += 1 }
    }

    mutating func skip(_ literal: StaticString) -> Bool {
      let literal = Array(literal.description.utf8)
      guard bytes[position...].starts(with: literal) else { return false }
      position += literal.count
      return true
    }

    /// A key, or several with points between them, and the blanks around.
    mutating func path() -> [String]? {
      var path: [String] = []
      repeat {
        skipBlanks()
        guard let name = name() else { return nil }
        path.append(name)
        skipBlanks()
      } while skip(".")
      return path
    }

    private mutating func name() -> String? {
      guard position < bytes.count else { return nil }
      let quote = bytes[position]
      let start = position
      if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
        guard let end = bytes[(start + 1)...].firstIndex(of: quote), end > start + 1,
          !bytes[start..<end].contains(UInt8(ascii: "\\"))
        else { return nil }
        position = end + 1
        return String(decoding: bytes[(start + 1)..<end], as: UTF8.self)
      }
      while position < bytes.count, Cursor.isNameByte(bytes[position]) { position += 1 }
      return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }

    /// Whether a value begins that may have many lines.
    var isAtLongValue: Bool {
      let rest = bytes[position...]
      return ["[", "{", "\"\"\"", "'''"].contains { rest.starts(with: $0.utf8) }
    }

    /// - Returns: what is wrong with the value; `nil` if it is one.
    mutating func skipValue() -> String? {
      if isAtEnd { return "it has no value; write one behind the '='" }
      let first = bytes[position]
      if first == UInt8(ascii: "[") {
        return "a list is not taken; write one value, and a rule of its own for each pattern"
      }
      if first == UInt8(ascii: "{") { return "a table in braces is not taken; write its keys below a section" }
      if skip("\"\"\"") || skip("'''") { return "a text of many lines is not taken; write it in one line" }
      if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") { return skipText(first) }
      let start = position
      while position < bytes.count, Cursor.isNameByte(bytes[position]) || "+.:".utf8.contains(bytes[position]) {
        position += 1
      }
      let word = String(decoding: bytes[start..<position], as: UTF8.self)
      // Numbers, and dates, have a digit; what they are worth is said by the library that reads them.
      let isValue = ["true", "false"].contains(word) || word.contains { $0.isNumber }
      return isValue ? nil : "this is no value; write true, false, or a text in quotes"
    }

    private mutating func skipText(_ quote: UInt8) -> String? {
      position += 1
      while position < bytes.count, bytes[position] != quote {
        if quote == UInt8(ascii: "\""), bytes[position] == UInt8(ascii: "\\") {
          let rest = bytes[(position + 1)...]
          if rest.starts(with: "u0000".utf8) || rest.starts(with: "U00000000".utf8) {
            return "there is a zero in the text, which no name has; remove it"
          }
          position += 1
        }
        position += 1
      }
      guard position < bytes.count else {
        return "the text has no end; close it with \(quote == 0x22 ? "'\"'" : "\"'\"")"
      }
      position += 1
      return nil
    }
  }
}
