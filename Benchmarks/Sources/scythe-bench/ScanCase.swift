import BenchmarkResults
import Foundation
import Scythe
import ScytheDaemon
import ScythePolicy
import ScytheVictims

/// What a killer spends while memory is short, to know whom it would kill.
enum ScanCase {
  static let scan = BenchmarkCase(
    name: "scan", title: "CPU time of one look at 10,000 processes",
    note:
      "CPU time of the thread that looks, its own and the kernel's. earlyoom is one of Debian, with `--dryrun` and limits"
      + " that are met at once: the mean of \(scansPerSample) scans of its own. Scythe takes a quick look as its daemon does"
      + " 20 times a second while memory is short: it reads the largest, those that grow, are young or new, and some of the"
      + " others, and decides who would die. Once a second it asks the kernel for the list of all processes.",
    baseline: earlyoom, rounds: 11, bytes: 4 << 30
  ) { settings in
    let program = try Peer.earlyoom(settings)
    // One of them is large enough to be chosen.
    let crowd =
      try (0..<crowds).map {
        try settings.victim(["--fork", "\(processes / crowds - ($0 == 0 ? 2 : 1))"])
      } + [try settings.victim(["--anon", "100M"])]
    // Until they are no longer young.
    Thread.sleep(forTimeInterval: 11)
    let watcher = try Watcher(crowd)
    return [
      Variant(series: [earlyoom]) {
        [Measurement(series: earlyoom, nanoseconds: try nanosecondsPerScan(program))]
      },
      Variant(series: ["Scythe"]) {
        // The list is of just now.
        _ = try watcher.look()
        return [Measurement(series: "Scythe", nanoseconds: try watcher.look())]
      },
      Variant(series: ["Scythe, with the list"]) {
        // Older than a second.
        Thread.sleep(forTimeInterval: 1.2)
        return [Measurement(series: "Scythe, with the list", nanoseconds: try watcher.look())]
      },
    ]
  }

  private static let earlyoom = "earlyoom"
  private static let processes = 10_000
  /// A victim has a thousand children at the most.
  private static let crowds = 10
  private static let scansPerSample = 5

  /// Has earlyoom look for a victim again and again.
  private static func nanosecondsPerScan(_ program: String) throws -> Int64 {
    let peer = try Peer(
      program, ["--dryrun", "-m", "99,98", "-s", "100,100", "-r", "3600"])
    defer { peer.end() }
    // The first one finds its own memory cold.
    try peer.wait(forLines: 2, beginning: "sending SIG")
    let before = try peer.cpuNanoseconds
    try peer.wait(forLines: scansPerSample, beginning: "sending SIG")
    return (try peer.cpuNanoseconds - before) / Int64(scansPerSample)
  }
}

/// The table of a daemon, and those who are in it.
private final class Watcher {
  private let crowd: [VictimProcess]
  private let sessions = LoginSessions()
  private var table: CandidateTable
  private var policy = Policy(PolicySettings())
  private var sample = SystemSample()

  init(_ crowd: [VictimProcess]) throws {
    self.crowd = crowd
    table = try CandidateTable()
    // Short enough for whoever would die to be looked for, and not so short that somebody has to.
    sample.memory.totalBytes = 16 << 30
    sample.kinds.anonymousBytes = 15 << 30
    sample.memory.freeBytes = 1 << 30
    sample.monotonicNanoseconds = UInt64(MonotonicClock.nowNanoseconds)
    sample.bootNanoseconds = UInt64(MonotonicClock.nanosecondsSinceBoot)
    // Twice: whoever is new since the look before is looked at once more.
    for _ in 0..<3 { try table.lookAgain(Procfs(), sessions: sessions) }
  }

  /// - Returns: the nanoseconds of CPU of a quick look, and of the decision who would die.
  func look() throws -> Int64 {
    let begun = ThreadClock.nowNanoseconds
    try table.lookAgain(Procfs(), sessions: sessions)
    let elapsed = UInt64(MonotonicClock.nowNanoseconds) - sample.monotonicNanoseconds
    sample.monotonicNanoseconds += elapsed
    sample.bootNanoseconds += elapsed
    let decision = table.withRows { policy.decide(sample, $0, [GroupSample]().span) }
    let nanoseconds = ThreadClock.nowNanoseconds - begun
    guard decision.victim != nil else { throw SampleFailure(description: "nobody was found who would die") }
    return nanoseconds
  }
}
