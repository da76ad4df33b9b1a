import Foundation
public import ScytheLinux
@_exported public import ScytheVictims

extension VictimProcess {
  /// Starts a victim that was built together with the tests.
  ///
  /// - Throws: `Unavailable` with the victim's own words.
  public convenience init(_ arguments: String...) throws { try self.init(arguments) }

  /// The same for a list of arguments.
  public convenience init(_ arguments: [String]) throws {
    try self.init(program: BuiltProgram.url("scythe-victim").path, arguments)
  }
}

/// Whether a process is alive; a zombie is not.
public func isAlive(_ pid: PID) -> Bool {
  guard let stat = try? Procfs().stat(of: pid) else { return false }
  return !stat.isZombie
}
