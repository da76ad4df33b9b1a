import ScytheVictims

/// What all cases have to know.
struct Settings {
  let victimProgram: String
  let installedFolder: String
  let peersFolder: String
  let isQuick: Bool
  /// The rounds that were asked for, if any were.
  let rounds: Int?

  /// Starts a victim.
  func victim(_ arguments: [String]) throws -> VictimProcess { try VictimProcess(program: victimProgram, arguments) }
}
