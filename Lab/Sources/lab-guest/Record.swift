import LabCatalog

/// One object of the result port: flat, its kind first.
struct Record {
  private var json: String

  /// - Parameter kind: as the host knows it.
  init(_ kind: String) { json = "{\"record\":\(Self.quoted(kind))" }

  mutating func set(_ key: String, _ value: String?) {
    if let value { json += ",\"\(key)\":\(Self.quoted(value))" }
  }

  mutating func set(_ key: String, _ value: (some BinaryInteger)?) {
    if let value { json += ",\"\(key)\":\(value)" }
  }

  mutating func set(_ key: String, _ value: Double) { json += ",\"\(key)\":\(value)" }

  mutating func set(_ key: String, _ value: Bool) { json += ",\"\(key)\":\(value)" }

  /// As a line of the port.
  var line: String { ResultLine.line(json + "}") }

  /// A string of JSON. What is no character in UTF-8 has been replaced before; what controls a terminal is escaped.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
