import Foundation
import ScytheLinux
import TestSupport
import Testing

/// Runs an example as a reader would.
private func run(_ example: String, _ arguments: String...) throws -> BuiltProgram.Result {
  try BuiltProgram.run(BuiltProgram.url(example), arguments)
}

private let mayWatch =
  (try? PressureTrigger(.some, stallMicroseconds: 200_000, windowMicroseconds: 2_000_000)
    .wait(timeoutMilliseconds: 0)) != nil
private let mayAdvise = (try? Procfs().privileges(of: .current))?.holds(.nice) ?? false

@Suite struct `The articles` {
  @Test(arguments: [
    ("Linux/ScytheLinux.docc/WatchingPressure", "PressureExample"),
    ("Reclaim/ScytheReclaim.docc/AdvisingAnotherProcess", "AdviseExample"),
    ("Reaper/ScytheReaper.docc/KillingAProcess", "KillExample"),
  ])
  func `show the examples that are built here`(article: String, example: String) throws {
    let text = try String(contentsOfFile: "Sources/\(article).md", encoding: .utf8)
    let program = try String(contentsOfFile: "Examples/\(example)/main.swift", encoding: .utf8)
    #expect(text.contains("```swift\n\(program)```\n"))
  }
}

@Suite struct `The example of a kill` {
  @Test func `has the memory back of a victim that cannot exit`() throws {
    let victim = try VictimProcess("--anon", "16M", "--held")
    let result = try run("KillExample", "\(victim.pid.rawValue)")
    #expect(result.status == 0, "\(result.error)")
    let lines = result.output.split(separator: "\n")
    try #require(lines.count == 4, "\(result.output)")
    let planned = try #require(UInt64(lines[0].split(separator: " ")[2]))
    let back = try #require(UInt64(lines[1].split(separator: " ")[0]))
    #expect(planned >= 16 << 20 && back >= 16 << 20)
    #expect(lines[2] == "0 bytes left")
    #expect(lines[3] == "its memory was released; it cannot finish dying yet")
    #expect(try Procfs().status(of: victim.pid).anonymousBytes < 1 << 20)
  }

  @Test func `kills a victim that can exit`() throws {
    let victim = try VictimProcess("--anon", "16M")
    let result = try run("KillExample", "\(victim.pid.rawValue)")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.hasSuffix("\nit is dead\n"), "\(result.output)")
    #expect(!isAlive(victim.pid))
  }

  @Test func `leaves a victim that holds a robust mutex to itself`() throws {
    let victim = try VictimProcess("--anon", "16M", "--robust", "held", "--held")
    let result = try run("KillExample", "\(victim.pid.rawValue)")
    #expect(result.status == 1)
    #expect(result.output.contains("\n0 bytes back\n"), "\(result.output)")
    #expect(result.output.hasSuffix("\nnot released: others may wait for a robust mutex that it holds\n"))
    #expect(try Procfs().status(of: victim.pid).anonymousBytes >= 16 << 20)
  }

  @Test func `kills nobody whom it refuses`() throws {
    let ancestor = try run("KillExample", "\(PID.current.rawValue)")
    #expect(ancestor.status == 2 && ancestor.error == "never killed\n")
    let nobody = try run("KillExample", "99999999")
    #expect(nobody.status == 2 && nobody.error == "no such process\n")
    for words in [[], ["all"], ["4294967297"]] {
      #expect(try BuiltProgram.run(BuiltProgram.url("KillExample"), words).status == 64)
    }
  }
}

@Suite struct `The example of advice` {
  @Test(.enabled(if: mayAdvise, "advice needs CAP_SYS_NICE"))
  func `makes all memory cold in portions, and says what was skipped`() throws {
    let victim = try VictimProcess("--anon", "64M", "--areas", "l8")
    #expect(try referencedBytes(of: victim.pid, atLeast: 64 << 20) == 64 << 20)
    let result = try run("AdviseExample", "\(victim.pid.rawValue)")
    #expect(result.status == 0, "\(result.error)")
    #expect(try referencedBytes(of: victim.pid, atLeast: 64 << 20) == 0)
    #expect(isAlive(victim.pid))
    let portions = result.output.split(separator: "\n").filter { $0.hasPrefix("cold: ") }
    // 64 MiB and a little in portions of 16; the last one ends by itself.
    #expect(portions.count >= 5, "\(result.output)")
    #expect(portions.dropLast().allSatisfy { $0.hasSuffix(", maximumReached") || $0.hasSuffix(", deadlineReached") })
    #expect(portions.last?.hasSuffix(", completed") ?? false)
    #expect(result.output.contains("skipped, locked: \(8 * Machine.pageBytes) bytes, 1 area(s)\n"), "\(result.output)")
    #expect(result.output.contains("\npaged out: "))
  }

  @Test func `says whom it cannot advise`() throws {
    let nobody = try run("AdviseExample", "99999999")
    #expect(nobody.status == 1 && nobody.error == "cannot look at 99999999: no such process (ESRCH)\n")
    #expect(try run("AdviseExample").status == 64)
  }
}

@Suite struct `The example of pressure` {
  @Test(.enabled(if: mayWatch, "this kernel has no PSI, or no alarm for this user"))
  func `ends by its time limit and names the largest process`() throws {
    let victim = try VictimProcess("--anon", "64M")
    let result = try run("PressureExample", "1")
    #expect(result.status == 0, "\(result.error)")
    let lines = result.output.split(separator: "\n")
    try #require(lines.count == 5, "\(result.output)")
    #expect(["no pressure in 1 s", "pressure"].contains(lines[0]))
    #expect(lines[1].hasPrefix("available: ") && lines[2].hasPrefix("swap: ") && lines[3].hasPrefix("largest: "))
    // Whoever is the largest on this machine, it has at least what the victim has.
    let sizes = lines[4].split(separator: " ").compactMap { UInt64($0) }
    #expect(lines[4].hasPrefix("it has: ") && sizes.reduce(0, +) >= 64 << 20)
    #expect(isAlive(victim.pid))
  }

  @Test func `refuses what is no time`() throws {
    for word in ["", "soon", "-1", "3601"] { #expect(try run("PressureExample", word).status == 64) }
  }
}
