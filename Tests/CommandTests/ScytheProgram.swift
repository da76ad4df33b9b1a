import Foundation
import TestSupport

/// Runs `scythe` as a user would.
func scythe(_ arguments: String...) throws -> BuiltProgram.Result {
  try BuiltProgram.run(BuiltProgram.url("scythe"), arguments)
}

/// The same as the user nobody, without any capability.
func scytheAsNobody(_ arguments: String...) throws -> BuiltProgram.Result {
  try scytheAsNobody(arguments: arguments)
}

/// The same for a list of arguments.
func scytheAsNobody(arguments: [String]) throws -> BuiltProgram.Result {
  try BuiltProgram.run(
    URL(fileURLWithPath: "/usr/bin/setpriv"),
    ["--reuid=65534", "--regid=65534", "--clear-groups", BuiltProgram.url("scythe").path] + arguments)
}

/// The same as root without one capability.
func scytheWithout(_ capability: String, _ arguments: String...) throws -> BuiltProgram.Result {
  try BuiltProgram.run(
    URL(fileURLWithPath: "/usr/bin/setpriv"),
    ["--bounding-set", "-\(capability)", "--inh-caps", "-\(capability)", BuiltProgram.url("scythe").path] + arguments)
}

/// Whether `scytheWithout` can run here.
let canDropRights = geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")

/// Whether `scytheAsNobody` can run here: as root, with setpriv, and from folders that nobody may enter.
let canRunAsNobody = geteuid() == 0 && (try? scytheAsNobody("--help"))?.status == 0

extension BuiltProgram.Result {
  /// Whether it said one line of error, and nothing else.
  var isOneClearLine: Bool {
    output.isEmpty && error.hasPrefix("scythe: ") && error.hasSuffix("\n") && error.split(separator: "\n").count == 1
  }
}
