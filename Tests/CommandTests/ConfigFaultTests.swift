import Foundation
import TestSupport
import Testing

@Suite struct `A configuration with a fault` {
  /// A text, the line of its fault, and words of what is said.
  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let line: Int
    let words: [String]
    var testDescription: String { text.replacingOccurrences(of: "\n", with: " | ") }

    init(_ text: String, _ line: Int, _ words: String...) {
      self.text = text
      self.line = line
      self.words = words
    }
  }

  @Test(arguments: [
    // What is no TOML, or more of it than is needed.
    Case("[[[", 1, "no section"),
    Case("[[[[[[[[[[", 1, "no section"),
    Case("[", 1, "no section"),
    Case("[]", 1, "no section"),
    Case("\n\nnonsense", 3, "nonsense: there is no '='"),
    Case("= 1", 1, "neither a key with a value nor a section"),
    Case("observe =", 1, "observe: it has no value"),
    Case("observe = \"true", 1, "observe: the text has no end"),
    Case("observe = true false", 1, "observe: something follows the value"),
    Case("observe = yes", 1, "observe: this is no value; write true"),
    Case("observe = 5x", 1, "expected digit"),
    Case("observe = [true]", 1, "observe: a list is not taken"),
    Case("observe = [\ntrue\n]", 1, "observe: a list is not taken"),
    Case("when = { floor = true }", 1, "when: a table in braces is not taken"),
    Case("profile = \"\"\"\ndesktop\"\"\"", 1, "profile: a text of many lines"),
    Case("profile = \"desk\\u0000top\"", 1, "profile: there is a zero"),
    Case("profile = \"desk\\qtop\"", 1, "unknown escape"),
    Case("profile = \"a\u{1}\"", 1, "control character"),
    Case("[when] floor = true", 1, "when: something follows the section"),
    // Keys and sections that there are not.
    Case("profil = \"desktop\"", 1, "profil: there is no such key; write 'profile'"),
    Case("[when]\nflor = true", 2, "when.flor: there is no such key; write 'floor'"),
    Case("floor = true", 1, "floor: there is no such key; it belongs below [when]"),
    Case("when = true", 1, "when: there is no such key; it is a section; write '[when]'"),
    Case("[when]\nprofile = \"server\"", 2, "it belongs above all sections"),
    Case("[how]\nxyzzyplugh = 1", 2, "how.xyzzyplugh: there is no such key; there are polite, grace, groups-as-one"),
    Case("[wen]\nfloor = true", 1, "wen: there is no such section; write '[when]'"),
    Case("[rule]\neffect = \"never\"", 1, "rule: each rule begins with '[[rule]]'"),
    Case("[[when]]\nfloor = true", 1, "when: only rules are written with two brackets"),
    Case("[[rules]]", 1, "rules: only rules"),
    Case("[[rule]]\ncom = \"x\"\neffect = \"never\"", 2, "rule.com: there is no such key; write 'comm'"),
    // What is given twice.
    Case("observe = true\n\nobserve = false", 3, "observe: it is given in line 1 already"),
    Case("[when]\n[how]\n[when]", 3, "when: this section is in line 1 already"),
    // Types and units.
    Case("observe = \"true\"", 1, "observe: this is a text; give true or false, without quotes"),
    Case("observe = 1", 1, "observe: this is an integer; give true or false"),
    Case("profile = true", 1, "profile: this is a truth value; give \"desktop\""),
    Case("profile = \"laptop\"", 1, "profile: there is no 'laptop'; give \"desktop\""),
    Case("profile = \"sever\"", 1, "profile: there is no 'sever'; give \"server\""),
    Case("[how]\ngrace = 500", 2, "how.grace: this is an integer; give a time such as \"500ms\""),
    Case("[how]\ngrace = \"500\"", 2, "how.grace: '500' is no time"),
    Case("[how]\ngrace = \"5 parsecs\"", 2, "how.grace: '5 parsecs' is no time"),
    Case("[how]\ngrace = \"-1ms\"", 2, "how.grace: '-1ms' is no time"),
    Case("[how]\ngrace = \"2s\"", 2, "how.grace: '2s' is too long"),
    // Rules.
    Case("[[rule]]\ncomm = \"x\"", 1, "rule: it does not say what it wants"),
    Case("\n[[rule]]\neffect = \"never\"", 2, "rule: it is about every process"),
    Case("[[rule]]\neffect = \"nevver\"\ncomm = \"x\"", 2, "rule.effect: there is no 'nevver'; give \"never\""),
    Case("[[rule]]\neffect = \"never\"\nweight = \"5%\"\ncomm = \"x\"", 1, "what is never killed has no weight"),
    Case("[[rule]]\neffect = \"prefer\"\nweight = \"50\"\ncomm = \"x\"", 3, "rule.weight: '50' is no share"),
    Case("[[rule]]\neffect = \"prefer\"\nweight = 50\ncomm = \"x\"", 3, "rule.weight: this is an integer"),
    Case("[[rule]]\neffect = \"prefer\"\nweight = \"1001%\"\ncomm = \"x\"", 3, "rule.weight: '1001%' is out of range"),
    Case("[[rule]]\neffect = \"prefer\"\nweight = \"0%\"\ncomm = \"x\"", 3, "rule.weight: '0%' is out of range"),
    Case("[[rule]]\neffect = \"avoid\"\nweight = \"101%\"\ncomm = \"x\"", 1, "nothing can be avoided by 101%"),
    Case("[[rule]]\neffect = \"never\"\ncomm = \"\"", 3, "rule.comm: it is empty"),
    Case(
      "[[rule]]\neffect = \"never\"\ncomm = \"a-name-that-is-too-long\"", 3, "rule.comm: no comm has more than 15 bytes"
    ),
    Case("[[rule]]\neffect = \"never\"\ncomm = \"[ab]*\"", 3, "rule.comm: '[' stands for no set"),
    Case("[[rule]]\neffect = \"never\"\ncomm = 'x\\'", 3, "rule.comm: a '\\' at its end"),
    Case("[[rule]]\neffect = \"never\"\nexecutable = \"sshd\"", 3, "rule.executable: a path begins with '/'"),
    Case("[[rule]]\neffect = \"never\"\ncgroup = \"system.slice\"", 3, "rule.cgroup: a path begins with '/'"),
    Case("[[rule]]\neffect = \"never\"\nunit = \"nginx\"", 3, "rule.unit: a unit ends with .service or .scope"),
    Case("[[rule]]\neffect = \"never\"\nuser = \"no-such-user\"", 3, "rule.user: there is no user 'no-such-user'"),
    Case("[[rule]]\neffect = \"never\"\nuser = -1", 3, "rule.user: -1 is no user"),
    Case("[[rule]]\neffect = \"never\"\nuser = 4294967295", 3, "rule.user: 4294967295 is no user"),
    Case(
      "[[rule]]\neffect = \"never\"\ncomm = \"*\"\nexecutable = \"*\"\ncommand-line = \"*\"\ncgroup = \"*\"\nunit = \"*\"",
      1, "rule: it has five patterns"),
    Case(
      "[[rule]]\neffect = \"never\"\ncomm = \"a\"\n[[rule]]\neffect = \"avoid\"\ncomm = \"a\"", 4,
      "rule: it is about the same processes as the rule of", ":1, and only one can decide"),
  ])
  func `is named with its file, its line and what to do`(_ input: Case) throws {
    let folder = try ConfigFolder()
    let file = try folder.write(input.text)
    let result = try scythe("config", "check", file)
    #expect(result.status == 78 && result.output.isEmpty)
    let lines = result.error.split(separator: "\n")
    #expect(lines.count == 1 && result.error.hasPrefix("\(file):\(input.line): "), "\(result.error)")
    for words in input.words { #expect(result.error.contains(words), "\(result.error)") }
    #expect(result.error.contains(";"), "no remedy: \(result.error)")
  }

  @Test func `names every one of them`() throws {
    let folder = try ConfigFolder()
    let file = try folder.write("observe = 1\n[when]\nflor = true\nstall = true\n[[rule]]\ncomm = \"x\"\n")
    let result = try scythe("config", "check", file)
    let lines = result.error.split(separator: "\n").map { $0.dropFirst(file.count + 1).prefix(2) }
    #expect(lines == ["1:", "3:", "5:"], "\(result.error)")
  }

  @Test func `is refused by all that read it, and nothing is written`() throws {
    let folder = try ConfigFolder()
    let page = try folder.write("before", to: "policy.page")
    let file = try folder.write("observe = maybe")
    for arguments in [["compile", file, "--output", page], ["show", file], ["check", file]] {
      let result = try BuiltProgram.run(BuiltProgram.url("scythe"), ["config"] + arguments)
      #expect(result.status == 78 && result.output.isEmpty && result.error.hasPrefix("\(file):1: "), "\(result.error)")
    }
    #expect(try scythe("explain", "--config", file).status == 78)
    #expect(try String(contentsOfFile: page, encoding: .utf8) == "before")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["policy.page", "scythe.toml"])
  }

  @Test func `that is cut off or garbled anywhere never ends the program by a signal`() throws {
    var generator = SeededGenerator(seed: 0xc0f_2026_1129)
    let folder = try ConfigFolder()
    let whole = Array(try scythe("config", "default").output.replacingOccurrences(of: "\n# ", with: "\n").utf8)
    let marks = Array("[]{}=\"'\\.,#\n\r\t_+-:0x1eTtrueinfnan \u{7f}\u{ff}".utf8)
    for round in 0..<150 {
      let start = Int(generator.next() % UInt64(whole.count - 40))
      var bytes = Array(whole[start..<min(whole.count, start + 40 + Int(generator.next() % 200))])
      for _ in 0..<generator.next() % 6 {
        bytes[Int(generator.next() % UInt64(bytes.count))] = marks[Int(generator.next() % UInt64(marks.count))]
      }
      let result = try scythe("config", "check", try folder.write(bytes: bytes))
      #expect(result.status == 78 || result.status == 0, "round \(round), \(result.status): \(bytes)")
    }
  }
}

