import Foundation
import ScytheLinux
import TestSupport
import Testing

@Suite struct `Advice by the command` {
  @Test func `cold makes the kernel forget that the memory was used`() throws {
    let victim = try VictimProcess("--anon", "16M")
    #expect(try VictimMemory(victim.pid).referencedBytes >= 16 << 20)
    let result = try scythe("advise", "\(victim.pid.rawValue)", "--advice", "cold")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.contains("1 process advised"))
    #expect(result.output.contains("note: cold memory stays resident"))
    let memory = try VictimMemory(victim.pid)
    #expect(memory.referencedBytes == 0)
    #expect(memory.residentBytes >= 16 << 20)
  }

  @Test func `pageout drops the pages of files, and says what went and what cannot`() throws {
    let victim = try VictimProcess("--anon", "4M", "--file", "16M", "--areas", "l8,s4")
    #expect(try Procfs().status(of: victim.pid).fileBytes >= 16 << 20)
    let (status, report) = try adviseJSON("\(victim.pid.rawValue)", "--advice", "pageout")
    #expect(status == 0)
    let after = try Procfs().status(of: victim.pid)
    #expect(after.fileBytes < 16 << 20)
    let process = try #require((report["processes"] as? [[String: Any]])?.first)
    #expect(process["carrier"] as? String == "vector")
    #expect(process["result"] as? String == "completed")
    #expect((process["before"] as? [String: Int])?["fileBytes"] ?? 0 >= 16 << 20)
    #expect((process["after"] as? [String: Int])?["fileBytes"] ?? .max < 16 << 20)
    let skipped = try #require(process["skipped"] as? [String: [String: Int]])
    #expect(skipped["locked"] == ["areas": 1, "bytes": 8 * Int(Machine.pageBytes)])
    #expect((process["advised"] as? [String: Int])?["bytes"] ?? 0 >= 20 << 20)
  }

  @Test(.enabled(if: ((try? Procfs().swapInformation())?.areas ?? 0) == 0, "there is swap here"))
  func `pageout says that without swap only pages of files go`() throws {
    let victim = try VictimProcess("--anon", "4M")
    let result = try scythe("advise", "\(victim.pid.rawValue)", "--advice", "pageout")
    #expect(result.status == 0)
    #expect(result.output.contains("there is no swap here, so only pages of files can go"))
    #expect(try VictimMemory(victim.pid).residentBytes >= 4 << 20)
  }

  @Test func `willneed takes what can be read in`() throws {
    let victim = try VictimProcess("--file", "8M")
    let result = try scythe("advise", "\(victim.pid.rawValue)", "--advice", "willneed")
    #expect(result.status == 0, "\(result.error)")
  }

  @Test func `ranges touch only what they name, in any order and form`() throws {
    let page = Machine.pageBytes
    // Every second area is of another kind, so each is a VMA of its own.
    let victim = try VictimProcess("--areas", "a8,r8,a8,r8,x4,a8")
    let base = try #require(victim.address("areas"))
    let first = rangeText(base + 8 * page, 8 * page)
    let second = "0x" + rangeText(base + 24 * page, 20 * page).uppercased().replacing("-", with: "-0X")
    let result = try scythe(
      "advise", "\(victim.pid.rawValue)", "--advice", "cold", "--range", second, "--range", first)
    #expect(result.status == 0, "\(result.error)")
    for (area, isNamed) in zip([0, 8, 16, 24, 36] as [UInt64], [false, true, false, true, true]) {
      let start = base + area * page
      let memory = try VictimMemory(victim.pid, in: start..<start + page)
      #expect(memory.referencedBytes == (isNamed ? 0 : 8 * page), "area at page \(area)")
    }
  }

  @Test func `--max is not exceeded`() throws {
    let victim = try VictimProcess("--anon", "16M")
    let (status, report) = try adviseJSON("\(victim.pid.rawValue)", "--advice", "cold", "--max", "4M")
    #expect(status == 0)
    #expect(report["end"] as? String == "maximum-reached")
    let process = try #require((report["processes"] as? [[String: Any]])?.first)
    #expect((process["advised"] as? [String: Int])?["bytes"] == 4 << 20)
    #expect(process["nextAddress"] is String)
  }

  @Test func `--max is for all together, and the largest comes first`() throws {
    let small = try VictimProcess("--anon", "4M")
    let large = try VictimProcess("--anon", "16M")
    let (status, report) = try adviseJSON(
      "\(small.pid.rawValue)", "\(large.pid.rawValue)", "--advice", "cold", "--max", "2M")
    #expect(status == 0)
    let processes = try #require(report["processes"] as? [[String: Any]])
    #expect(processes.map { $0["pid"] as? Int32 } == [large.pid.rawValue, small.pid.rawValue])
    #expect(processes.map { $0["result"] as? String } == ["maximum-reached", "not-reached"])
    #expect(report["notReached"] as? Int == 1)
  }

  @Test func `--deadline 0 advises nobody, with exit code 1`() throws {
    let victim = try VictimProcess("--anon", "8M")
    let before = try VictimMemory(victim.pid)
    let result = try scythe("advise", "\(victim.pid.rawValue)", "--advice", "cold", "--deadline", "0")
    #expect(result.status == 1)
    #expect(result.output.contains("1 not reached; the deadline is over"))
    #expect(try VictimMemory(victim.pid) == before)
  }

  @Test(arguments: ["cold", "pageout", "willneed", "collapse"])
  func `--dry-run changes nothing, and says what would be walked and skipped`(advice: String) throws {
    let victim = try VictimProcess("--anon", "8M", "--file", "4M", "--areas", "l8,a4")
    let before = try VictimMemory(victim.pid)
    let result = try scythe("advise", "\(victim.pid.rawValue)", "--advice", advice, "--dry-run")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.contains("would be walked: "))
    #expect(result.output.contains("nobody was advised"))
    let isLockedSkipped = result.output.contains("32.0 KiB in 1 area (locked)")
    #expect(isLockedSkipped == (advice == "cold" || advice == "pageout"))
    if advice == "collapse" { #expect(result.output.contains("no whole huge page")) }
    #expect(try VictimMemory(victim.pid) == before)
  }

  @Test func `--dry-run says as JSON what the advice then meets`() throws {
    let victim = try VictimProcess("--anon", "8M", "--areas", "l8,a4,d1")
    let (planStatus, plan) = try adviseJSON("\(victim.pid.rawValue)", "--advice", "cold", "--dry-run")
    let (status, report) = try adviseJSON("\(victim.pid.rawValue)", "--advice", "cold")
    #expect(planStatus == 0 && status == 0)
    #expect(plan["dryRun"] as? Bool == true)
    let planned = try #require((plan["processes"] as? [[String: Any]])?.first)
    let advised = try #require((report["processes"] as? [[String: Any]])?.first)
    #expect(planned["walked"] as? [String: Int] == advised["advised"] as? [String: Int])
    #expect(planned["skipped"] as? [String: [String: Int]] == advised["skipped"] as? [String: [String: Int]])
    #expect(planned["residentBytes"] as? Int ?? 0 >= 8 << 20)
  }

  @Test func `--dry-run counts huge pages where there can be some`() throws {
    let victim = try VictimProcess("--anon", "8M", "--thp")
    let (status, plan) = try adviseJSON("\(victim.pid.rawValue)", "--advice", "collapse", "--dry-run")
    #expect(status == 0)
    let planned = try #require((plan["processes"] as? [[String: Any]])?.first)
    let walked = try #require(planned["walked"] as? [String: Int])
    #expect(walked["bytes"]! >= 8 << 20)
    #expect(walked["bytes"]! % (2 << 20) == 0)
  }

  @Test func `--quiet prints nothing`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let result = try scythe("advise", "\(victim.pid.rawValue)", "--advice", "cold", "--quiet")
    #expect(result.status == 0)
    #expect(result.output.isEmpty && result.error.isEmpty)
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/env"), "needs env of coreutils 8.31"))
  func `that is interrupted says what was done, and ends with exit code 130`() throws {
    let victim = try VictimProcess("--anon", "8M")
    let before = try VictimMemory(victim.pid)
    let program = BuiltProgram.url("scythe").path
    // The signal is there before the first chunk, and held back until the command asks for it.
    let result = try BuiltProgram.run(
      URL(fileURLWithPath: "/usr/bin/env"),
      [
        "--block-signal=INT", "sh", "-c", "kill -INT $$; exec \"$0\" advise \"$1\" --advice cold", program,
        "\(victim.pid.rawValue)",
      ])
    #expect(result.status == 130, "\(result.error)")
    #expect(result.output.contains("0 processes advised"))
    #expect(result.output.contains("1 not reached; interrupted"))
    #expect(try VictimMemory(victim.pid) == before)
  }
}
