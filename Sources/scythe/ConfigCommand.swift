import ArgumentParser
import Scythe
import ScytheDaemon
import ScythePolicy

/// `scythe config`
struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Check, explain and compile the configuration of scythed.",
    discussion: """
      Without a FILE it is /etc/scythe/scythe.toml, for a user without root ~/.config/scythe/scythe.toml; that one need \
      not be there. FILE.d/*.toml are read after it, in the order of their names.

      Exit codes: 0; 4 no such process; 64 wrong usage; 73 the page cannot be written; 78 the configuration has a fault.
      """,
    subcommands: [ConfigCheck.self, ConfigShow.self, ConfigCompile.self, ConfigDefault.self])
}

/// The file that a command is about.
struct ConfigOptions: ParsableArguments {
  @Argument(help: "The configuration.")
  var file: String?

  /// Reads it, or ends with what is wrong.
  func read() throws -> EffectivePolicy { try EffectivePolicy.read(file) }
}

extension EffectivePolicy {
  /// Reads a configuration for a command; every fault is a line on standard error.
  ///
  /// - Parameter file: `nil` for the usual one.
  /// - Throws: `ExitCode` if there are faults.
  static func read(_ file: String?) throws -> EffectivePolicy {
    let path = try file ?? ConfigFiles.standardPath()
    let (files, unreadable) = ConfigFiles.read(path, isOptional: file == nil)
    var policy = EffectivePolicy()
    let faults = unreadable + policy.read(files)
    for fault in faults { Output.plainError(fault.text) }
    guard faults.isEmpty else { throw Exit.configuration }
    return policy
  }

  /// What was read and what is in it, in a few words.
  var summary: String {
    let rules = "\(self.rules.count) rule\(self.rules.count == 1 ? "" : "s")"
    return "profile \(settings.profile.name), \(rules)\(settings.isObserving ? ", only observes" : "")"
  }
}

/// `scythe config check`
struct ConfigCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Name every fault of the configuration: file, line, key, and what to do.")

  @OptionGroup var options: ConfigOptions

  @Option(help: ArgumentHelp("Say which rule fits a running process.", valueName: "pid"))
  var match: String?

  func run() throws {
    let process = try match.map { try Arguments.process($0, to: "match") }
    let policy = try options.read()
    guard let process else {
      let files = policy.files.isEmpty ? "no file; all is at its default" : policy.files.joined(separator: ", ")
      return Output.line("\(files): good: \(policy.summary)")
    }
    Output.line(try ConfigMatch.line(of: process, policy))
  }
}

/// `scythe config show`
struct ConfigShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Print what the configuration comes to, and where each value comes from.")

  @OptionGroup var options: ConfigOptions

  @Flag(help: "Report as JSON.")
  var json = false

  func run() throws {
    let shown = ShownPolicy(try options.read())
    if json { return Output.line(try shown.jsonLine()) }
    for line in shown.lines { Output.line(line) }
  }
}

/// `scythe config compile`
struct ConfigCompile: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compile",
    abstract: "Write the configuration as the page that scythed reads.",
    discussion: """
      Nothing is written if there is a fault. A daemon that runs takes the page over when it gets SIGHUP.
      """)

  @OptionGroup var options: ConfigOptions

  @Option(help: ArgumentHelp("The page; otherwise where scythed looks for it.", valueName: "page"))
  var output: String?

  func run() throws {
    let policy = try options.read()
    guard let path = output ?? PolicyFile.standardPath()?.string else {
      throw Failure.usage("cannot tell where scythed looks: neither XDG_STATE_HOME nor HOME is set; add --output PAGE")
    }
    let page = policy.page()
    try PageFile.write(page, to: path)
    Output.line("\(path): \(page.count) bytes: \(policy.summary)")
  }
}

/// `scythe config default`
struct ConfigDefault: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "default", abstract: "Print a configuration with every key at its default, to begin with.")

  @Flag(help: "As a table in Markdown.")
  var table = false

  func run() {
    for line in table ? ConfigTemplate.table : ConfigTemplate.file { Output.line(line) }
  }
}
