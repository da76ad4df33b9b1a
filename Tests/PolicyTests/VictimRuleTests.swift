import ScytheLinux
import TestSupport
import Testing

@testable import ScythePolicy

private func pattern(_ text: String, _ field: RuleField = .name) -> RulePattern? {
  RulePattern(field, Array(text.utf8).span)
}

private func matches(_ pattern: String, _ text: String) -> Bool {
  RulePattern(.name, Array(pattern.utf8).span)!.matches(Array(text.utf8).span)
}

/// What a pattern means, written so that nobody can doubt it, and slow.
private func means(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
  guard let first = pattern.first else { return text.isEmpty }
  let rest = pattern.dropFirst()
  if first == UInt8(ascii: "*") {
    return (text.startIndex...text.endIndex).contains { means(rest, text[$0...]) }
  }
  guard let byte = text.first else { return false }
  if first == UInt8(ascii: "?") { return means(rest, text.dropFirst()) }
  if first == UInt8(ascii: "\\"), let escaped = rest.first {
    return escaped == byte && means(rest.dropFirst(), text.dropFirst())
  }
  return first == byte && means(rest, text.dropFirst())
}

@Suite struct `A pattern` {
  static let seed: UInt64 = 0xa11_9a77_2026_1128

  @Test(arguments: [
    ("", "", true), ("", "a", false), ("a", "", false), ("*", "", true), ("*", "anything", true), ("?", "", false),
    ("a*c", "abbbc", true), ("a*c", "abbb", false), ("*.service", "x.service", true), ("a?c", "abc", true),
    ("/usr/*/firefox", "/usr/lib/firefox/firefox", true), ("\\*", "*", true), ("\\*", "a", false), ("a\\", "a\\", true),
    ("**a**", "bab", true), ("*ab", "aab", true), ("firefox", "firefox-bin", false),
    ("java * -jar x", "java -m -jar x", true),
  ])
  func `stands for whole texts`(pattern: String, text: String, fits: Bool) {
    #expect(matches(pattern, text) == fits)
  }

  @Test func `means what its definition says`() {
    var generator = SeededGenerator(seed: Self.seed)
    let letters = Array("ab*?\\".utf8)
    for round in 0..<20_000 {
      let pattern = (0..<generator.next() % 8).map { _ in letters[Int(generator.next() % 5)] }
      let text = (0..<generator.next() % 9).map { _ in letters[Int(generator.next() % 2)] }
      #expect(
        RulePattern(.name, pattern.span)!.matches(text.span) == means(pattern[...], text[...]),
        "seed \(Self.seed), round \(round): \(pattern) on \(text)")
    }
  }

  @Test func `has a length that fits`() {
    #expect(pattern(String(repeating: "a", count: RulePattern.capacity)) != nil)
    #expect(pattern(String(repeating: "a", count: RulePattern.capacity + 1)) == nil)
  }

  @Test func `takes the zeros of a command line for blanks`() {
    #expect(matches("java -jar *", "java\0-jar\0server.jar"))
  }
}

@Suite struct `The rules` {
  private func rule(
    _ effect: RuleEffect, weight: Int16 = 0, user: UInt32? = nil, _ patterns: (RuleField, String)...
  ) -> VictimRule {
    var rule = VictimRule(effect, weightPercent: weight, userID: user)
    for (field, text) in patterns {
      let isAdded = rule.add(pattern(text, field)!)
      #expect(isAdded)
    }
    return rule
  }

  private func verdict(_ rules: [VictimRule], user: UInt32 = 1000) -> RuleVerdict {
    let name: StaticString = "java"
    return RuleVerdict(
      page(PolicySettings(), rules).span, name: ProcessName(name), executable: Array("/usr/bin/java".utf8).span,
      commandLine: Array("java\0-jar\0server.jar\0".utf8).span, group: Array("/system.slice/tomcat.service".utf8).span,
      unit: Array("tomcat.service".utf8).span, userID: user)
  }

