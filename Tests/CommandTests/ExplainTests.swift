import Foundation
import ScytheLinux
import TestSupport
import Testing

/// What `scythe explain --json` said.
private func explanation(_ arguments: String...) throws -> [String: Any] {
  let result = try BuiltProgram.run(BuiltProgram.url("scythe"), ["explain", "--json"] + arguments)
  #expect(result.status == 0, "\(result.error)")
  return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
}

private func number(_ object: [String: Any], _ key: String) -> Int64 { (object[key] as? NSNumber)?.int64Value ?? -1 }

@Suite struct `An explanation` {
  @Test func `accounts for every point of a process, and signals nobody`() throws {
    let victim = try VictimProcess("--anon", "200M")
    let process = try explanation("\(victim.pid.rawValue)")
    let points = try #require(process["points"] as? [String: Any])
    let parts = ["anonymous", "swap", "shared", "adjustment", "rules", "classes"].map { number(points, $0) }
    #expect(parts.reduce(0, +) == number(points, "total"))
    #expect(number(points, "anonymous") >= 200 << 10)
    #expect(number(process, "returnsBytes") >= 200 << 20)
    #expect(number(process, "rank") >= 1)
    #expect(isAlive(victim.pid))
  }

  @Test func `lists who would die in order, the larger first`() throws {
    let large = try VictimProcess("--anon", "400M")
    let small = try VictimProcess("--anon", "200M")
    let report = try explanation("--all")
    let candidates = try #require(report["candidates"] as? [[String: Any]])
    let pids = candidates.map { Int32(truncatingIfNeeded: number($0, "pid")) }
    let first = try #require(pids.firstIndex(of: large.pid.rawValue))
    let second = try #require(pids.firstIndex(of: small.pid.rawValue))
    #expect(first < second)
    let ranks = candidates.compactMap { ($0["rank"] as? NSNumber)?.intValue }
    #expect(ranks == Array(1..<ranks.count + 1))
    let totals = candidates.prefix(ranks.count).map { number($0["points"] as? [String: Any] ?? [:], "total") }
    #expect(totals == totals.sorted(by: >))
    #expect(
      candidates.contains { number($0, "pid") == 1 && ($0["standing"] as? String)?.contains("first process") == true })
    let decision = try #require(report["decision"] as? [String: Any])
    let headroom = try #require(decision["headroom"] as? [String: Any])
    #expect(number(headroom, "total") > 0)
  }

  @Test func `for a person names the rules and the first to die`() throws {
    let victim = try VictimProcess("--anon", "200M", "--comm", "largest one")
    let result = try scythe("explain")
    #expect(result.status == 0)
    for word in ["now: ", "headroom", "emergency", "deadline", "kept back by the kernel", "largest one"] {
      #expect(result.output.contains(word), "\(word) in \(result.output)")
    }
    let single = try scythe("explain", "\(victim.pid.rawValue)")
    #expect(single.output.contains("anonymous memory") && single.output.contains("total"))
  }

  @Test(.enabled(if: TestControlGroup.isAvailable(.unified), "needs a cgroup v2 mount that takes groups"))
  func `says what a control group is marked as`() throws {
    let group = try TestControlGroup(.unified)
    defer { group.remove() }
    let victim = try VictimProcess("--anon", "200M")
    defer { victim.end() }
    try group.add(victim.pid)
    try group.mark("user.oomd_prefer")
    let offered = try explanation("\(victim.pid.rawValue)")
    #expect(offered["isOffered"] as? Bool == true)
    let points = try #require(offered["points"] as? [String: Any])
    #expect(number(points, "classes") >= 200 << 10)
    try group.mark("user.oomd_avoid")
    let avoided = try explanation("\(victim.pid.rawValue)")
    #expect((avoided["avoidedAs"] as? [String])?.contains { $0.contains("ManagedOOMPreference=avoid") } == true)
    try group.mark("user.oomd_omit")
    let omitted = try explanation("\(victim.pid.rawValue)")
    #expect((omitted["standing"] as? String)?.contains("ManagedOOMPreference=omit") == true)
    #expect(omitted["rank"] == nil)
  }

  @Test(.enabled(if: canRunAsNobody, "needs root, setpriv, and a checkout that nobody may enter"))
  func `without rights tells whom the caller cannot kill`() throws {
    let victim = try VictimProcess("--anon", "100M")
    let result = try scytheAsNobody(arguments: ["explain", "\(victim.pid.rawValue)"])
    #expect(result.status == 0 && result.output.contains("belongs to another user"), "\(result.output)\(result.error)")
  }

  private static let canLimit = TestControlGroup.isAvailable(.memory)

  /// What it says of headroom in a group with a limit of 512 MiB.
  private func headroom(inLimitedGroupBy start: String) throws -> [String: Any] {
    let group = try TestControlGroup(.memory)
    defer { group.remove() }
    try group.write("\(512 << 20)", to: "memory.limit_in_bytes")
    let join = "echo $$ > \(group.path)/cgroup.procs && exec \(start) \"$0\" explain --json"
    let result = try BuiltProgram.run(
      URL(fileURLWithPath: "/bin/sh"), ["-c", join, BuiltProgram.url("scythe").path])
    #expect(result.status == 0, "\(result.error)")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    return try #require((report["decision"] as? [String: Any])?["headroom"] as? [String: Any])
  }

  @Test(.enabled(if: canLimit && geteuid() == 0, "needs root, and a v1 memory hierarchy that takes groups"))
  func `inside a container is of its limit`() throws {
    let headroom = try headroom(inLimitedGroupBy: "unshare --pid --fork --mount-proc --kill-child")
    #expect(number(headroom, "container") > 256 << 20 && number(headroom, "container") <= 512 << 20)
    #expect(number(headroom, "total") == number(headroom, "container"))
  }

  @Test(.enabled(if: canLimit, "needs a v1 memory hierarchy that takes groups"))
  func `by one who alone is limited is of the machine: nobody in that group could help`() throws {
    let headroom = try headroom(inLimitedGroupBy: "")
    #expect(number(headroom, "container") == -1 && number(headroom, "total") > 512 << 20)
  }

  @Test(.enabled(if: canLimit, "needs a v1 memory hierarchy that takes groups"))
  func `says of a group with a limit what it has left, and who would die there`() throws {
    let group = try TestControlGroup(.memory)
    defer { group.remove() }
    try group.write("\(512 << 20)", to: "memory.limit_in_bytes")
    let outside = try VictimProcess("--anon", "400M")
    let large = try VictimInside(group, "--anon", "300M")
    defer { large.end() }
    let small = try VictimInside(group, "--anon", "50M")
    defer { small.end() }
    let groups = try #require(try explanation()["groups"] as? [[String: Any]])
    let found = try #require(groups.first { ($0["name"] as? String).map(group.path.hasSuffix) == true })
    let first = try #require(found["first"] as? [String: Any])
    #expect(number(first, "pid") == Int64(large.pid.rawValue) && number(found, "processes") >= 2)
    #expect(number(found, "limitBytes") == 512 << 20)
    #expect(number(found, "headroomBytes") < 300 << 20 && number(found, "lineBytes") > 0)
    let text = try scythe("explain", "\(small.pid.rawValue)").output
    #expect(text.contains("first there: \(large.pid.rawValue)"), "\(text)")
    #expect(isAlive(outside.pid))
    let folder = try ConfigFolder()
    let file = try folder.write("[when]\ngroup = false\n")
    // Nobody dies for a group whose rule is off.
    let others = try #require(try explanation("--config", file)["groups"] as? [[String: Any]])
    #expect(others.isEmpty)
  }

  @Test(arguments: [
    (["99999999"], 4, "no such process"), (["2"], 4, "thread of the kernel"), (["x"], 64, "not a process number"),
    (["--profile", "laptop"], 64, "desktop, server, container or build"), (["1", "2"], 64, "scythe --help"),
  ])
  func `of what there is not is one clear line`(arguments: [String], status: Int, words: String) throws {
    let result = try BuiltProgram.run(BuiltProgram.url("scythe"), ["explain"] + arguments)
    #expect(result.status == status)
    #expect(result.isOneClearLine && result.error.contains(words), "\(result.error)")
  }
}
