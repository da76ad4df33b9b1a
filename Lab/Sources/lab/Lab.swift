import ArgumentParser
import Foundation
import LabHost
import LabResults

/// Its exit statuses: 0 all is done, 1 a run failed, 64 wrong usage, 69 something outside is missing, 71 something here
/// failed, 130 interrupted.
@main
struct Lab: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lab",
    abstract: "Real kernels, real exhaustion, every low-memory killer, in virtual machines.",
    subcommands: [ListCommand.self, RunCommand.self, ReportCommand.self])

  static func main() async {
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let failure as LabFailure {
      Progress.complain("lab: \(failure)")
      Foundation.exit(failure.exit)
    } catch let failure as ResultStore.Failure {
      Progress.complain("lab: \(failure)")
      Foundation.exit(LabFailure.system)
    } catch let error as CocoaError {
      Progress.complain("lab: \(error.localizedDescription)")
      Foundation.exit(LabFailure.system)
    } catch {
      exit(withError: error)
    }
  }
}
