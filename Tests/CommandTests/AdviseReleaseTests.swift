import Foundation
import ScytheLinux
import TestSupport
import Testing

@Suite struct `Advice to need no more` {
  @Test func `is refused for a process that lives, with the command that kills it`() throws {
    let victim = try VictimProcess("--anon", "8M")
    let before = try VictimMemory(victim.pid)
    for arguments in [["--dry-run"], []] {
      let result = try BuiltProgram.run(
        BuiltProgram.url("scythe"), ["advise", "\(victim.pid.rawValue)", "--advice", "dontneed"] + arguments)
      #expect(result.status == 5)
      #expect(result.isOneClearLine)
      #expect(result.error.contains("use 'scythe kill \(victim.pid.rawValue)'"))
    }
    #expect(isAlive(victim.pid))
    #expect(try VictimMemory(victim.pid) == before)
  }

  @Test func `is refused beside one that lives`() throws {
    let victim = try VictimProcess("--anon", "8M")
    let dying = try VictimProcess("--anon", "8M", "--held")
    try killAndPark(dying)
    let result = try scythe(
      "advise", "\(dying.pid.rawValue)", "\(victim.pid.rawValue)", "--advice", "dontneed")
    #expect(result.status == 5)
    #expect(try Procfs().status(of: dying.pid).anonymousBytes >= 8 << 20)
  }

  @Test func `releases a process that was killed and cannot die, and says what came back`() throws {
    let victim = try VictimProcess("--anon", "8M", "--held")
    try killAndPark(victim)
    let plan = try scythe("advise", "\(victim.pid.rawValue)", "--advice", "dontneed", "--dry-run")
    #expect(plan.status == 0, "\(plan.error)")
    #expect(plan.output.contains("return 8."))
    #expect(try Procfs().status(of: victim.pid).anonymousBytes >= 8 << 20)
    let result = try scythe("advise", "\(victim.pid.rawValue)", "--advice", "dontneed")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.contains(" MiB back in "))
    #expect(try Procfs().status(of: victim.pid).anonymousBytes == 0)
  }

  @Test func `leaves the memory of one that holds a robust mutex`() throws {
    let victim = try VictimProcess("--anon", "8M", "--robust", "held", "--held")
    try killAndPark(victim)
    let result = try scythe("advise", "\(victim.pid.rawValue)", "--advice", "dontneed", "--deadline", "200ms")
    #expect(result.status == 1)
    #expect(result.output.contains("not released: it holds a robust mutex"))
    #expect(try Procfs().status(of: victim.pid).anonymousBytes >= 8 << 20)
  }
}
