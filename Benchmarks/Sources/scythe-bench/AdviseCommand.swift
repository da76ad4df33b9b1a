import ArgumentParser
import Foundation
import Scythe

/// `scythe-bench advise`: the program whose system calls are counted.
struct AdviseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "advise", abstract: "Say of the whole memory of a process that it is cold.",
    discussion: "One call of getppid before, and one afterwards, are for count-calls.", shouldDisplay: false)

  @Option(help: "How.")
  var way: WholeCold

  @Argument(help: "Whose.")
  var pid: Int32

  func run() throws {
    _ = getppid()
    try way.advise(PID(pid))
    _ = getppid()
  }
}
