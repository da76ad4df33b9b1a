import ArgumentParser

/// Measures what the design promises, and what it costs.
@main struct ScytheBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scythe-bench",
    abstract: "Measures Scythe on real victims of its own, each variant beside its baseline in the same run.",
    subcommands: [
      RunCommand.self, ListCommand.self, RenderCommand.self, ReadmeCommand.self, DeliveryCommand.self,
      DaemonSignalCommand.self, AdviseCommand.self,
    ])
}
