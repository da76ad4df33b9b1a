import TestSupport
import Testing

@testable import ScytheLinux

/// All lines that a reader hands out for a file of this content.
private func lines(of content: [UInt8]) throws -> [[UInt8]] {
  let tree = try TemporaryTree()
  try tree.write("file", content)
  let file = try tree.open("file")
  return try lines(of: file)
}

private func lines(of file: borrowing FileDescriptor) throws(Errno) -> [[UInt8]] {
  var reader = LineReader()
  var lines: [[UInt8]] = []
  while let line = try reader.next(of: file, { (line) throws(Errno) in line.indices.map { line[$0] } }) {
    lines.append(line)
  }
  // Once at the end, it stays there.
  if try reader.next(of: file, { (_) throws(Errno) in true }) != nil { lines.append(Array("after the end".utf8)) }
  return lines
}

private func line(_ letter: Character, _ count: Int) -> [UInt8] { Array(repeating: letter.asciiValue!, count: count) }

@Suite struct `A line reader` {
  @Test(
    arguments: [
      ("", []), ("\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]), ("\n\na\n\n", ["", "", "a", ""]),
      ("a\0b\n\0", ["a\0b", "\0"]), ("a\r\nb", ["a\r", "b"]),
    ] as [(String, [String])])
  func `hands out the lines without their newlines`(content: String, expected: [String]) throws {
    #expect(try lines(of: Array(content.utf8)) == expected.map { Array($0.utf8) })
  }

  @Test(arguments: [4094, 4095, 4096, 4097, 8191, 8192, 8193, 12_288, 700_000], [true, false])
  func `cuts a line at 4096 bytes and goes on behind it`(length: Int, endsWithNewline: Bool) throws {
    let end: [UInt8] = endsWithNewline ? [10] : []
    let kept = line("x", min(length, 4096))
    #expect(try lines(of: line("x", length) + end) == [kept])
    let among = Array("first\n".utf8) + line("x", length) + Array("\nlast".utf8) + end
    #expect(try lines(of: among) == [Array("first".utf8), kept, Array("last".utf8)])
  }

  @Test func `keeps apart two long lines in a row`() throws {
    let content = line("a", 5000) + [10] + line("b", 4096) + [10] + line("c", 4097) + [10, 10] + line("d", 9000)
    #expect(try lines(of: content) == [line("a", 4096), line("b", 4096), line("c", 4096), [], line("d", 4096)])
  }

  @Test func `gives the same as splitting, whatever the lengths`() throws {
    let tree = try TemporaryTree()
    var generator = SeededGenerator(seed: HostileInput.seed)
    for round in 0..<100 {
      var content: [UInt8] = []
      for _ in 0..<Int.random(in: 0...40, using: &generator) {
        let length =
          [0, 1, 80, 4095, 4096, 4097].randomElement(using: &generator)! + Int.random(in: 0...3, using: &generator)
        content += line("x", length) + [10]
      }
      if Bool.random(using: &generator) { content += line("y", Int.random(in: 1...5000, using: &generator)) }
      try tree.write("file", content)
      var expected = content.split(separator: 10, omittingEmptySubsequences: false).map { Array($0.prefix(4096)) }
      if content.isEmpty || content.last == 10 { expected.removeLast() }
      let read = try lines(of: tree.open("file"))
      #expect(read == expected, "seed \(HostileInput.seed), round \(round)")
    }
  }

  @Test func `passes on what the body throws, and can go on`() throws {
    let tree = try TemporaryTree()
    try tree.write("file", "a\nb\n")
    let file = try tree.open("file")
    var reader = LineReader()
    #expect(throws: Errno.badMessage) {
      _ = try reader.next(of: file) { (_) throws(Errno) -> Bool in throw .badMessage }
    }
    let next = try reader.next(of: file) { (line) throws(Errno) in line[0] }
    #expect(next == UInt8(ascii: "b"))
  }

  @Test func `reads from the start, wherever the descriptor stands`() throws {
    let tree = try TemporaryTree()
    try tree.write("file", "a\nb\n")
    let file = try tree.open("file")
    var buffer: [UInt8] = [0, 0, 0]
    var span = buffer.mutableSpan
    #expect(try file.read(into: &span) == 3)
    #expect(try lines(of: file) == [Array("a".utf8), Array("b".utf8)])
  }

  @Test func `says what the file says`() throws {
    let tree = try TemporaryTree()
    try tree.makeDirectory("folder")
    let folder = try tree.open("folder")
    // EISDIR, which Scythe has no words for.
    #expect(throws: Errno(rawValue: 21)) { _ = try lines(of: folder) }
  }
}

@Suite struct `The content of a file` {
  @Test(arguments: [0, 1, 4095, 4096, 4097, 10_000])
  func `is lent up to 4 KiB`(count: Int) throws {
    let tree = try TemporaryTree()
    try tree.write("file", line("x", count))
    let file = try tree.open("file")
    let lent = try withContents(of: file) { (text) throws(Errno) in text.indices.map { text[$0] } }
    #expect(lent == line("x", min(count, 4096)))
  }
}
