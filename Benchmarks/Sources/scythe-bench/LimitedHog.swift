import Foundation
import Scythe
import ScytheVictims

/// A process that fills a memory group of its own once it may: until then it is stopped.
final class LimitedHog {
  private let victim: VictimProcess
  private let process: ProcessDescriptor

  /// Less than half of the limit, from where on a group is watched,
  private static let restingMemory = "14M"
  private static let limit = "32M"
  /// which is full two seconds later at this speed: a daemon that is awake needs half a second to measure it.
  private static let memoryPerSecond = "8M"

  /// Makes one.
  ///
  /// - Parameters:
  ///   - program: the path of `scythe-victim`.
  ///   - number: tells it from others: many young processes of one name are a fork bomb.
  ///   - groups: the group that its own is made in.
  init(_ program: String, number: Int, in groups: String) throws {
    victim = try VictimProcess(
      program: program,
      [
        "--group", groups, "--anon", LimitedHog.restingMemory, "--grow", LimitedHog.memoryPerSecond, "--grow-to", "1G",
        "--comm", "hog-\(number)",
      ])
    process = try ProcessDescriptor(victim.pid)
    try process.send(.stop)
    let limit = "\(victim.values["group"] ?? "")/memory.limit_in_bytes"
    try FileDescriptor(PathBuffer(bytes: limit.utf8), .write).write(PathBuffer(bytes: LimitedHog.limit.utf8))
  }

  var pid: PID { victim.pid }

  /// Lets it fill its group.
  func grow() throws { try process.send(Signal(rawValue: SIGCONT)) }
}
