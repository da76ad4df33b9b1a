/// Reads a text file line by line through one fixed buffer.
///
/// A line longer than the buffer is handed out cut to the buffer's length, and its rest is skipped: `Groups:` in
/// `/proc/PID/status` can have 65,536 numbers and stands before the memory lines.
public struct LineReader: ~Copyable {
  // The longest line that is wanted whole is a mountinfo line: two paths and the options.
  private var buffer: InlineArray<4096, UInt8> = InlineArray(repeating: 0)
  private var start = 0
  private var end = 0
  private var offset: Int64 = 0
  private var isSkipping = false
  private var isAtEnd = false
  /// How many times the file was read.
  public private(set) var reads = 0

  /// Makes a reader that begins at offset 0 of the file that it will be given.
  public init() {}

  /// Hands the next line, without its newline, to `body`.
  ///
  /// - Returns: what `body` returned, or `nil` at the end of the file.
  /// - Throws: what `pread(2)` says.
  public mutating func next<R>(
    of file: borrowing FileDescriptor, _ body: (Span<UInt8>) throws(Errno) -> R
  ) throws(Errno) -> R? {
    while true {
      var newline = start
      while newline < end, buffer[newline] != UInt8(ascii: "\n") { newline += 1 }
      if newline < end {
        let line = start..<newline
        start = newline + 1
        if isSkipping {
          isSkipping = false
          continue
        }
        return try body(buffer.span.extracting(line))
      }
      if start == 0, end == 4096 {
        end = 0
        if isSkipping { continue }
        isSkipping = true
        return try body(buffer.span)
      }
      if isAtEnd {
        guard start < end, !isSkipping else { return nil }
        let line = start..<end
        start = end
        return try body(buffer.span.extracting(line))
      }
      try refill(from: file)
    }
  }

  private mutating func refill(from file: borrowing FileDescriptor) throws(Errno) {
    if start > 0 {
      for index in start..<end { buffer[index - start] = buffer[index] }
      end -= start
      start = 0
    }
    var whole = buffer.mutableSpan
    let count = try file.read(into: &whole, from: end, at: offset)
    reads += 1
    end += count
    offset += Int64(count)
    isAtEnd = count == 0
  }
}

extension FileDescriptor {
  /// Goes through the lines of a text file from its start, as ``LineReader`` hands them out.
  ///
  /// - Parameter body: returns `false` to end the walk.
  /// - Throws: what `pread(2)` says.
  public func forEachLine(_ body: (Span<UInt8>) throws(Errno) -> Bool) throws(Errno) {
    var reader = LineReader()
    while let goOn = try reader.next(of: self, body) {
      if !goOn { return }
    }
  }
}

/// Reads a whole file, up to 4 KiB, in one call and hands it to `body`.
func withContents<R>(
  of file: borrowing FileDescriptor, _ body: (Span<UInt8>) throws(Errno) -> R
) throws(Errno) -> R {
  var buffer = InlineArray<4096, UInt8>(repeating: 0)
  var whole = buffer.mutableSpan
  let count = try file.read(into: &whole, at: 0)
  return try body(buffer.span.extracting(first: count))
}