  @Test(arguments: [
    (RuleField.name, "java"), (.executable, "/usr/bin/*"), (.commandLine, "*server.jar"), (.group, "/system.slice/*"),
    (.unit, "tomcat.service"),
  ])
  func `look at each field`(field: RuleField, text: String) {
    #expect(verdict([rule(.weigh, weight: 50, (field, text))]).weightPercent == 50)
    #expect(verdict([rule(.weigh, weight: 50, (field, "x" + text))]).rule == nil)
  }

  @Test func `fit if all of their patterns and their user do`() {
    let both = rule(.weigh, weight: 50, user: 1000, (.name, "java"), (.unit, "tomcat*"))
    #expect(verdict([both]).rule == 0)
    #expect(verdict([both], user: 1001).rule == nil)
    #expect(verdict([rule(.weigh, weight: 50, (.name, "java"), (.unit, "nginx*"))]).rule == nil)
    #expect(verdict([rule(.weigh, weight: 50, (.name, "perl"), (.unit, "tomcat*"))]).rule == nil)
  }

  @Test func `decide by the first that fits, but one that says never wins`() {
    let prefer = rule(.weigh, weight: 50, (.name, "java"))
    let avoid = rule(.weigh, weight: -50, (.name, "java"))
    let never = rule(.never, (.name, "java"))
    #expect(verdict([prefer, avoid]).weightPercent == 50)
    #expect(verdict([avoid, prefer]).weightPercent == -50)
    let result = verdict([prefer, avoid, never])
    #expect(result.isNever)
    #expect(result.weightPercent == 0)
    #expect(result.rule == 2)
    var row = Candidate(10, gibibyte)
    row.take(result)
    #expect(Standing.untouchable(row) == .ruledOut)
  }

  @Test func `have four patterns at most`() {
    var full = rule(.weigh, (.name, "a"), (.name, "b"), (.name, "c"), (.name, "d"))
    let isAdded = full.add(pattern("e")!)
    #expect(!isAdded)
    #expect(full.count == 4)
  }

  @Test func `that there are none of say nothing`() {
    let none: [UInt8] = []
    let verdict = RuleVerdict(
      none.span, name: ProcessName("java"), executable: none.span, commandLine: none.span, group: none.span,
      unit: none.span, userID: 0)
    #expect(verdict == RuleVerdict() && self.verdict([]) == RuleVerdict())
  }

  @Test func `weigh within their ends`() {
    #expect(verdict([rule(.weigh, weight: 30_000, (.name, "java"))]).weightPercent == 1000)
    #expect(verdict([rule(.weigh, weight: -30_000, (.name, "java"))]).weightPercent == -100)
  }
}

@Suite struct `What a process is` {
  private func classes(_ name: StaticString, _ change: (inout ProcessFacts) -> Void = { _ in }) -> ProcessClasses {
    var facts = ProcessFacts()
    facts.name = ProcessName(name)
    facts.executableIsRoots = true
    facts.scope = .session
    facts.hasChildren = true
    facts.isStartedByManager = true
    change(&facts)
    return facts.classes
  }

  @Test func `is known by name`() {
    #expect(classes("bash") == .shellWithChildren)
    #expect(classes("tmux: server") == .shellWithChildren)
    #expect(classes("sshd") == .loginListener)
    #expect(classes("gnome-shell") == .displayServer)
    #expect(classes("firefox") == ProcessClasses())
    #expect(classes("bashful") == ProcessClasses())
  }

  @Test func `is not believed of a program that is not root's, or runs elsewhere`() {
    for name: StaticString in ["bash", "sshd", "Xorg"] {
      #expect(classes(name) { $0.executableIsRoots = false } == ProcessClasses())
      #expect(classes(name) { $0.scope = .other } == ProcessClasses())
      #expect(classes(name) { $0.scope = .system } != ProcessClasses())
    }
  }

  @Test func `depends on where it stands`() {
    #expect(classes("bash") { $0.hasChildren = false } == ProcessClasses())
    #expect(classes("sshd") { $0.isStartedByManager = false } == ProcessClasses())
    #expect(classes("anything") { $0.leadsSession = true } == .sessionLeader)
    #expect(
      classes("anything") {
        $0.leadsSession = true; $0.executableIsRoots = false
      } == .sessionLeader)
  }
}