@Suite struct `A file that is no configuration` {
  private func check(_ file: String, _ words: String) throws {
    let result = try scythe("config", "check", file)
    #expect(result.status == 78 && result.output.isEmpty)
    #expect(result.error.hasPrefix("\(file): ") && result.error.contains(words), "\(result.error)")
    #expect(result.error.split(separator: "\n").count == 1)
  }

  @Test func `is one clear line`() throws {
    let folder = try ConfigFolder()
    try check("\(folder.path)/none.toml", "there is no such file")
    try check(folder.path, "it is no file")
    try check("/dev/zero", "it is no file")
    try check(try folder.write(bytes: [0x61, 0xff, 0xfe]), "no text in UTF-8")
    try check(try folder.write(String(repeating: "#", count: (1 << 20) + 1)), "larger than 1 MiB")
    unsafe mkfifo("\(folder.path)/pipe", 0o600)
    try check("\(folder.path)/pipe", "it is no file")
  }

  @Test func `with a zero in it is refused before it is cut off there`() throws {
    let folder = try ConfigFolder()
    let result = try scythe("config", "check", try folder.write("observe = true\n\0observe = 5\n"))
    #expect(result.status == 78 && result.error.contains(":2: there is a control character"), "\(result.error)")
  }

  @Test(.enabled(if: geteuid() == 0, "needs root"))
  func `is refused to root if others may write it`() throws {
    let folder = try ConfigFolder()
    try folder.write("observe = true")
    unsafe chmod(folder.file, 0o646)
    try check(folder.file, "others may write it")
    unsafe chmod(folder.file, 0o644)
    unsafe chown(folder.file, 65534, 65534)
    try check(folder.file, "it belongs to user 65534")
    unsafe chown(folder.file, 0, 65534)
    unsafe chmod(folder.file, 0o664)
    try check(folder.file, "others may write it")
    unsafe chown(folder.file, 0, 0)
    #expect(try scythe("config", "check", folder.file).status == 0)
    try folder.write("observe = false", to: "scythe.toml.d/10.toml")
    unsafe chmod("\(folder.file).d", 0o777)
    let result = try scythe("config", "check", folder.file)
    #expect(result.status == 78 && result.error.contains("scythe.toml.d: others may write it"), "\(result.error)")
  }

  @Test(.enabled(if: canRunAsNobody, "needs root, setpriv, and a checkout that nobody may enter"))
  func `may not be read is said`() throws {
    let folder = try ConfigFolder()
    try folder.write("observe = true")
    unsafe chmod(folder.file, 0o600)
    let result = try scytheAsNobody("config", "check", folder.file)
    #expect(result.status == 78 && result.error.contains("it may not be read (EACCES)"), "\(result.error)")
  }
}
