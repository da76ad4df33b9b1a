import Foundation
import Scythe
import ScytheVictims

/// What it takes to start a program that kills: the commands as they are installed, beside kill(1).
enum StartCases {
  static let all = [
    make(
      "start-warm", "warm", rounds: 21, note: "All files are in the page cache.", isQuick: true, before: {}),
    make(
      "start-cold", "with dropped caches", rounds: 10,
      note:
        "`/proc/sys/vm/drop_caches` before each sample. What others have mapped stays: libc, which only kill needs, is"
        + " warm.", isQuick: false, before: dropCaches),
  ]

  private static func make(
    _ name: String, _ title: String, rounds: Int, note: String, isQuick: Bool,
    before: @escaping @Sendable () throws -> Void
  ) -> BenchmarkCase {
    BenchmarkCase(
      name: name, title: "From exec until a tiny victim is dead, \(title)",
      note: "From just before `posix_spawn` until the victim's pidfd is readable. \(note)", baseline: "kill",
      rounds: rounds, isQuick: isQuick
    ) { settings in
      guard let kill = ["/usr/bin/kill", "/bin/kill"].first(where: FileManager.default.isExecutableFile) else {
        throw CaseUnavailable(reason: "there is no kill(1)")
      }
      let programs: [(series: String, path: String, arguments: [String])] = [
        ("kill", kill, ["-9"]),
        ("scythed --kill", "\(settings.installedFolder)/sbin/scythed", ["--kill"]),
        ("scythe kill", "\(settings.installedFolder)/bin/scythe", ["kill", "--quiet"]),
      ]
      for program in programs where !FileManager.default.isExecutableFile(atPath: program.path) {
        throw CaseUnavailable(reason: "\(program.path) is missing; 'make bench' installs it there")
      }
      try before()
      let victims = TinyVictims(settings)
      return programs.map { program in
        Variant(series: [program.series]) {
          let victim = try victims.next()
          try before()
          let nanoseconds = try Subprocess.nanosecondsUntilDeath(
            of: victim, by: program.path, program.arguments + ["\(victim.rawValue)"])
          return [Measurement(series: program.series, nanoseconds: nanoseconds)]
        }
      }
    }
  }

  @Sendable private static func dropCaches() throws {
    sync()
    do {
      try FileDescriptor(PathBuffer("/proc/sys/vm/drop_caches"), .write).write("3")
    } catch {
      throw CaseUnavailable(reason: "only root may drop caches")
    }
  }
}

/// Idle processes without memory of their own, made by the hundred.
private final class TinyVictims {
  private let settings: Settings
  private var crowd: VictimProcess?
  private var waiting: [PID] = []

  init(_ settings: Settings) { self.settings = settings }

  func next() throws -> PID {
    if waiting.isEmpty {
      crowd?.end()
      let crowd = try settings.victim(["--fork", "100"])
      waiting = (crowd.values["children"] ?? "").split(separator: ",").compactMap { Int32($0) }.map { PID($0) }
      self.crowd = crowd
    }
    guard let victim = waiting.popLast() else { throw SampleFailure(description: "no victim was made") }
    return victim
  }
}
