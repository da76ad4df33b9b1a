/// The configuration as the daemon reads it: one page of bytes, which the command makes of what a person wrote.
///
/// All numbers are little-endian.
///
/// | at | size | what |
/// |---|---|---|
/// | 0 | 8 | `scythepg` |
/// | 8 | 4 | the version of this layout: 1 |
/// | 12 | 4 | how many bytes the page has |
/// | 16 | 8 | FNV-1a in 64 bits over everything but these eight bytes |
/// | 24 | 1 | the profile, as in ``Profile`` |
/// | 25 | 1 | how many rules follow |
/// | 26 | 2 | switches: deadline, floor, thrash, stall, group, polite, observing, groups as one; the lowest bit first |
/// | 28 | 4 | the grace of a polite signal in microseconds |
/// | 32 | | the rules |
///
/// A rule is its effect (1 byte), how many patterns it has (1), its weight in percent (2, signed) and its user (4;
/// 0xffffffff for any), and then for each pattern what it is about (1), its length (1) and its bytes.
///
/// What was measured on a machine is not in it.
public enum PolicyPage {
  /// The most bytes of a page: two of them are locked memory of the daemon, as far as they are used.
  public static var capacityBytes: Int { 16 << 10 }
  /// The most rules: each of them is asked about every process.
  public static var mostRules: Int { 64 }
  /// The version of the layout.
  static var version: UInt32 { 1 }
  /// Where the rules begin.
  static var headerBytes: Int { 32 }
  /// Where a rule's patterns begin.
  static var ruleBytes: Int { 8 }
  /// A rule about any user has this one, which no user can have.
  static var anyUser: UInt32 { .max }

  static var magic: StaticString { "scythepg" }

  enum Place {
    static var version: Int { 8 }
    static var length: Int { 12 }
    static var checksum: Int { 16 }
    static var profile: Int { 24 }
    static var ruleCount: Int { 25 }
    static var switches: Int { 26 }
    static var grace: Int { 28 }
  }

  /// FNV-1a: each byte changes the sum in a way that can be undone, so that no change of a single byte goes unseen.
  static func checksum(_ page: Span<UInt8>) -> UInt64 {
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in page.indices where !(Place.checksum..<Place.checksum + 8).contains(index) {
      sum = (sum ^ UInt64(page[index])) &* 0x0000_0100_0000_01b3
    }
    return sum
  }
}

/// Why a page cannot be made, or is refused.
@frozen public enum PolicyPageError: UInt8, Error, Equatable, Sendable, BitwiseCopyable {
  /// It is shorter than any page is.
  case tooShort
  /// It is no page.
  case wrongMagic
  /// Another version of Scythe made it.
  case otherVersion
  /// It is not as long as it says.
  case wrongLength
  /// It is not what was written.
  case wrongChecksum
  /// It has a value that means nothing here.
  case badValue
  /// The rules do not fit: more than ``PolicyPage/mostRules``, or more bytes than ``PolicyPage/capacityBytes``.
  case tooLarge
}

/// Which texts of a process the rules of a page ask for: what nobody asks for need not be read.
@frozen public struct RuleFields: Equatable, Sendable, BitwiseCopyable {
  private var bits: UInt8 = 0

  /// Makes a set of nothing.
  public init() {}

  /// Whether a rule asks for a text.
  public func contains(_ field: RuleField) -> Bool { bits >> field.rawValue & 1 == 1 }

  mutating func insert(_ field: RuleField) { bits |= 1 << field.rawValue }
}

extension PolicySettings {
  /// Takes over what a configuration says, and keeps what was measured.
  public mutating func configure(as other: PolicySettings) {
    profile = other.profile
    deadlineRule = other.deadlineRule
    floorRule = other.floorRule
    thrashRule = other.thrashRule
    stallRule = other.stallRule
    groupRule = other.groupRule
    politeSignal = other.politeSignal
    graceNanoseconds = other.graceNanoseconds
    isObserving = other.isObserving
    killsGroupsAsOne = other.killsGroupsAsOne
  }

  /// The switches of a page.
  var switches: UInt16 {
    get {
      var bits: UInt16 = deadlineRule ? 1 : 0
      if floorRule { bits |= 1 << 1 }
      if thrashRule { bits |= 1 << 2 }
      if stallRule { bits |= 1 << 3 }
      if groupRule { bits |= 1 << 4 }
      if politeSignal { bits |= 1 << 5 }
      if isObserving { bits |= 1 << 6 }
      if killsGroupsAsOne { bits |= 1 << 7 }
      return bits
    }
    set {
      deadlineRule = newValue & 1 != 0
      floorRule = newValue >> 1 & 1 != 0
      thrashRule = newValue >> 2 & 1 != 0
      stallRule = newValue >> 3 & 1 != 0
      groupRule = newValue >> 4 & 1 != 0
      politeSignal = newValue >> 5 & 1 != 0
      isObserving = newValue >> 6 & 1 != 0
      killsGroupsAsOne = newValue >> 7 & 1 != 0
    }
  }
}
