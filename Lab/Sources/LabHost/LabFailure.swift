/// Why something cannot be done, in one line: what was attempted, on what, why it failed, and what helps.
package struct LabFailure: Error, CustomStringConvertible, Sendable {
  package let description: String
  /// The exit status that the command ends with.
  package let exit: Int32

  /// A name or value that makes no sense.
  package static let usage: Int32 = 64
  /// Something outside is missing: a network, a package, a program.
  package static let unavailable: Int32 = 69
  /// Something here failed: a file, a program that was run.
  package static let system: Int32 = 71

  package init(_ description: String, exit: Int32 = LabFailure.system) {
    self.description = description
    self.exit = exit
  }
}
