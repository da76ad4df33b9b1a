import Foundation
import ScytheLinux
import TestSupport
import Testing

@Suite struct `A target` {
  /// A short name that nothing else on the machine has.
  private func uniqueName() -> String { "t\(UInt32.random(in: 1_000_000...9_999_999))" }

  @Test func `can be several processes`() throws {
    let first = try VictimProcess("--anon", "2M")
    let second = try VictimProcess("--anon", "4M")
    let result = try scythe("kill", "\(first.pid.rawValue)", "\(second.pid.rawValue)")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.split(separator: "\n").count == 3)
    #expect(result.output.contains("from 2 processes"))
    #expect(!isAlive(first.pid))
    #expect(!isAlive(second.pid))
  }

  @Test func `can be a name, if only one has it`() throws {
    let name = uniqueName()
    let victim = try VictimProcess("--comm", name)
    #expect(try scythe("kill", "--name", "\(name.dropLast())?").status == 0)
    #expect(!isAlive(victim.pid))
  }

  @Test func `can be a name that several have, only if all are meant`() throws {
    let name = uniqueName()
    let first = try VictimProcess("--comm", name)
    let second = try VictimProcess("--comm", name)
    let refused = try scythe("kill", "--name", name)
    #expect(refused.status == 5)
    #expect(refused.isOneClearLine)
    #expect(refused.error.contains("matches 2 processes"))
    #expect(isAlive(first.pid) && isAlive(second.pid))
    #expect(try scythe("kill", "--name", name, "--all").status == 0)
    #expect(!isAlive(first.pid) && !isAlive(second.pid))
  }

  @Test func `can be a tree`() throws {
    let victim = try VictimProcess("--fork", "5", "--fork-depth", "3")
    let result = try scythe("kill", "--tree", "\(victim.pid.rawValue)")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.contains("from 9 processes"))
  }

  @Test(.enabled(if: TestControlGroup.isAvailable(.unified), "needs root and a mounted cgroup v2"))
  func `can be a cgroup`() throws {
    let group = try TestControlGroup(.unified)
    let victim = try VictimProcess("--anon", "2M")
    try group.add(victim.pid)
    let result = try scythe("kill", "--cgroup", group.path)
    #expect(result.status == 0, "\(result.error)")
    #expect(!isAlive(victim.pid))
    victim.end()
  }

  @Test func `that shares its memory is named with its sharer, and dies with it when asked`() throws {
    let victim = try VictimProcess("--anon", "4M", "--share", "vfork")
    let refused = try scythe("kill", "\(victim.pid.rawValue)")
    #expect(refused.status == 5)
    #expect(refused.error.contains("\(victim.pid("sharer").rawValue)"))
    #expect(refused.error.contains("--with-sharers"))
    #expect(isAlive(victim.pid))
    #expect(try scythe("kill", "\(victim.pid.rawValue)", "--with-sharers").status == 0)
    #expect(!isAlive(victim.pid("sharer")))
  }

  @Test(
    .enabled(if: TestControlGroup.isAvailable(.unified), "needs root and a mounted cgroup v2"),
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare"), "needs unshare"))
  func `that is a cgroup spares members that are outside of the pid namespace`() throws {
    let group = try TestControlGroup(.unified)
    defer { group.remove() }
    let outside = try VictimProcess("--anon", "1M")
    defer { outside.end() }
    try group.add(outside.pid)
    let script = #"""
      sleep 60 & inside=$!
      echo $inside >"$2/cgroup.procs"
      "$1" kill --cgroup "$2" >&2; echo kill $?
      wait $inside; echo inside $?
      """#
    let result = try BuiltProgram.run(
      URL(fileURLWithPath: "/usr/bin/unshare"),
      [
        "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", script, "sh", BuiltProgram.url("scythe").path,
        group.path,
      ])
    #expect(result.output == "kill 0\ninside 137\n", "\(result.error)")
    #expect(isAlive(outside.pid))
  }
}
