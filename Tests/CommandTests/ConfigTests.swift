import Foundation
import ScytheLinux
import ScythePolicy
import TestSupport
import Testing

/// One rule of a page, as it would be said.
private func rule(_ page: [UInt8], _ index: Int) -> VictimRule? { PolicyPage.rule(at: index, in: page.span) }

private func text(_ rule: VictimRule?, _ index: Int) -> String? {
  guard let rule, index < rule.count else { return nil }
  return rule.pattern(at: index).withBytes { bytes in
    String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
  }
}

@Suite struct `A configuration` {
  @Test(arguments: ["", "\n\n# nothing\n", "[when]\n[how]\n", "\u{feff}", "\r\n"])
  func `of nothing is the defaults`(written: String) throws {
    let folder = try ConfigFolder()
    try folder.write(written)
    let (contents, _) = try folder.compiled()
    #expect(contents.settings == PolicySettings() && contents.ruleCount == 0)
  }

  @Test func `that is printed to begin with is good, and says the defaults`() throws {
    let folder = try ConfigFolder()
    let template = try scythe("config", "default").output
    try folder.write(template)
    #expect(try folder.compiled().contents == PolicyPageContents())
    let shown = try scythe("config", "show", folder.file).output
    #expect(shown.contains("scythe.toml:") && !shown.contains("  default\n"), "every key is in it: \(shown)")
    // What is commented out is good too.
    let rules = template.split(separator: "\n").drop { $0 != "# [[rule]]" }.map { $0.dropFirst(2) }
    try folder.write(rules.joined(separator: "\n").replacingOccurrences(of: "\"builder\"", with: "\"root\""))
    #expect(try folder.compiled().contents.ruleCount == 3)
  }

