import ArgumentParser
import Scythe
import ScytheDaemon
import ScythePolicy

/// `scythe explain`
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say who would die if memory ran out now, in which order, why, and why nobody does yet.",
    discussion: """
      Looks at the machine for a second with the policy of scythed, which need not run. Signals nobody, changes nothing.

      Exit codes: 0; 4 no such process; 64 wrong usage; 71 the system does not tell what memory there is.
      """)

  @Argument(help: "A process, to see every point of it.")
  var pid: String?

  @Flag(help: "List every process, not only those that would be first.")
  var all = false

  @Option(help: "The kind of machine: desktop, server, container or build.")
  var profile = "desktop"

  @Flag(help: "Report as JSON.")
  var json = false

  func run() throws {
    let process = try pid.map { try Arguments.process($0, to: "explain") }
    guard let profile = Profile(name: profile) else {
      throw Failure.usage(
        "cannot use '\(self.profile)' for --profile: it is desktop, server, container or build")
    }
    let report: ExplainReport
    do throws(Errno) {
      report = try ExplainReport(profile)
    } catch {
      throw Failure(
        message: "cannot look at the memory: \(error.description); is /proc mounted?", exit: Exit.system)
    }
    if let process {
      let ranked = try report.process(process)
      try print(json: ranked, text: { ExplainText.lines(ranked, report) })
    } else {
      let shown = all ? report : report.first(10)
      try print(json: shown, text: { ExplainText.lines(shown) })
    }
  }

  private func print(json report: some Encodable, text: () -> [String]) throws {
    if json {
      Output.line(try report.jsonLine())
    } else {
      for line in text() { Output.line(line) }
    }
  }
}

extension Profile {
  /// A profile by its name; `nil` if there is none.
  init?(name: String) {
    switch name {
    case "desktop": self = .desktop
    case "server": self = .server
    case "container": self = .container
    case "build": self = .build
    default: return nil
    }
  }

  var name: String {
    switch self {
    case .desktop: "desktop"
    case .server: "server"
    case .container: "container"
    case .build: "build"
    }
  }
}
