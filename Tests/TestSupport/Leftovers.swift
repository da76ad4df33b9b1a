import Foundation
import ScytheLinux

/// Finds what a program that has ended left on the machine.
public struct Leftovers: Sendable {
  /// In the environment of every process that the program starts.
  public let mark = "SCYTHE_TEST_MARK=\(UUID().uuidString)"

  private let groupsBefore = Set(Leftovers.groups)

  /// Makes a mark of its own, and forgives what somebody else left before.
  public init() {}

  /// The processes with the mark that are alive.
  private var processes: [PID] {
    var found: [PID] = []
    try? Procfs().forEachProcess { (pid) throws(Errno) in
      guard let environment = FileManager.default.contents(atPath: "/proc/\(pid.rawValue)/environ") else { return true }
      if environment.range(of: Data(mark.utf8)) != nil { found.append(pid) }
      return true
    }
    return found
  }

  /// Groups of victims whose starter is dead.
  private static var groups: [String] {
    [ControlGroupHierarchy.unified, .freezer, .cpu, .memory].flatMap { hierarchy in
      guard let home = TestControlGroup.home(in: hierarchy) else { return [String]() }
      let names = (try? FileManager.default.contentsOfDirectory(atPath: home)) ?? []
      return names.filter { name in
        guard name.hasPrefix("scythe-victim."), let pid = Int32(name.dropFirst(14)) else { return false }
        return (try? Procfs().stat(of: PID(pid))) == nil
      }.map { "\(home)/\($0)" }
    }
  }

  /// The loop devices of frozen file systems.
  private static var loopDevices: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/sys/block")) ?? []).filter { device in
      let file = FileManager.default.contents(atPath: "/sys/block/\(device)/loop/backing_file")
      return file.map { String(decoding: $0, as: UTF8.self).contains("memfd:scythe-victim") } ?? false
    }
  }

  /// Waits until nothing is left, 20 s at most: victims of other tests have loop devices too.
  ///
  /// - Returns: what is.
  public func afterAWhile() -> [String] {
    var left: [String] = []
    for _ in 0..<400 {
      let groups = Leftovers.groups.filter { !groupsBefore.contains($0) }
      left = processes.map { "process \($0.rawValue)" } + groups + Leftovers.loopDevices
      if left.isEmpty { break }
      usleep(50_000)
    }
    return left
  }
}
