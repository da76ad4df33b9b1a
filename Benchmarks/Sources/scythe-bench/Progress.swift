import Foundation

/// What is said while measuring.
enum Progress {
  private static let isTerminal = isatty(STDERR_FILENO) == 1

  static func line(_ text: String) {
    FileHandle.standardError.write(Data("\(isTerminal ? "\r\u{1b}[K" : "")\(text)\n".utf8))
  }

  /// A line that the next one replaces; only for somebody who looks on.
  static func passing(_ text: String) {
    if isTerminal { FileHandle.standardError.write(Data("\r\u{1b}[K\(text)".utf8)) }
  }
}
