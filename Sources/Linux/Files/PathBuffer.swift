/// A path, or another short text for the kernel, put together without a heap.
///
/// 512 bytes hold every path that Scythe builds itself; a cgroup's path can be longer (its parts may have 255 bytes
/// each), and is then refused with `Errno.nameTooLong`, never cut short.
public struct PathBuffer: Sendable {
  var bytes: InlineArray<512, UInt8> = InlineArray(repeating: 0)
  /// How many bytes have been written, without the trailing zero.
  public private(set) var count = 0
  /// True once something did not fit: the path must not be used then.
  public private(set) var isTruncated = false

  /// Makes an empty text.
  public init() {}

  /// Makes a text that begins with what is given.
  public init(_ text: StaticString) { append(text) }

  /// Makes a text of bytes, such as a string's `utf8`.
  public init(bytes: some Sequence<UInt8>) {
    for byte in bytes { append(byte: byte) }
  }

  /// Appends one byte.
  public mutating func append(byte: UInt8) {
    // The last byte stays zero, for C.
    guard count < 511, byte != 0 else {
      isTruncated = true
      return
    }
    bytes[count] = byte
    count += 1
  }

  /// Appends a literal.
  public mutating func append(_ text: StaticString) {
    for index in 0..<text.utf8CodeUnitCount { append(byte: unsafe text.utf8Start[index]) }
  }

  /// Appends bytes as they are.
  public mutating func append(_ text: Span<UInt8>) {
    for index in text.indices { append(byte: text[index]) }
  }

  /// Appends another text.
  public mutating func append(_ text: borrowing PathBuffer) {
    for index in 0..<text.count { append(byte: text.bytes[index]) }
    if text.isTruncated { isTruncated = true }
  }

  /// Appends a number in decimal.
  public mutating func append<Number: FixedWidthInteger>(decimal number: Number) {
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var used = 0
    var rest = number.magnitude
    repeat {
      digits[used] = UInt8(truncatingIfNeeded: 48 + rest % 10)
      rest /= 10
      used += 1
    } while rest > 0
    if number < 0 { append(byte: UInt8(ascii: "-")) }
    while used > 0 {
      used -= 1
      append(byte: digits[used])
    }
  }

  /// The bytes written so far.
  public func withBytes<E: Error, R: ~Copyable>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
    try body(bytes.span.extracting(first: count))
  }

  /// Lends the text to C, with its trailing zero.
  func withCString<R>(_ body: (UnsafePointer<CChar>) throws(Errno) -> R) throws(Errno) -> R {
    guard !isTruncated else { throw .nameTooLong }
    return try unsafe bytes.span.withUnsafeBytes { (raw) throws(Errno) in
      try unsafe body(raw.baseAddress!.assumingMemoryBound(to: CChar.self))
    }
  }
}

extension PathBuffer {
  /// Whether the text ends with a literal; slashes at its end do not count.
  public func hasSuffix(_ suffix: StaticString) -> Bool {
    var end = count
    while end > 1, bytes[end - 1] == UInt8(ascii: "/") { end -= 1 }
    return bytes.span.extracting(first: end).hasSuffix(suffix)
  }
}
