import ArgumentParser
import Scythe

/// Who is meant, in the words that several commands share.
struct TargetOptions: ParsableArguments {
  @Argument(help: "Processes, by number.")
  var pid: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: "Processes by their short name, as in 'ps -o comm'; * ? [..] as in a shell.")
  var name: [String] = []

  @Flag(help: "All processes that a --name matches, not only a single one.")
  var all = false

  @Option(
    parsing: .unconditionalSingleValue,
    help: "All processes of a cgroup and of the groups below it: a directory in /sys/fs/cgroup.")
  var cgroup: [String] = []

  @Option(parsing: .unconditionalSingleValue, help: "A process and everything that descends from it.")
  var tree: [String] = []

  /// Whether nobody is.
  var isEmpty: Bool { pid.isEmpty && name.isEmpty && cgroup.isEmpty && tree.isEmpty }

  /// The processes that are given by number.
  ///
  /// - Parameter verb: what shall happen to them.
  func processes(to verb: String) throws -> [PID] { try pid.map { try Arguments.process($0, to: verb) } }

  /// The roots of the trees.
  ///
  /// - Parameter verb: what shall happen to them.
  func trees(to verb: String) throws -> [PID] { try tree.map { try Arguments.process($0, to: verb) } }

  /// The processes that are given by name.
  ///
  /// - Parameter verb: what shall happen to them.
  func namedProcesses(to verb: String) throws -> [PID] {
    try name.flatMap { try ProcessNames.matches(of: $0, to: verb, all: all) }
  }
}
