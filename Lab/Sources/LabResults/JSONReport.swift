package import Foundation

/// A comparison as one JSON document: the medians and spreads that the other reports put in words.
package struct JSONReport {
  private let comparison: Comparison

  /// The report of a comparison.
  package init(_ comparison: Comparison) { self.comparison = comparison }

  /// The whole document.
  ///
  /// - Throws: only if a ratio is no number, which none can be.
  package var data: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
      return try encoder.encode(comparison) + Data("\n".utf8)
    }
  }
}
