import Glibc

/// What tests write about themselves while they run, passed on as it comes: what a kernel that panics was at is known then.
struct TestEventFile {
  let path: String
  private var offset = 0
  private var unfinished: [UInt8] = []
  /// Whether anything was passed on.
  private(set) var isAnswered = false

  init(_ path: String) { self.path = path }

  /// Passes on the lines that are whole, but for the thousands about single cases of tests.
  mutating func pass(to port: Port) {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe pread(file, &buffer, buffer.count, off_t(offset))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      offset += count
      unfinished += buffer[..<count]
      passLines(to: port)
    }
  }

  /// The same after the end of the tests: of those that crash the last line lacks its end, at least the newline. The order
  /// of its keys tells which.
  mutating func passLast(to port: Port) {
    pass(to: port)
    guard unfinished.suffix(Self.endMark.count).elementsEqual(Self.endMark) else { return }
    unfinished.append(UInt8(ascii: "\n"))
    passLines(to: port)
  }

  private mutating func passLines(to port: Port) {
    guard let end = unfinished.lastIndex(of: UInt8(ascii: "\n")) else { return }
    for line in unfinished[..<end].split(separator: UInt8(ascii: "\n")) where !Self.isAboutCase(line) {
      var record = Record("testing")
      record.set("line", String(decoding: line, as: UTF8.self))
      port.write(record)
      isAnswered = true
    }
    unfinished.removeSubrange(...end)
  }

  private static let endMark = Array(#","version":0}"#.utf8)
  // In a text of JSON these quotes would be escaped.
  private static let caseMark = Array(#","kind":"testCase"#.utf8)

  private static func isAboutCase(_ line: ArraySlice<UInt8>) -> Bool {
    guard line.count >= caseMark.count else { return false }
    return (line.startIndex...line.endIndex - caseMark.count).contains { start in
      line[start] == caseMark[0] && line[start..<start + caseMark.count].elementsEqual(caseMark)
    }
  }
}
