internal import CScytheLinux

extension PathBuffer {
  /// The folder that a variable of this program's environment names.
  ///
  /// - Returns: `nil` if there is no such variable, if it is longer than 511 bytes, or if it is no absolute path.
  ///
  /// The corresponding function is `getenv(3)`.
  public init?(folderIn name: StaticString) {
    var buffer = InlineArray<512, UInt8>(repeating: 0)
    var whole = buffer.mutableSpan
    let length = unsafe whole.withUnsafeMutableBytes { raw in
      unsafe clinux_environment(name.cString, raw.baseAddress!, raw.count)
    }
    guard length > 0, buffer[0] == UInt8(ascii: "/") else { return nil }
    self.init()
    append(buffer.span.extracting(first: length))
  }
}
