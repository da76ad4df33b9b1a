import Foundation
import Scythe

/// The input of a command that measures for another one.
enum StarterInput {
  /// Ends this program when its input does: whoever started it may be gone at any time.
  static func endWithIt() throws {
    try unsafe Threads.start(stackBytes: 64 << 10, context: nil) { _ in
      var byte: UInt8 = 0
      while unsafe read(STDIN_FILENO, &byte, 1) > 0 {}
      Machine.exit(1)
    }
  }
}
