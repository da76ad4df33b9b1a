// Parsing of the kernel's text files over a span and a position: no allocation, no trap, whatever the bytes are.
extension Span<UInt8> {
  /// Skips blanks and tabs.
  func skipBlanks(_ position: inout Int) {
    while position < count, self[position] == UInt8(ascii: " ") || self[position] == UInt8(ascii: "\t") {
      position += 1
    }
  }

  /// A decimal number at the position, after blanks; `nil`, and the position unchanged, if there is none or if it does
  /// not fit 64 bits.
  func decimal(_ position: inout Int) -> UInt64? {
    var index = position
    skipBlanks(&index)
    let first = index
    var value: UInt64 = 0
    while index < count, self[index] >= 48, self[index] <= 57 {
      let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tenfold.addingReportingOverflow(UInt64(self[index] &- 48))
      if overflow || carry { return nil }
      value = sum
      index += 1
    }
    if index == first { return nil }
    position = index
    return value
  }

  /// The same with an optional minus sign.
  func signedDecimal(_ position: inout Int) -> Int64? {
    var index = position
    skipBlanks(&index)
    let isNegative = index < count && self[index] == UInt8(ascii: "-")
    if isNegative {
      index += 1
      // A blank between the sign and the digits is not a number.
      guard index < count, self[index] >= 48, self[index] <= 57 else { return nil }
    }
    guard let magnitude = decimal(&index) else { return nil }
    if isNegative {
      guard magnitude <= UInt64(Int64.max) + 1 else { return nil }
      position = index
      return Int64(truncatingIfNeeded: 0 &- magnitude)
    }
    guard magnitude <= UInt64(Int64.max) else { return nil }
    position = index
    return Int64(magnitude)
  }

  /// A hexadecimal number at the position, after blanks and perhaps `0x`; `nil`, and the position unchanged, if there is
  /// none or if it does not fit 64 bits.
  func hexadecimal(_ position: inout Int) -> UInt64? {
    var index = position
    skipBlanks(&index)
    if hasPrefix("0x", at: index) { index += 2 }
    let first = index
    var value: UInt64 = 0
    while index < count, let digit = hexadecimalDigit(self[index]) {
      guard value >> 60 == 0 else { return nil }
      value = value << 4 | digit
      index += 1
    }
    if index == first { return nil }
    position = index
    return value
  }

  private func hexadecimalDigit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a")) + 10
    default: nil
    }
  }

  /// Skips one field and the blanks before it.
  ///
  /// - Returns: whether there was one.
  func skipField(_ position: inout Int) -> Bool {
    skipBlanks(&position)
    let first = position
    while position < count, self[position] != UInt8(ascii: " "), self[position] != UInt8(ascii: "\t") { position += 1 }
    return position > first
  }

  /// Skips what stands before the file system type in a mountinfo line: options, then any number of optional fields, ended
  /// by a lone hyphen. Where there is none, the position is behind the end.
  func skipMountOptions(_ position: inout Int) {
    repeat {
      skipBlanks(&position)
      if hasPrefix("- ", at: position) { break }
    } while skipField(&position)
    position += 2
  }

  /// Whether the text at the position begins with a literal.
  package func hasPrefix(_ text: StaticString, at position: Int = 0) -> Bool {
    guard position >= 0, count - position >= text.utf8CodeUnitCount else { return false }
    for index in 0..<text.utf8CodeUnitCount {
      guard unsafe text.utf8Start[index] == self[position + index] else { return false }
    }
    return true
  }

  /// Whether the text ends with a literal.
  package func hasSuffix(_ text: StaticString) -> Bool { hasPrefix(text, at: count - text.utf8CodeUnitCount) }

  /// The bytes of a `Key:   123 kB` line if the line has that key. The kernel's kB are 1,024 bytes.
  func kilobytes(after key: StaticString) -> UInt64? {
    guard hasPrefix(key) else { return nil }
    var position = key.utf8CodeUnitCount
    guard let value = decimal(&position) else { return nil }
    skipBlanks(&position)
    guard hasPrefix("kB", at: position) else { return nil }
    let (bytes, overflow) = value.multipliedReportingOverflow(by: 1024)
    return overflow ? nil : bytes
  }

  /// The number of a `Key:   123` line if the line has that key.
  package func number(after key: StaticString) -> UInt64? {
    guard hasPrefix(key) else { return nil }
    var position = key.utf8CodeUnitCount
    return decimal(&position)
  }
}
