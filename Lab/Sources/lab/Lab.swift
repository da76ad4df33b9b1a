import ArgumentParser

@main
struct Lab: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lab",
    abstract: "Real kernels, real exhaustion, every low-memory killer, in virtual machines.",
    subcommands: [ListCommand.self, RunCommand.self])
}
