import FoundationEssentials

extension Encodable {
  /// One line of JSON, the keys in a fixed order; what is `nil` is absent.
  func jsonLine() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
