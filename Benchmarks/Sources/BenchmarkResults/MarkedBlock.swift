/// The lines of a text between two marks, which are made by a program.
public struct MarkedBlock: Sendable {
  private let opening: String
  private let closing: String

  /// Why a text cannot take the lines.
  public struct NoPlace: Error, CustomStringConvertible {
    /// What is wrong with it.
    public let description: String
  }

  /// The block between two marks.
  public init(opening: String, closing: String) {
    self.opening = opening
    self.closing = closing
  }

  /// A text with other lines between the marks.
  ///
  /// - Throws: `NoPlace` unless each of the two marks stands once on a line of its own, in order.
  public func replacing(in text: String, with block: [String]) throws(NoPlace) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let openings = lines.indices.filter { lines[$0] == opening }
    let closings = lines.indices.filter { lines[$0] == closing }
    guard openings.count == 1, closings.count == 1, openings[0] < closings[0] else {
      throw NoPlace(description: "the lines '\(opening)' and '\(closing)' must stand in it once, in this order")
    }
    lines.replaceSubrange((openings[0] + 1)..<closings[0], with: block)
    return lines.joined(separator: "\n")
  }
}
