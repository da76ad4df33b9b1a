import Foundation
import ScytheLinux
import TestSupport
import Testing

/// Victims that change more than themselves, with the options that make them and what the machine needs for that.
private enum Changing: String, CaseIterable {
  case frozen
  case frozenUnified
  case throttled
  case grouped
  case frozenWrite

  var arguments: [String] {
    switch self {
    case .frozen: ["--freeze", TestControlGroup.home(in: .freezer) ?? ""]
    case .frozenUnified: ["--freeze", TestControlGroup.home(in: .unified) ?? ""]
    case .throttled: ["--spin", "--throttle", TestControlGroup.home(in: .cpu) ?? ""]
    case .grouped: ["--fork", "2", "--group", TestControlGroup.home(in: .unified) ?? ""]
    case .frozenWrite: ["--frozen-write"]
    }
  }

  /// Makes the victim; `nil`, and a line that says why, if this machine cannot.
  func make() throws -> VictimProcess? {
    try .makeIfPossible("a \(rawValue) victim", ["--anon", "4M"] + arguments)
  }
}

@Suite struct `What a victim changes` {
  @Test(arguments: Changing.allCases)
  fileprivate func `is undone when the starter ends`(kind: Changing) throws {
    guard let victim = try kind.make() else { return }
    let group = victim.values["group"]
    victim.end()
    #expect(isGone(victim.pid))
    if let group { #expect(!FileManager.default.fileExists(atPath: group)) }
  }

  @Test(arguments: Changing.allCases)
  fileprivate func `is undone when the starter is killed`(kind: Changing) throws {
    guard let victim = try kind.make() else { return }
    let group = victim.values["group"]
    try signal(victim.pid("starter"), .kill)
    #expect(eventually { isGone(victim.pid) })
    if let group { #expect(eventually { !FileManager.default.fileExists(atPath: group) }) }
  }

  @Test(arguments: Changing.allCases)
  fileprivate func `is undone when the victim was killed before`(kind: Changing) throws {
    guard let victim = try kind.make() else { return }
    let group = victim.values["group"]
    try signal(victim.pid, .kill)
    victim.end()
    #expect(isGone(victim.pid))
    if let group { #expect(!FileManager.default.fileExists(atPath: group)) }
  }

  @Test(arguments: Changing.allCases)
  fileprivate func `is undone when the janitor was killed first`(kind: Changing) throws {
    guard let victim = try kind.make() else { return }
    let group = victim.values["group"]
    let janitor = try #require(try janitor(of: victim))
    try signal(janitor, .kill)
    #expect(eventually { isGone(janitor) })
    victim.end()
    #expect(isGone(victim.pid))
    if let group { #expect(!FileManager.default.fileExists(atPath: group)) }
  }

  /// The child of the starter that is in a session of its own.
  private func janitor(of victim: VictimProcess) throws -> PID? {
    var found: PID?
    try Procfs().forEachProcess { (pid) throws(Errno) in
      let isChild = (try? Procfs().stat(of: pid))?.parent == victim.pid("starter")
      if isChild, getsid(pid.rawValue) == pid.rawValue { found = pid }
      return found == nil
    }
    return found
  }
}

@Suite struct `A victim in a frozen write` {
  @Test func `does not die of SIGKILL before the thaw`() throws {
    guard let victim = try Changing.frozenWrite.make() else { return }
    try signal(victim.pid, .kill)
    let process = try ProcessDescriptor(victim.pid)
    #expect(try !process.waitForExit(timeoutMilliseconds: 300))
    #expect(try Procfs().stat(of: victim.pid).state == UInt8(ascii: "D"))
    victim.tell("u")
    #expect(victim.ask("w") == "exited 9")
  }
}

@Suite struct `A starved victim` {
  @Test func `is in the idle class, and its spinners end with it`() throws {
    let victim = try VictimProcess("--anon", "4M", "--threads", "3", "--idle")
    try Procfs().forEachThread(of: victim.pid) { (thread) throws(Errno) in
      let schedulingClass = try Scheduling.schedulingClass(of: thread)
      #expect(schedulingClass == .idle)
      return true
    }
    let spinners = victim.pids("spinners")
    #expect(spinners.count == 2)
    #expect(spinners.allSatisfy { !isGone($0) })
    try signal(victim.pid("starter"), .kill)
    #expect(eventually { spinners.allSatisfy { isGone($0) } && isGone(victim.pid) })
  }

  @Test func `that is throttled has used its quota up`() throws {
    guard let victim = try Changing.throttled.make() else { return }
    let group = try #require(victim.values["group"])
    let statistics = try String(contentsOfFile: "\(group)/cpu.stat", encoding: .utf8)
    let throttled = statistics.split(separator: "\n").first { $0.hasPrefix("nr_throttled ") }
    #expect(throttled != nil && throttled != "nr_throttled 0", "\(statistics)")
  }
}

@Suite struct `A victim` {
  @Test func `unmaps its own memory, and tells how long that took`() throws {
    let victim = try VictimProcess("--anon", "64M", "--vmas", "16", "--unmap")
    #expect((Int(victim.values["unmap"] ?? "") ?? 0) > 0)
    #expect(try Procfs().status(of: victim.pid).anonymousBytes < 8 << 20)
  }

  @Test func `has children with memory of their own`() throws {
    let victim = try VictimProcess("--anon", "4M", "--fork", "3", "--child-anon", "8M")
    let children = victim.pids("children")
    #expect(children.count == 3)
    for child in children { #expect(try Procfs().status(of: child).anonymousBytes >= 8 << 20) }
  }

  @Test func `held for a time goes on dying by itself`() throws {
    let victim = try VictimProcess("--anon", "4M", "--held-for", "100")
    try signal(victim.pid, .kill)
    #expect(victim.ask("w") == "exited 9")
  }

  @Test(arguments: [
    ["--child-anon", "4M"], ["--unmap"], ["--group", "/a", "--freeze", "/b"], ["--frozen-write", "--spin"],
    ["--frozen-write", "--mmap-lock", "fuse"], ["--held-for", "-1"], ["--idle=1"],
    ["--stopped", "--traced"], ["--stopped", "--spin"], ["--stopped", "--held"], ["--traced", "--held"],
    ["--stopped", "--frozen-write"], ["--traced", "--share", "vfork"], ["--traced", "--fork-bomb", "9"],
    ["--stopped", "--mmap-lock", "fuse"], ["--freeze", "/a", "--mmap-lock", "fuse"],
    ["--freeze", "/a", "--frozen-write"], ["--pinned"], ["--pinned", "0"], ["--pinned", "1025G"],
    ["--pinned", "4M", "--fork-bomb", "9"],
  ])
  func `is not made of options that make no sense`(options: [String]) throws {
    let result = try BuiltProgram.run(BuiltProgram.url("scythe-victim"), options)
    #expect(result.status == 64)
    #expect(result.output.isEmpty)
    #expect(result.error.split(separator: "\n").count == 1, "\(result.error)")
  }

  @Test(arguments: ["--group", "--freeze", "--throttle"])
  func `says why it has no group where none can be made`(option: String) throws {
    let result = try BuiltProgram.run(BuiltProgram.url("scythe-victim"), [option, "/proc"])
    #expect(result.status == 69)
    #expect(result.output.hasPrefix("cannot: "))
  }
}