  @Test func `says everything that there is to say`() throws {
    let folder = try ConfigFolder()
    try folder.write(
      #"""
      profile = 'server'  # a comment
      observe = true
      when.stall = false
      [how]
        polite = false
        grace = "0.25s"
      "groups-as-one" = false
      [[rule]]
      effect = "never"
      comm = "sshd"
      executable = '/usr/sbin/ssh\*'
      command-line = "sshd: *"
      user = "root"
      [[rule]]
      effect = "avoid"
      cgroup = "/system.slice/*"
      unit = "postgres*.service"
      [[rule]]
      effect = "prefer"
      weight = "250%"
      user = 1000
      """#)
    let (contents, page) = try folder.compiled()
    var expected = PolicySettings(profile: .server)
    expected.isObserving = true
    expected.stallRule = false
    expected.politeSignal = false
    expected.graceNanoseconds = 250_000_000
    expected.killsGroupsAsOne = false
    #expect(contents.settings == expected && contents.ruleCount == 3)
    let never = rule(page, 0)
    #expect(never?.effect == .never && never?.userID == 0)
    #expect([0, 1, 2].map { text(never, $0) } == ["sshd", "/usr/sbin/ssh\\*", "sshd: *"])
    let avoid = rule(page, 1)
    #expect(avoid?.effect == .weigh && avoid?.weightPercent == -90 && avoid?.userID == nil)
    #expect(avoid?.pattern(at: 0).field == .group && avoid?.pattern(at: 1).field == .unit)
    #expect(rule(page, 2)?.weightPercent == 250 && rule(page, 2)?.userID == 1000 && rule(page, 2)?.count == 0)
  }

  @Test func `is read with what is dropped in beside it: later ones win, and rules follow`() throws {
    let folder = try ConfigFolder()
    try folder.write("profile = \"server\"\n[[rule]]\neffect = \"never\"\ncomm = \"first\"\n")
    try folder.write(
      "profile = \"build\"\n[[rule]]\neffect = \"never\"\ncomm = \"third\"\n", to: "scythe.toml.d/20.toml")
    try folder.write("observe = true\n[[rule]]\neffect = \"never\"\ncomm = \"second\"\n", to: "scythe.toml.d/10.toml")
    try folder.write("nonsense", to: "scythe.toml.d/30.toml~")
    let (contents, page) = try folder.compiled()
    #expect(contents.settings.profile == .build && contents.settings.isObserving)
    #expect([0, 1, 2].map { text(rule(page, $0), 0) } == ["first", "second", "third"])
    let shown = try scythe("config", "show", folder.file).output
    #expect(shown.contains("scythe.toml.d/20.toml:1\n") && shown.contains("scythe.toml.d/10.toml:2\n"), "\(shown)")
    try folder.write("observe = 3", to: "scythe.toml.d/15.toml")
    let result = try scythe("config", "check", folder.file)
    #expect(result.status == 78 && result.error.contains("scythe.toml.d/15.toml:1: observe: "), "\(result.error)")
  }

  @Test func `has room for 64 rules, and says which is one too many`() throws {
    let folder = try ConfigFolder()
    let rules = (0..<65).map { "[[rule]]\neffect = \"never\"\ncomm = \"name-\($0)\"\n" }
    try folder.write(rules.dropLast().joined())
    #expect(try folder.compiled().contents.ruleCount == 64)
    try folder.write(rules.joined())
    let result = try scythe("config", "check", folder.file)
    #expect(result.status == 78 && result.error.contains("scythe.toml:193: rule: it is rule 65"), "\(result.error)")
  }

  @Test func `is shown with where each value comes from`() throws {
    let folder = try ConfigFolder()
    try folder.write("profile = \"server\"\n\n[[rule]]\neffect = \"avoid\"\ncomm = \"java\"\n")
    let lines = try scythe("config", "show", folder.file).output.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("profile ") && $0.contains(" server ") && $0.hasSuffix("scythe.toml:1") })
    #expect(lines.contains { $0.hasPrefix("when.floor ") && $0.hasSuffix(" default") })
    #expect(lines.contains { $0.hasPrefix("a thrash lasts ") && $0.contains("3 s") && $0.hasSuffix("profile server") })
    #expect(lines.contains { $0.hasPrefix("rule 1 ") && $0.contains("avoid by 90%, comm 'java'") })
    let json = try scythe("config", "show", folder.file, "--json").output
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let values = try #require(object["values"] as? [[String: String]])
    #expect(values.first { $0["key"] == "profile" }?["value"] == "server")
    let rule = try #require((object["rules"] as? [[String: Any]])?.first)
    #expect(rule["patterns"] as? [String: String] == ["comm": "java"] && rule["weightPercent"] as? Int == -90)
  }

  @Test func `says which of its rules fits a process`() throws {
    let victim = try VictimProcess("--anon", "1M", "--comm", "matched")
    let folder = try ConfigFolder()
    try folder.write(
      "[[rule]]\neffect = \"never\"\ncomm = \"other\"\n[[rule]]\neffect = \"prefer\"\ncomm = \"match*\"\n")
    let result = try scythe("config", "check", folder.file, "--match", "\(victim.pid.rawValue)")
    #expect(result.output.hasSuffix("scythe.toml:4: rule 2: prefer by 100%, comm 'match*'\n"), "\(result.output)")
    let none = try scythe("config", "check", folder.file, "--match", "1")
    #expect(none.status == 0 && none.output.contains("no rule fits"))
    #expect(try scythe("config", "check", folder.file, "--match", "99999999").status == 4)
    #expect(try scythe("config", "check", folder.file, "--match", "x").status == 64)
  }

  @Test func `decides in an explanation, which names the rule`() throws {
    let victim = try VictimProcess("--anon", "300M", "--comm", "precious")
    let folder = try ConfigFolder()
    try folder.write("profile = \"build\"\n[[rule]]\neffect = \"never\"\ncomm = \"precious\"\n")
    let pid = "\(victim.pid.rawValue)"
    let before = try scythe("explain", pid, "--config", try folder.write("", to: "empty.toml"))
    #expect(!before.output.contains("the configuration says never"), "\(before.output)")
    let after = try scythe("explain", pid, "--config", folder.file)
    #expect(after.output.contains("the configuration says never"), "\(after.output)\(after.error)")
    #expect(
      after.output.contains("rule 1: never, comm 'precious'"), "\(after.output)")
    _ = try folder.compiled()
    let compiled = try scythe("explain", pid, "--policy", "\(folder.path)/policy.page")
    #expect(compiled.output.contains("rule 1: never, comm 'precious'"), "\(compiled.output)\(compiled.error)")
    #expect(try scythe("explain", "--config", folder.file).output.contains("when somebody would die (build)"))
    let broken = try scythe("explain", pid, "--policy", folder.file)
    #expect(broken.status == 78 && broken.isOneClearLine, "\(broken.error)")
    #expect(try scythe("explain", "--policy", "x", "--config", "y").status == 64)
  }
}

@Suite struct `A page` {
  @Test func `is written as a whole, with its folder, over another`() throws {
    let folder = try ConfigFolder()
    try folder.write("profile = \"server\"")
    let page = "\(folder.path)/state/scythe/policy.page"
    for _ in 0..<2 {
      let result = try scythe("config", "compile", folder.file, "--output", page)
      #expect(result.status == 0 && result.output.hasPrefix("\(page): 32 bytes: profile server"), "\(result.error)")
    }
    let entries = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/state/scythe")
    #expect(entries == ["policy.page"])
    let mode = try FileManager.default.attributesOfItem(atPath: page)[.posixPermissions] as? Int
    #expect(mode == 0o644)
  }

  @Test func `that cannot be written is one clear line`() throws {
    let folder = try ConfigFolder()
    try folder.write("")
    for page in ["\(folder.file)/policy.page", "/proc/no/policy.page", folder.path] {
      let result = try scythe("config", "compile", folder.file, "--output", page)
      #expect(result.status == 73 && result.isOneClearLine, "\(result.error)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["scythe.toml"])
  }

  @Test(.enabled(if: canRunAsNobody, "needs root, setpriv, and a checkout that nobody may enter"))
  func `of a user is below the user's own folders`() throws {
    let folder = try ConfigFolder()
    unsafe chmod(folder.path, 0o777)
    try folder.write("profile = \"build\"", to: "config/scythe/scythe.toml")
    let script = """
      export XDG_CONFIG_HOME=\(folder.path)/config HOME=\(folder.path); unset XDG_STATE_HOME
      exec setpriv --reuid=65534 --regid=65534 --clear-groups "$0" config compile
      """
    let result = try BuiltProgram.run(
      URL(fileURLWithPath: "/bin/sh"), ["-c", script, BuiltProgram.url("scythe").path])
    let page = "\(folder.path)/.local/state/scythe/policy.page"
    #expect(result.output == "\(page): 32 bytes: profile build, 0 rules\n", "\(result.error)")
  }
}
