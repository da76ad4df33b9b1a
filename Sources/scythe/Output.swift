import Glibc
import Scythe

/// Where the command's words go.
enum Output {
  /// One line on standard output.
  static func line(_ text: String) {
    print(text)
    // Somebody may be reading through a pipe while the work goes on.
    fflush(nil)
  }

  /// A text on standard output, as it is.
  static func text(_ text: String) {
    print(text, terminator: "")
    fflush(nil)
  }

  /// One line on standard error.
  static func error(_ text: String) { plainError("scythe: \(text)") }

  /// The same without the command's name in front, for what begins with the name of a file.
  static func plainError(_ text: String) {
    let line = Array("\(text)\n".utf8)
    StandardStream.error.write(line.span)
  }
}
