import Foundation

/// What was measured.
enum Revision {
  /// The commit of the working tree that this program is run in.
  static var current: String {
    let output = try? Subprocess.output(of: "/usr/bin/env", ["git", "describe", "--always", "--dirty"])
    return output?.trimmingCharacters(in: .newlines) ?? "unknown"
  }
}
