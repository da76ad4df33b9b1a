import Foundation
import ScytheLinux
import TestSupport
import Testing

@Suite struct `A target of advice` {
  private func pids(_ report: [String: Any]) -> [Int32] {
    (report["processes"] as? [[String: Any]] ?? []).compactMap { $0["pid"] as? Int32 }.sorted()
  }

  @Test func `can be a tree`() throws {
    let victim = try VictimProcess("--fork", "3", "--fork-depth", "2")
    let children = (victim.values["children"] ?? "").split(separator: ",").compactMap { Int32($0) }
    try #require(children.count == 5)
    let (status, report) = try adviseJSON("--tree", "\(victim.pid.rawValue)", "--advice", "cold")
    #expect(status == 0)
    #expect(pids(report) == ([victim.pid.rawValue] + children).sorted())
  }

  @Test(arguments: [ControlGroupHierarchy.unified, .freezer])
  func `can be a cgroup, the groups below it included`(hierarchy: ControlGroupHierarchy) throws {
    guard TestControlGroup.isAvailable(hierarchy) else {
      return print("not run: needs root and the \(hierarchy) hierarchy of control groups")
    }
    let first = try VictimProcess("--anon", "8M")
    defer { first.end() }
    let second = try VictimProcess("--anon", "8M")
    defer { second.end() }
    let group = try TestControlGroup(hierarchy)
    defer { group.remove() }
    let below = try TestControlGroup(in: group)
    defer { below.remove() }
    try group.add(first.pid)
    try below.add(second.pid)
    let (status, report) = try adviseJSON("--cgroup", group.path, "--advice", "cold", "--carrier", "vector")
    #expect(status == 0)
    #expect(pids(report) == [first.pid.rawValue, second.pid.rawValue].sorted())
    #expect(try VictimMemory(first.pid).referencedBytes == 0)
    #expect(try VictimMemory(second.pid).referencedBytes == 0)
  }

  @Test(.enabled(if: TestControlGroup.isAvailable(.unified), "needs root and a mounted cgroup v2"))
  func `can be a cgroup without members`() throws {
    let group = try TestControlGroup(.unified)
    defer { group.remove() }
    let result = try scythe("advise", "--cgroup", group.path, "--advice", "cold")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.contains("0 processes advised"))
  }

  @Test(.enabled(if: TestControlGroup.isAvailable(.freezer), "needs root and the v1 freezer"))
  func `cannot be a cgroup without memory.reclaim, if that is asked for`() throws {
    let group = try TestControlGroup(.freezer)
    defer { group.remove() }
    let result = try scythe("advise", "--cgroup", group.path, "--advice", "pageout", "--carrier", "reclaim")
    #expect(result.status == 71)
    #expect(result.isOneClearLine)
    #expect(result.error.contains("it has no memory.reclaim"))
    #expect(try scythe("advise", "--cgroup", group.path, "--advice", "pageout").status == 0)
  }

  @Test(.enabled(if: canDropRights, "needs root and setpriv"))
  func `can be a user`() throws {
    // A user id that nobody else has.
    let user = "\(UInt32.random(in: 2_000_000_000...2_100_000_000))"
    let none = try scythe("advise", "--user", user, "--advice", "cold")
    #expect(none.status == 4)
    #expect(none.isOneClearLine)
    let victim = try VictimProcess(
      program: "/usr/bin/setpriv",
      ["--reuid=\(user)", "--clear-groups", BuiltProgram.url("scythe-victim").path, "--anon", "8M"])
    let (status, report) = try adviseJSON("--user", user, "--advice", "cold")
    #expect(status == 0)
    #expect(pids(report).contains(victim.pid.rawValue))
    #expect(try VictimMemory(victim.pid).referencedBytes == 0)
  }

  @Test func `can be a name, if only one has it or all are meant`() throws {
    let name = "t\(UInt32.random(in: 1_000_000...9_999_999))"
    let first = try VictimProcess("--comm", name, "--anon", "8M")
    #expect(try scythe("advise", "--name", name, "--advice", "cold").status == 0)
    #expect(try VictimMemory(first.pid).referencedBytes == 0)
    let second = try VictimProcess("--comm", name, "--anon", "8M")
    let refused = try scythe("advise", "--name", name, "--advice", "cold")
    #expect(refused.status == 5)
    #expect(refused.isOneClearLine)
    #expect(try VictimMemory(second.pid).referencedBytes > 0)
    #expect(try scythe("advise", "--name", name, "--all", "--advice", "cold").status == 0)
    #expect(try VictimMemory(second.pid).referencedBytes == 0)
  }

  @Test func `that is dead is named, and the others are left alone`() throws {
    let victim = try VictimProcess("--anon", "8M")
    let dead = try VictimProcess("--zombie")
    try ProcessDescriptor(dead.pid).send(.kill)
    #expect(try ProcessDescriptor(dead.pid).waitForExit(timeoutMilliseconds: 5000))
    let before = try VictimMemory(victim.pid)
    let result = try scythe("advise", "\(victim.pid.rawValue)", "\(dead.pid.rawValue)", "--advice", "cold")
    #expect(result.status == 4)
    #expect(result.isOneClearLine)
    #expect(try VictimMemory(victim.pid) == before)
  }

  @Test func `that is a thread names its process`() throws {
    let victim = try VictimProcess("--threads", "2")
    let result = try scythe("advise", "\(try threadBesideTheFirst(of: victim).rawValue)", "--advice", "cold")
    #expect(result.status == 4)
    #expect(result.isOneClearLine)
    #expect(result.error.contains("a thread of process \(victim.pid.rawValue)"))
  }

  @Test(.enabled(if: canRunAsNobody, "needs root, setpriv, and a checkout that nobody may enter"))
  func `that is someone else's is not permitted`() throws {
    let victim = try VictimProcess("--anon", "1M")
    for arguments in [["--dry-run"], []] {
      let result = try scytheAsNobody(
        arguments: ["advise", "\(victim.pid.rawValue)", "--advice", "cold"] + arguments)
      #expect(result.status == 3)
      #expect(result.isOneClearLine)
      #expect(result.error.contains("CAP_SYS_NICE"))
    }
  }

  @Test(.enabled(if: canDropRights, "needs root and setpriv"))
  func `takes CAP_SYS_NICE, even from root`() throws {
    let victim = try VictimProcess("--fork", "1", "--anon", "1M")
    let named = try scytheWithout("sys_nice", "advise", "\(victim.pid.rawValue)", "--advice", "cold")
    #expect(named.status == 3)
    #expect(named.error.contains("not permitted (EPERM); advice to another process takes CAP_SYS_NICE"))
  }

  @Test(
    .enabled(
      if: canDropRights && TestControlGroup.isAvailable(.unified), "needs root, setpriv and a mounted cgroup v2"))
  func `that is a member and may not be advised is listed with the reason`() throws {
    let victim = try VictimProcess("--anon", "1M")
    defer { victim.end() }
    let group = try TestControlGroup(.unified)
    defer { group.remove() }
    try group.add(victim.pid)
    let result = try scytheWithout(
      "sys_nice", "advise", "--cgroup", group.path, "--advice", "cold", "--carrier", "vector")
    #expect(result.status == 3)
    #expect(result.output.contains("not advised: not permitted (EPERM)"))
    #expect(result.output.contains("1 not permitted"))
  }
}
