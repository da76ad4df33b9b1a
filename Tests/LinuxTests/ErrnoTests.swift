import ScytheLinux
import Testing

@Test func `a path that does not fit is refused, not cut`() {
  var path = PathBuffer("/")
  for _ in 0..<600 { path.append(byte: UInt8(ascii: "a")) }
  #expect(path.isTruncated)
  #expect(throws: Errno.nameTooLong) { try FileDescriptor(path, .read).close() }
}
