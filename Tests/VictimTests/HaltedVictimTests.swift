import Foundation
import ScytheLinux
import TestSupport
import Testing

/// Victims whose main thread does not run.
private enum Halted: String, CaseIterable {
  case stopped
  case traced

  var state: String { self == .stopped ? "T" : "t" }

  var arguments: [String] { ["--anon", "4M", "--\(rawValue)"] }

  func make(_ more: String...) throws -> VictimProcess { try VictimProcess(arguments + more) }
}

@Suite struct `A halted victim` {
  @Test(arguments: Halted.allCases)
  fileprivate func `stands still as soon as it is ready`(kind: Halted) throws {
    for _ in 0..<20 {
      let victim = try kind.make()
      #expect(try statusWord("State", of: victim.pid) == kind.state)
    }
  }

  @Test(arguments: Halted.allCases)
  fileprivate func `dies of SIGKILL`(kind: Halted) throws {
    let victim = try kind.make("--threads", "8")
    #expect(try victim.diesOfKill())
  }

  @Test(arguments: Halted.allCases)
  fileprivate func `does not die of SIGTERM`(kind: Halted) throws {
    let victim = try kind.make()
    try signal(victim.pid, .terminate)
    let process = try ProcessDescriptor(victim.pid)
    #expect(try !process.waitForExit(timeoutMilliseconds: 200))
    #expect(try statusWord("State", of: victim.pid) == kind.state)
  }

  @Test(arguments: Halted.allCases)
  fileprivate func `ends with the starter`(kind: Halted) throws {
    let victim = try kind.make("--threads", "8", "--fork", "2")
    let children = victim.pids("children")
    victim.end()
    #expect(isGone(victim.pid))
    #expect(children.count == 2 && children.allSatisfy(isGone))
  }

  @Test(arguments: Halted.allCases)
  fileprivate func `ends when the starter is killed`(kind: Halted) throws {
    let victim = try kind.make("--threads", "8", "--fork", "2")
    let children = victim.pids("children")
    try signal(victim.pid("starter"), .kill)
    #expect(eventually { isGone(victim.pid) && children.allSatisfy(isGone) })
  }

  @Test(arguments: Halted.allCases)
  fileprivate func `can stay a zombie`(kind: Halted) throws {
    let victim = try kind.make("--zombie")
    try signal(victim.pid, .kill)
    #expect(try eventually { try statusWord("State", of: victim.pid) == "Z" })
    #expect(victim.ask("w") == "exited 9")
  }

  @Test(arguments: Halted.allCases, [ControlGroupHierarchy.freezer, .unified])
  fileprivate func `can be frozen on top`(kind: Halted, hierarchy: ControlGroupHierarchy) throws {
    let frozen = kind.arguments + ["--freeze", TestControlGroup.home(in: hierarchy) ?? ""]
    guard let victim = try VictimProcess.makeIfPossible("a frozen \(kind) victim", frozen) else { return }
    let group = try #require(victim.values["group"])
    let file = hierarchy == .unified ? "cgroup.events" : "freezer.state"
    let state = try String(contentsOfFile: "\(group)/\(file)", encoding: .utf8)
    #expect(state.contains(hierarchy == .unified ? "frozen 1\n" : "FROZEN\n"))
    victim.end()
    #expect(isGone(victim.pid))
    #expect(!FileManager.default.fileExists(atPath: group))
  }

  @Test func `that is stopped is so with all its threads, until SIGCONT`() throws {
    let victim = try Halted.stopped.make("--threads", "16")
    #expect(try states(of: victim) == [String](repeating: "T", count: 16))
    try signal(victim.pid, Signal(rawValue: SIGCONT))
    #expect(try eventually { try states(of: victim) == [String](repeating: "S", count: 16) })
  }

  @Test func `that is traced has the starter for its tracer, and its other threads run`() throws {
    let victim = try Halted.traced.make("--threads", "16")
    #expect(try statusWord("TracerPid", of: victim.pid) == "\(victim.pid("starter").rawValue)")
    #expect(try states(of: victim) == ["t"] + [String](repeating: "S", count: 15))
  }

  @Test func `is not made where ptrace is refused`() throws {
    let victim = BuiltProgram.url("scythe-victim").path
    let result = try BuiltProgram.run(BuiltProgram.url("WithoutCalls"), ["ptrace=1", "--", victim, "--traced"])
    #expect(result.status == 69)
    #expect(result.output == "cannot: ptrace refuses to seize the victim\n")
  }

  /// Of its threads, the main thread first.
  private func states(of victim: VictimProcess) throws -> [String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(victim.pid.rawValue)/task")
    let threads = names.compactMap { Int32($0) }.sorted()
    return try threads.map { try statusWord("State", of: PID($0)) ?? "" }
  }
}

@Suite struct `A victim frozen in cgroup v2` {
  @Test func `dies of SIGKILL while it is frozen`() throws {
    let home = TestControlGroup.home(in: .unified) ?? ""
    guard let victim = try VictimProcess.makeIfPossible("a v2 freeze", ["--freeze", home, "--threads", "8"]) else {
      return
    }
    let group = try #require(victim.values["group"])
    #expect(try String(contentsOfFile: "\(group)/cgroup.events", encoding: .utf8).contains("frozen 1\n"))
    #expect(try victim.diesOfKill())
    #expect(try String(contentsOfFile: "\(group)/cgroup.freeze", encoding: .utf8) == "1\n")
  }
}
