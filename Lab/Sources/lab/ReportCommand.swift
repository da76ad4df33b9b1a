import ArgumentParser
import Foundation
import LabHost
import LabResults

/// `lab report`
struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Say what the results say: as JSON, as Markdown, and as a page with charts.")

  @Option(help: "The folder for report.json, report.md and report.html.")
  var output = ".build/lab-report"

  @Option(help: "A README that gets the table of what each kernel can do.")
  var readme: String?

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let contents = common.store.read()
    for problem in contents.problems { Progress.complain("lab: \(problem)") }
    guard !contents.results.isEmpty else {
      throw LabFailure("cannot report: no results in \(common.results); `lab run` makes some", exit: LabFailure.usage)
    }
    let comparison = Comparison(contents.results, problems: contents.problems)
    let script: String?
    do {
      script = try await ChartScript.text(in: Cache(common.cache))
    } catch {
      Progress.complain("lab: the page has no charts: \(error)")
      script = nil
    }
    let folder = URL(filePath: output, directoryHint: .isDirectory)
    let page = HTMLReport(comparison, chartScript: script).page
    try write(try JSONReport(comparison).data, to: folder.appending(path: "report.json"))
    try write(Data(MarkdownReport(comparison).text.utf8), to: folder.appending(path: "report.md"))
    try write(Data(page.utf8), to: folder.appending(path: "report.html"))
    if let readme {
      let place = URL(filePath: readme)
      do {
        let text = try String(contentsOf: place, encoding: .utf8)
        try write(Data(KernelReadmeBlock.replacing(in: text, with: comparison).utf8), to: place)
      } catch let failure as LabFailure {
        throw failure
      } catch {
        throw LabFailure("cannot put the table into \(readme): \(error)")
      }
    }
    Progress.say("lab: \(folder.path)/report.html, report.md, report.json: \(contents.results.count) results")
  }

  private func write(_ data: Data, to place: URL) throws(LabFailure) {
    do {
      try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
      try data.write(to: place, options: .atomic)
    } catch {
      throw LabFailure("cannot write \(place.path): \(error.localizedDescription); choose another --output")
    }
  }
}
