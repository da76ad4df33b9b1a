import ScytheLinux
import TestSupport
import Testing

@Suite struct `A path buffer` {
  @Test func `holds 511 bytes, and one more marks it as cut`() {
    var path = PathBuffer()
    for _ in 0..<511 { path.append(byte: UInt8(ascii: "a")) }
    #expect(path.count == 511)
    #expect(!path.isTruncated)
    path.append(byte: UInt8(ascii: "a"))
    #expect(path.count == 511)
    #expect(path.isTruncated)
  }

  @Test func `that is cut is refused by whoever would open it`() {
    var path = PathBuffer("/")
    for _ in 0..<600 { path.append(byte: UInt8(ascii: "a")) }
    #expect(throws: Errno.nameTooLong) { try FileDescriptor(path, .read).close() }
    #expect(throws: Errno.nameTooLong) { _ = try ControlGroup(path: path) }
  }

  @Test func `that takes over a cut one is cut itself`() {
    var long = PathBuffer()
    for _ in 0..<512 { long.append(byte: UInt8(ascii: "a")) }
    var path = PathBuffer()
    path.append(long)
    #expect(path.count == 511)
    #expect(path.isTruncated)
  }

  @Test func `refuses a zero byte, which C would take for the end`() {
    var path = PathBuffer("/proc/1")
    path.append(byte: 0)
    path.append("/stat")
    #expect(path.isTruncated)
    #expect(throws: Errno.nameTooLong) { try FileDescriptor(path, .read).close() }
  }

  @Test func `that is empty names nothing`() {
    #expect(throws: Errno.noSuchFileOrDirectory) { try FileDescriptor(PathBuffer(), .read).close() }
  }

  @Test(arguments: [
    (Int64.min, "-9223372036854775808"), (Int64.max, "9223372036854775807"), (-1, "-1"), (0, "0"), (10, "10"),
  ])
  func `writes a signed number in decimal`(number: Int64, text: String) {
    var path = PathBuffer()
    path.append(decimal: number)
    #expect(String(path) == text)
  }

  @Test func `writes the largest number of 64 bits`() {
    var path = PathBuffer("/")
    path.append(decimal: UInt64.max)
    path.append("/stat")
    #expect(String(path) == "/18446744073709551615/stat")
    #expect(!path.isTruncated)
  }

  @Test(arguments: [
    ("/sys/fs/cgroup/a.slice", true), ("/sys/fs/cgroup/a.slice/", true), ("a.slice///", true), ("a.slice", true),
    ("/a.slice/b", false), ("slice", false), ("", false), ("/", false),
  ])
  func `knows its suffix, slashes at the end aside`(text: String, isSuffix: Bool) {
    #expect(PathBuffer(bytes: text.utf8).hasSuffix("a.slice") == isSuffix)
  }

  @Test func `of one slash ends with that slash`() {
    #expect(PathBuffer("/").hasSuffix("/"))
    #expect(PathBuffer("").hasSuffix(""))
  }
}
