import ArgumentParser
import Scythe
import ScytheVictims

/// `scythe-bench deliver`: the child of the case `decision`, which has the rights that are measured.
struct DeliveryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deliver", abstract: "Print the nanoseconds from decision to signal, a line for each sample.",
    discussion: "Ends when its input does.", shouldDisplay: false)

  @Option(help: "How many.")
  var samples: Int

  @Flag(help: "Insist on the real-time class; without this flag, insist on not having it.")
  var realTime = false

  func run() throws {
    try StarterInput.endWithIt()
    guard let program = VictimProcess.findProgram() else {
      throw ValidationError("no scythe-victim beside scythe-bench")
    }
    let crowd = try VictimProcess(program: program, ["--fork", "\(samples)"])
    defer { crowd.end() }
    Scheduling.favourCurrentThread()
    try RealTimeRight.insist(on: realTime, of: PID(0))
    var reaper = try Reaper(kernel: LiveKernel())
    for word in (crowd.values["children"] ?? "").split(separator: ",") {
      try reaper.select(PID(Int32(word) ?? 0))
      try reaper.plan(killsSharers: false)
      _ = try reaper.kill()
      guard let delivered = reaper.report(at: 0).deliveredNanoseconds else {
        throw ValidationError("the signal to \(word) was not sent")
      }
      print(delivered)
      reaper.removeAll()
    }
  }
}
