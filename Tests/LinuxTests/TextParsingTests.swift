import Testing

@testable import ScytheLinux

/// What a number parser made of a text, and where it stopped.
private struct Parsed<Number: Equatable & Sendable>: Equatable, Sendable {
  var value: Number?
  var position: Int
}

private func decimal(_ text: String, from start: Int = 0) -> Parsed<UInt64> {
  let bytes = Array(text.utf8)
  var position = start
  let value = bytes.span.decimal(&position)
  return Parsed(value: value, position: position)
}

private func signedDecimal(_ text: String) -> Parsed<Int64> {
  let bytes = Array(text.utf8)
  var position = 0
  let value = bytes.span.signedDecimal(&position)
  return Parsed(value: value, position: position)
}

private func kilobytes(_ text: String) -> UInt64? {
  let bytes = Array(text.utf8)
  return bytes.span.kilobytes(after: "RssAnon:")
}

private func number(_ text: String, after key: StaticString) -> UInt64? {
  let bytes = Array(text.utf8)
  return bytes.span.number(after: key)
}

private func hasPrefix(_ text: String, _ prefix: StaticString, at position: Int) -> Bool {
  let bytes = Array(text.utf8)
  return bytes.span.hasPrefix(prefix, at: position)
}

@Suite struct `A number in a kernel file` {
  @Test(arguments: [
    ("0", 0, 1), ("18446744073709551615", UInt64.max, 20), (" \t 42 ", 42, 5), ("007x", 7, 3), ("5)", 5, 1),
    ("00000000000000000000000000000000000001", 1, 38),
  ])
  func `ends at the first byte that is no digit`(text: String, value: UInt64, end: Int) {
    #expect(decimal(text) == Parsed(value: value, position: end))
  }

  @Test(arguments: [
    "", " ", "\t", "-1", "+1", "x", "\0", "\n1", "18446744073709551616", "999999999999999999999999999999",
    "\u{661}", ":1", "/1",
  ])
  func `that is none, or does not fit, leaves the position alone`(text: String) {
    #expect(decimal(text) == Parsed(value: nil, position: 0))
  }

  @Test func `is looked for past the end without a trap`() {
    #expect(decimal("12", from: 2) == Parsed(value: nil, position: 2))
    #expect(decimal("12", from: 9) == Parsed(value: nil, position: 9))
  }

  @Test(arguments: [
    ("-1000\n", -1000, 5), ("1000", 1000, 4), (" -0", 0, 3), ("-9223372036854775808", Int64.min, 20),
    ("9223372036854775807", Int64.max, 19),
  ])
  func `may have a sign where the kernel writes one`(text: String, value: Int64, end: Int) {
    #expect(signedDecimal(text) == Parsed(value: value, position: end))
  }

  @Test(arguments: [
    "", "-", "--1", "- 1", "+1", "-x", "9223372036854775808", "-9223372036854775809", "-18446744073709551616",
    "99999999999999999999999999999999",
  ])
  func `that has a wrong sign, or does not fit, leaves the position alone`(text: String) {
    #expect(signedDecimal(text) == Parsed(value: nil, position: 0))
  }
}

@Suite struct `A line with a key` {
  @Test(arguments: [
    ("RssAnon:\t     524 kB", 524 << 10), ("RssAnon:0 kB", 0), ("RssAnon: 1kB", 1024),
    ("RssAnon: 18014398509481983 kB", UInt64.max - 1023), ("RssAnon: 3 kB trailing", 3072),
  ])
  func `is read in units of 1024 bytes`(line: String, bytes: UInt64) {
    #expect(kilobytes(line) == bytes)
  }

  @Test(arguments: [
    "", "RssAnon", "RssAnon:", "RssAnon: kB", "RssAnon: 524", "RssAnon: 524 k", "RssAnon: 524 MB", "RssAnon: -1 kB",
    "RssAnon: 18014398509481984 kB", "RssAnon: 18446744073709551615 kB", "RssAnon: 999999999999999999999999999999 kB",
    " RssAnon: 524 kB", "rssanon: 524 kB", "RssAnonX: 524 kB", "RssAnon: 5\04 kB", "RssAnon: 0x10 kB",
  ])
  func `that is malformed has no value`(line: String) {
    #expect(kilobytes(line) == nil)
  }

  @Test func `has a value only with the whole key`() {
    let line = "Threads:\t12"
    #expect(number(line, after: "Threads:") == 12)
    #expect(number(line, after: "Thread:") == nil)
    #expect(number(line, after: "Threads:\t123456") == nil)
  }

  @Test func `has fields that end at a blank or a tab`() {
    let line = Array("  a\tbc ".utf8)
    var position = 0
    var ends: [Int] = []
    while line.span.skipField(&position) { ends.append(position) }
    #expect(ends == [3, 6])
    #expect(position == line.count)
  }

  @Test func `has no prefix before its start or past its end`() {
    #expect(hasPrefix("abc", "c", at: 2))
    #expect(!hasPrefix("abc", "cd", at: 2))
    #expect(!hasPrefix("abc", "a", at: -1))
    #expect(!hasPrefix("abc", "a", at: 4))
    #expect(hasPrefix("abc", "", at: 3))
  }
}
