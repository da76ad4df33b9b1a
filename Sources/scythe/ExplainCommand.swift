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
      Looks at the machine for a second with the policy of scythed, which need not run: that of the page that it would \
      read, unless another one is named. Signals nobody, changes nothing.

      Exit codes: 0; 4 no such process; 64 wrong usage; 71 the system does not tell what memory there is; 78 the \
      configuration has a fault.
      """)

  @Argument(help: "A process, to see every point of it.")
  var pid: String?

  @Flag(help: "List every process, not only those that would be first.")
  var all = false

  @Option(help: "The kind of machine: desktop, server, container or build; otherwise what the policy says.")
  var profile: String?

  @Option(help: ArgumentHelp("The page of another policy, as 'scythe config compile' writes it.", valueName: "page"))
  var policy: String?

  @Option(help: ArgumentHelp("A configuration that need not be compiled.", valueName: "file"))
  var config: String?

  @Flag(help: "Report as JSON.")
  var json = false

  func run() throws {
    let process = try pid.map { try Arguments.process($0, to: "explain") }
    if policy != nil, config != nil {
      throw Failure.usage("cannot use both --policy and --config: name one of them")
    }
    let kind = try profile.map { name in
      guard let profile = Profile(name: name) else {
        throw Failure.usage("cannot use '\(name)' for --profile: it is desktop, server, container or build")
      }
      return profile
    }
    let report: ExplainReport
    do {
      report = try ExplainReport(kind, try pages())
    } catch let error as Errno {
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

  /// The policy that is meant.
  private func pages() throws -> PolicyPages {
    if let config { return try PolicyPages.compiled(try EffectivePolicy.read(config)) }
    var pages = try PolicyPages()
    guard let path = policy.map({ PathBuffer(bytes: $0.utf8) }) ?? PolicyFile.standardPath() else { return pages }
    do throws(PolicyFileError) {
      try pages.take(from: path)
    } catch {
      if policy == nil, error.isAbsence { return pages }
      throw Failure(message: PathBuffer(refusalOf: path, error).string, exit: Exit.configuration)
    }
    return pages
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
}
