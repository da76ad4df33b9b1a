import ScytheLinux

/// What somebody prints who is given its writing end.
final class OutputPipe {
  private let reading: FileDescriptor
  private var writing: FileDescriptor?

  init() throws(Errno) {
    let ends = try PipeEnds()
    reading = ends.reading
    let end = ends.writing
    writing = consume end
  }

  /// The end to be given away, before `closeWriting`.
  var end: CInt { writing?.number ?? -1 }

  /// Only those who were given the end can still write.
  func closeWriting() { writing = nil }

  /// All that was printed since the last look.
  ///
  /// - Parameter isToEnd: whether to wait until nobody can print any more.
  func text(toEnd isToEnd: Bool = false) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while isToEnd || FileDescriptor.isReadable(reading.number) {
      var span = buffer.mutableSpan
      guard let count = try? reading.read(into: &span), count > 0 else { break }
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
