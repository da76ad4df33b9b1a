import ArgumentParser
import BenchmarkResults
import Foundation

/// `scythe-bench list`
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "Name the cases.")

  func run() {
    let width = Catalogue.cases.map(\.name.count).max() ?? 0
    for benchmark in Catalogue.cases {
      print(benchmark.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + benchmark.title)
    }
  }
}

/// `scythe-bench render`
struct RenderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "render", abstract: "Print results as Markdown.")

  @Argument(help: "A file that 'run --json' has written.")
  var file: String

  func run() throws { print(try ResultsFile.read(file).markdown, terminator: "") }
}

/// `scythe-bench readme`
struct ReadmeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "readme", abstract: "Put the figures of results into a README, or check that they are there.")

  @Option(help: "A file that 'run --json' has written.")
  var results: String

  @Option(help: "The README.")
  var readme: String

  @Flag(help: "Change nothing; exit 1 if the README has other figures.")
  var check = false

  func run() throws {
    let results = try ResultsFile.read(self.results)
    let text = try ResultsFile.text(of: readme)
    let wanted: String
    do {
      wanted = try ReadmeBlock.replacing(in: text, with: results)
    } catch {
      throw ValidationError("cannot put figures into \(readme): \(error)")
    }
    if wanted == text { return }
    if check {
      Progress.line("\(readme) has other figures than \(self.results); run 'make bench-readme'")
      throw ExitCode(1)
    }
    try ResultsFile.write(wanted, to: readme)
  }
}
