/// The command line of this program, read from the kernel for programs that have no other way to it.
public struct ProgramArguments: Sendable {
  private var text: InlineArray<4096, UInt8> = InlineArray(repeating: 0)
  private var length = 0
  /// How many there are, the program's own name included; 0 if they cannot be read.
  public private(set) var count = 0

  /// Reads `/proc/self/cmdline`; what is past its first 4 KiB is not seen.
  public init(_ procfs: Procfs = Procfs()) {
    guard let file = try? FileDescriptor(procfs.path("self/cmdline"), .read) else { return }
    var span = text.mutableSpan
    guard let read = try? file.read(into: &span) else { return }
    length = read
    for index in 0..<length where text[index] == 0 { count += 1 }
  }

  /// Whether an argument is this literal.
  public func isEqual(_ index: Int, _ literal: StaticString) -> Bool {
    with(index) { $0.count == literal.utf8CodeUnitCount && $0.hasPrefix(literal) } ?? false
  }

  /// The number that an argument is, and nothing else.
  public func decimal(_ index: Int) -> UInt64? {
    with(index) { argument -> UInt64? in
      var position = 0
      guard let number = argument.decimal(&position), position == argument.count else { return nil }
      // Blanks and tabs before a number are skipped; they make the argument something else.
      return argument[0] >= UInt8(ascii: "0") ? number : nil
    } ?? nil
  }

  /// An argument as a path.
  ///
  /// - Returns: `nil` if there is no such argument, or it is empty or too long for one.
  public func path(_ index: Int) -> PathBuffer? {
    let path = with(index) { argument in
      var path = PathBuffer()
      path.append(argument)
      return path
    }
    guard let path, path.count > 0, !path.isTruncated else { return nil }
    return path
  }

  private func with<R>(_ wanted: Int, _ body: (Span<UInt8>) -> R) -> R? {
    var start = 0
    var index = 0
    for end in 0..<length where text[end] == 0 {
      if index == wanted { return body(text.span.extracting(start..<end)) }
      index += 1
      start = end + 1
    }
    return nil
  }
}
