import ArgumentParser
import Foundation
import Scythe
import ScytheTelemetry
import ScytheVictims

/// `scythe-bench daemon-signal`: the first process of the pid namespace in which the case of that name has a daemon kill.
/// Whatever it starts ends with it.
struct DaemonSignalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "daemon-signal",
    abstract: "Print the nanoseconds from decision to signal of a daemon, a line for each kill.",
    discussion: "Ends when its input does.", shouldDisplay: false)

  @Option(help: "The daemon.")
  var daemon: String

  @Option(help: "How many kills.")
  var samples: Int

  @Option(help: "A memory group of version 1, for groups below it that stay.")
  var groups: String

  @Option(help: "A folder in memory, for the status page.")
  var runDirectory: String

  @Option(help: "A folder, for the kill log.")
  var stateDirectory: String

  @Flag(help: "Insist on the real-time class; without this flag, insist on not having it.")
  var realTime = false

  @Flag(help: "Take the right to the real-time class away from the daemon.")
  var withoutRight = false

  @Flag(help: "With two spinning processes for each CPU.")
  var busy = false

  /// How many others are larger than any hog: who dies for a group is seldom one of the largest of the machine.
  private static let large = 10
  /// How many more hogs there are than kills to be had: some are left to the kernel.
  private static let spares = 12
  /// While all was calm, a group that is filled within five seconds is not looked at in between.
  private static let restSeconds = 6.0
  /// How long after another the hogs begin: a quarter of what each takes.
  private static let spacingSeconds = 0.3
  /// How long the last ones may take.
  private static let endSeconds = 4.0

  func run() throws {
    guard PID.current == PID(1) else {
      throw ValidationError("this has a daemon kill, and runs only as the first process of a pid namespace")
    }
    try StarterInput.endWithIt()
    guard let program = VictimProcess.findProgram() else {
      throw ValidationError("no scythe-victim beside scythe-bench")
    }
    var others = [try VictimProcess(program: program, ["--fork", "\(999 - Self.large)"])]
    defer { for other in others { other.end() } }
    for _ in 0..<Self.large { others.append(try VictimProcess(program: program, ["--anon", "40M"])) }
    let daemon = try start()
    let hogs = try (0..<samples + Self.spares).map { try LimitedHog(program, number: $0, in: groups) }
    for _ in 0..<(busy ? 2 * Machine.usableProcessors : 0) {
      others.append(try VictimProcess(program: program, ["--spin"]))
    }
    Thread.sleep(forTimeInterval: Self.restSeconds)
    for hog in hogs {
      try hog.grow()
      Thread.sleep(forTimeInterval: Self.spacingSeconds)
    }
    Thread.sleep(forTimeInterval: Self.endSeconds)
    daemon.end()
    for nanoseconds in try kills(of: hogs).prefix(samples) { print(nanoseconds) }
  }

  private func start() throws -> Peer {
    let folders = ["--run-directory", runDirectory, "--state-directory", stateDirectory]
    let daemon = try Peer("/usr/bin/env", (withoutRight ? RealTimeRight.drop : []) + [self.daemon] + folders)
    try daemon.wait(forLines: 1, beginning: "scythed: watches")
    try RealTimeRight.insist(on: realTime, of: daemon.pid)
    return daemon
  }

  /// The times of the kills, in their order.
  ///
  /// - Throws: `SampleFailure` if anybody but a hog was killed.
  private func kills(of hogs: [LimitedHog]) throws -> [UInt64] {
    var records: [KillRecord] = []
    _ = try KillLog.forEachRecord(of: PathBuffer(bytes: "\(stateDirectory)\(KillLog.fileName)".utf8)) { record in
      // Of those that the kernel has killed the daemon releases the memory.
      if record.outcome == .killed { records.append(record) }
    }
    let known = Set(hogs.map(\.pid.rawValue))
    if let stranger = records.first(where: { !known.contains($0.pid.rawValue) }) {
      throw SampleFailure(description: "the daemon has killed \(stranger.name), which is no hog")
    }
    return records.sorted { $0.sequence < $1.sequence }.compactMap(\.signalNanoseconds)
  }
}
