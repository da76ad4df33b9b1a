internal import CScytheLinux

/// Which kernel runs, and on what.
public struct KernelIdentity: Sendable {
  /// As in `uname -r`: `6.1.0-56-cloud-amd64`.
  public let release: PathBuffer
  /// As in `uname -m`: `x86_64`.
  public let architecture: PathBuffer

  /// Asks the kernel. The corresponding system call is `uname(2)`.
  ///
  /// - Throws: what `uname(2)` says.
  public init() throws(Errno) {
    // 65 bytes hold each of the kernel's names with its zero.
    var release = InlineArray<65, UInt8>(repeating: 0)
    var architecture = InlineArray<65, UInt8>(repeating: 0)
    var into = release.mutableSpan
    var also = architecture.mutableSpan
    try unsafe into.withUnsafeMutableBytes { (first) throws(Errno) in
      try unsafe also.withUnsafeMutableBytes { (second) throws(Errno) in
        _ = try valueOrErrno(
          unsafe clinux_uname(
            first.baseAddress!.assumingMemoryBound(to: CChar.self),
            second.baseAddress!.assumingMemoryBound(to: CChar.self), first.count))
      }
    }
    self.release = KernelIdentity.text(release)
    self.architecture = KernelIdentity.text(architecture)
  }

  private static func text(_ bytes: InlineArray<65, UInt8>) -> PathBuffer {
    var text = PathBuffer()
    for index in bytes.indices where bytes[index] != 0 { text.append(byte: bytes[index]) }
    return text
  }

  /// The version that the release begins with; `nil` if it begins with none.
  public var version: KernelVersion? { release.withBytes { KernelVersion(parsing: $0) } }
}

/// The first two numbers of a kernel's release; the third never brings a new call.
@frozen public struct KernelVersion: Equatable, Comparable, Sendable, BitwiseCopyable {
  /// The first number.
  public let major: UInt64
  /// The second number.
  public let minor: UInt64

  /// Makes a version of two numbers.
  public init(_ major: UInt64, _ minor: UInt64) {
    self.major = major
    self.minor = minor
  }

  /// Parses a release such as `6.18.44` or `5.10.0-34-amd64`.
  ///
  /// - Returns: `nil` if it does not begin with two numbers and a dot between them.
  public init?(parsing text: Span<UInt8>) {
    var position = 0
    guard text.count > 0, text[0] != UInt8(ascii: " "), text[0] != UInt8(ascii: "\t"),
      let major = text.decimal(&position), text.hasPrefix(".", at: position)
    else { return nil }
    position += 1
    guard position < text.count, text[position] != UInt8(ascii: " "), text[position] != UInt8(ascii: "\t"),
      let minor = text.decimal(&position)
    else { return nil }
    self.init(major, minor)
  }

  /// Whether one is older than the other.
  public static func < (left: KernelVersion, right: KernelVersion) -> Bool {
    left.major != right.major ? left.major < right.major : left.minor < right.minor
  }
}
