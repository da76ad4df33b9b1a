import ArgumentParser
import CScytheABI

/// The command's door: arguments in, one clear line and a documented exit code out.
@main struct ScytheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scythe",
    abstract: "Kills a process and has its memory back now, measured.",
    version: version,
    subcommands: [
      KillCommand.self, AdviseCommand.self, ExplainCommand.self, ConfigCommand.self, TopCommand.self,
      WarnCommand.self, HistoryCommand.self, DemoCommand.self, DoctorCommand.self,
    ])

  /// The library's, whose header has it.
  private static var version: String {
    "\(SCYTHE_VERSION >> 16).\(SCYTHE_VERSION >> 8 & 255).\(SCYTHE_VERSION & 255)"
  }

  static func main() {
    do {
      try refuseGroupNumbers()
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      Output.error(failure.message)
      exit(withError: failure.exit)
    } catch let code as ExitCode {
      exit(withError: code)
    } catch {
      // Help and version are no errors, and are printed as the parser likes.
      guard exitCode(for: error) != .success else { exit(withError: error) }
      let text = message(for: error)
      Output.error("\(text.hasSuffix(".") ? String(text.dropLast()) : text); see 'scythe --help'")
      exit(withError: Exit.usage)
    }
  }

  /// `kill -1` means everybody to kill(1), and an unknown option to an argument parser. Neither is meant here.
  private static func refuseGroupNumbers() throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.first == "kill" else { return }
    for (previous, argument) in zip(arguments, arguments.dropFirst())
    where !previous.hasPrefix("--") && argument.hasPrefix("-") && Int(argument.dropFirst()) != nil {
      throw Failure.usage(
        "cannot kill '\(argument)': a negative number is a process group, not a process; use --tree or --cgroup")
    }
  }
}
