/// The environment that this program was started with, read from the kernel for programs that have no other way to it.
public struct ProgramEnvironment: Sendable {
  private let path: PathBuffer

  /// The one in `/proc/self/environ`.
  public init(_ procfs: Procfs = Procfs()) { path = procfs.path("self/environ") }

  /// The value of a variable that is a decimal number.
  ///
  /// - Returns: `nil` if it is not set, is anything else, or does not fit 64 bits.
  public func number(of name: StaticString) -> UInt64? {
    guard let value = value(of: name) else { return nil }
    return value.withBytes { bytes in
      var position = 0
      let number = bytes.decimal(&position)
      return position == bytes.count ? number : nil
    }
  }

  /// The value of a variable.
  ///
  /// - Returns: `nil` if it is not set, is empty, or does not fit a path; also if the environment cannot be read.
  public func value(of name: StaticString) -> PathBuffer? {
    guard let file = try? FileDescriptor(path, .read) else { return nil }
    var buffer = InlineArray<1024, UInt8>(repeating: 0)
    var matched = 0
    var isOther = false
    var value = PathBuffer()
    let length = name.utf8CodeUnitCount
    while true {
      var whole = buffer.mutableSpan
      guard let count = try? file.read(into: &whole), count > 0 else { return nil }
      for index in 0..<count {
        let byte = buffer[index]
        if byte == 0 {
          // A variable ends: this one, or another.
          if !isOther, matched > length { return value.count > 0 && !value.isTruncated ? value : nil }
          matched = 0
          isOther = false
        } else if isOther {
          continue
        } else if matched < length {
          isOther = unsafe name.utf8Start[matched] != byte
          matched += 1
        } else if matched == length {
          isOther = byte != UInt8(ascii: "=")
          matched += 1
        } else {
          value.append(byte: byte)
        }
      }
    }
  }
}
