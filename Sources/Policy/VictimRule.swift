/// What a rule of the configuration is about.
@frozen public enum RuleField: UInt8, Equatable, Sendable, BitwiseCopyable {
  /// The short name.
  case name
  /// The path of the executable.
  case executable
  /// The command line, its arguments parted by blanks.
  case commandLine
  /// The path of the control group.
  case group
  /// The name of the service or scope.
  case unit
}

/// A pattern: `*` stands for any bytes, `?` for one, and `\` takes the next byte as it is; everything else stands for
/// itself. It is compared with the whole text.
@frozen public struct RulePattern: Sendable, BitwiseCopyable {
  /// What is compared.
  public var field: RuleField
  private var bytes = InlineArray<96, UInt8>(repeating: 0)
  /// How many bytes it has.
  public private(set) var count = 0

  /// The most bytes of a pattern. The longest path of a unit seen is 71 bytes below its slice.
  public static var capacity: Int { 96 }

  /// Makes a pattern of bytes.
  ///
  /// - Returns: `nil` if they are more than ``capacity``.
  public init?(_ field: RuleField, _ text: Span<UInt8>) {
    guard text.count <= RulePattern.capacity else { return nil }
    self.field = field
    for index in text.indices { bytes[index] = text[index] }
    count = text.count
  }

  /// Makes the pattern of an empty name.
  public init() { field = .name }

  /// Whether a text is what the pattern stands for.
  public func matches(_ text: Span<UInt8>) -> Bool { text.fits(bytes.span.extracting(first: count)) }

  /// Lends its bytes.
  public func withBytes<E: Error, R: ~Copyable>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
    try body(bytes.span.extracting(first: count))
  }
}

extension Span<UInt8> {
  /// Whether a text is what a pattern stands for: see ``RulePattern``. Takes time in proportion to the product of both
  /// lengths at most.
  func fits(_ pattern: Span<UInt8>) -> Bool {
    var position = 0
    var place = 0
    // Where to go on if what follows the last star does not fit: the star takes one byte more.
    var retry: (place: Int, position: Int)?
    while position < count {
      // The command line as the kernel shows it has a zero behind each argument.
      let byte = self[position] == 0 ? UInt8(ascii: " ") : self[position]
      if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
        retry = (place + 1, position)
        place += 1
        continue
      }
      if let width = pattern.widthIfMatching(byte, at: place) {
        place += width
        position += 1
        continue
      }
      guard let last = retry else { return false }
      retry = (last.place, last.position + 1)
      place = last.place
      position = last.position + 1
    }
    while place < pattern.count, pattern[place] == UInt8(ascii: "*") { place += 1 }
    return place == pattern.count
  }

  /// How many bytes of this pattern stand for a byte of a text; `nil` if they do not.
  private func widthIfMatching(_ byte: UInt8, at place: Int) -> Int? {
    guard place < count else { return nil }
    if self[place] == UInt8(ascii: "?") { return 1 }
    // A last backslash stands for itself.
    if self[place] == UInt8(ascii: "\\"), place + 1 < count { return self[place + 1] == byte ? 2 : nil }
    return self[place] == byte ? 1 : nil
  }
}

/// What a rule wants.
@frozen public enum RuleEffect: UInt8, Equatable, Sendable, BitwiseCopyable {
  /// Changes the points by the rule's weight: above 0 prefers, below avoids.
  case weigh
  /// Is never killed.
  case never
}

/// One rule of the configuration: up to four patterns and a user, all of which must fit.
@frozen public struct VictimRule: Sendable, BitwiseCopyable {
  /// What it wants.
  public var effect: RuleEffect
  /// By how many percent of what the death returns it changes the points; what is outside of
  /// ``PolicyConstants/ruleWeights`` counts as its end.
  public var weightPercent: Int16
  /// The user that it is about; `nil` for any.
  public var userID: UInt32?
  private var patterns = InlineArray<4, RulePattern>(repeating: RulePattern())
  /// The most patterns of a rule.
  static var mostPatterns: Int { 4 }
  /// How many patterns it has.
  public private(set) var count = 0

  /// Makes a rule that fits every process of a user. One about neither a user nor a pattern has no place in a page.
  public init(_ effect: RuleEffect, weightPercent: Int16 = 0, userID: UInt32? = nil) {
    self.effect = effect
    self.weightPercent = weightPercent
    self.userID = userID
  }

  /// Puts a pattern in.
  ///
  /// - Returns: whether there was room: four fit.
  public mutating func add(_ pattern: RulePattern) -> Bool {
    guard count < patterns.count else { return false }
    patterns[count] = pattern
    count += 1
    return true
  }

  /// A pattern, below ``count``.
  public func pattern(at index: Int) -> RulePattern { patterns[index] }
}
