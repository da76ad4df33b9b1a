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
    var rest = Substring("\(text)\n")
    // The buffer of the core holds 511 bytes; a line may be longer.
    while !rest.isEmpty {
      let part = rest.prefix(100)
      StandardStream.error.write(PathBuffer(bytes: part.utf8))
      rest = rest.dropFirst(part.count)
    }
  }
}
