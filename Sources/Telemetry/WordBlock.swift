public import ScytheLinux

/// A number of 8-byte words, as they lie in the files: whatever they hold can be read, so no content of a file can do harm.
@frozen package struct WordBlock<let count: Int>: Sendable, BitwiseCopyable {
  package var words = InlineArray<count, UInt64>(repeating: 0)

  package init() {}

  package subscript(index: Int) -> UInt64 {
    get { words[index] }
    set { words[index] = newValue }
  }

  /// A word as a number with a sign.
  package subscript(signed index: Int) -> Int64 {
    get { Int64(bitPattern: words[index]) }
    set { words[index] = UInt64(bitPattern: newValue) }
  }

  /// A word as a number, or as its largest value for none.
  package subscript(optional index: Int) -> UInt64? {
    get { words[index] == .max ? nil : words[index] }
    set { words[index] = newValue ?? .max }
  }

  /// The lower half of a word.
  package subscript(low index: Int) -> UInt32 {
    get { UInt32(truncatingIfNeeded: words[index]) }
    set { words[index] = words[index] & ~0xffff_ffff | UInt64(newValue) }
  }

  /// The upper half of a word.
  package subscript(high index: Int) -> UInt32 {
    get { UInt32(truncatingIfNeeded: words[index] >> 32) }
    set { words[index] = words[index] & 0xffff_ffff | UInt64(newValue) << 32 }
  }

  /// One byte of a word, counted from its lowest.
  package subscript(byte position: Int, of index: Int) -> UInt8 {
    get { UInt8(truncatingIfNeeded: words[index] >> UInt64(position * 8)) }
    set {
      let shift = UInt64(position * 8)
      words[index] = words[index] & ~(0xff << shift) | UInt64(newValue) << shift
    }
  }

  /// A short name in two words.
  package subscript(name index: Int) -> ProcessName {
    get {
      var bytes = InlineArray<16, UInt8>(repeating: 0)
      for place in 0..<16 { bytes[place] = self[byte: place % 8, of: index + place / 8] }
      return ProcessName(bytes.span)
    }
    set { for place in 0..<16 { self[byte: place % 8, of: index + place / 8] = newValue[place] } }
  }

  /// A sum over all words but the last, which changes with every change of a single word: each step can be undone.
  package var checksum: UInt64 {
    var sum: UInt64 = 0x9e37_79b9_7f4a_7c15
    for index in 0..<count - 1 {
      sum = (sum ^ words[index]) &* 0xff51_afd7_ed55_8ccd
      sum ^= sum >> 32
    }
    return sum
  }
}

/// Which start of the kernel something belongs to: `/proc/sys/kernel/random/boot_id`.
@frozen public struct BootIdentity: Equatable, Sendable, BitwiseCopyable {
  package var low: UInt64
  package var high: UInt64

  /// Of no boot at all.
  package static var none: BootIdentity { BootIdentity(low: 0, high: 0) }

  package init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  /// Reads the one of the running kernel.
  ///
  /// - Throws: what `open(2)` says; `Errno.badMessage` if the file is not 32 hexadecimal digits.
  public init(_ procfs: Procfs = Procfs()) throws(Errno) {
    let file = try FileDescriptor(procfs.path("sys/kernel/random/boot_id"), .read)
    var buffer = InlineArray<64, UInt8>(repeating: 0)
    var whole = buffer.mutableSpan
    let count = try file.read(into: &whole)
    var digits = 0
    var values: (UInt64, UInt64) = (0, 0)
    for index in 0..<count where buffer[index] != UInt8(ascii: "-") && buffer[index] != UInt8(ascii: "\n") {
      guard let digit = BootIdentity.digit(buffer[index]) else { throw .badMessage }
      if digits < 16 { values.0 = values.0 << 4 | digit } else { values.1 = values.1 << 4 | digit }
      digits += 1
    }
    guard digits == 32 else { throw .badMessage }
    self.init(low: values.0, high: values.1)
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a")) + 10
    default: nil
    }
  }
}
