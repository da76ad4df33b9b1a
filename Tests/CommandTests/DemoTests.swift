import Foundation
import FoundationXML
import ScytheLinux
import TestSupport
import Testing

/// What `scythe demo --json` says.
private struct Demo: Decodable {
  struct Run: Decodable {
    let way: String
    let isScythe: Bool
    let backNanoseconds: Int64?
    let bytesBack, bytesLeft: UInt64
    let workers: Int
    let mutex: String?
  }

  struct Row: Decodable {
    let victim: String
    let title: String
    let runs: [Run]
    let notShown: String?
  }

  let victimBytes: UInt64
  let rows: [Row]

  init(_ arguments: String...) throws {
    let result = try BuiltProgram.run(BuiltProgram.url("scythe"), ["demo", "--json"] + arguments)
    #expect(result.status == 0, "\(result.error)")
    self = try JSONDecoder().decode(Demo.self, from: Data(result.output.utf8))
  }
}

private let kinds = [
  "running", "held", "frozen", "throttled", "idle", "state-d", "vmas", "huge-pages", "threads", "cgroup",
  "robust-mutex",
]

@Suite struct `The demo` {
  @Test func `shows every victim that this machine can make, and says why of the others`() throws {
    let demo = try Demo("--size", "16M")
    #expect(demo.victimBytes == 16 << 20)
    #expect(demo.rows.map(\.victim) == kinds)
    for row in demo.rows {
      if let reason = row.notShown {
        print("not run: the demo's victim \(row.victim): \(reason)")
        #expect(row.runs.isEmpty)
        continue
      }
      #expect(row.runs.first?.way == "SIGKILL alone")
      for run in row.runs where run.isScythe {
        #expect(run.backNanoseconds != nil, "\(row.victim): \(run.way)")
        #expect(run.bytesBack >= 16 << 20)
      }
    }
  }

  @Test(arguments: ["held", "frozen", "state-d"])
  func `has victims that SIGKILL alone gets nothing back from`(kind: String) throws {
    let row = try #require(try Demo("--size", "8M", "--victim", kind).rows.first)
    guard row.notShown == nil else { return print("not run: the demo's victim \(kind): \(row.notShown ?? "")") }
    #expect(row.runs[0].backNanoseconds == nil)
    #expect(row.runs[0].bytesBack == 0 && row.runs[0].bytesLeft >= 8 << 20)
  }

  @Test func `shows that a release without a look loses a mutex, and that Scythe does not`() throws {
    let row = try #require(try Demo("--size", "8M", "--victim", "robust-mutex").rows.first)
    #expect(row.runs.map(\.mutex) == ["recovered", "lost", "recovered"])
  }

  @Test func `says so where the kernel has no release, and shows none`() throws {
    let result = try BuiltProgram.run(
      BuiltProgram.url("WithoutCalls"),
      ["process_mrelease=38", "--", BuiltProgram.url("scythe").path, "demo", "--size", "8M"]
        + ["--victim", "held", "--victim", "robust-mutex"])
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.contains("process_mrelease (Linux 5.15) cannot be called here"))
    #expect(!result.output.contains("unchecked") && !result.output.contains("LOST"))
    #expect(result.output.contains("Scythe 0 B of 8."))
  }

  @Test func `draws a bar for each, in plain characters where there is no terminal`() throws {
    let environment = ["LC_ALL": "C", "PATH": "/usr/bin:/bin", "TERM": "xterm"]
    let result = try BuiltProgram.run(
      BuiltProgram.url("scythe"), ["demo", "--size", "8M", "--victim", "held"], environment: environment)
    #expect(result.status == 0)
    #expect(result.output.contains("SIGKILL alone       not back  ....."))
    #expect(result.output.contains(" ms  #\n"))
    #expect(result.output.utf8.allSatisfy { $0 < 128 && $0 != 27 })
    #expect(result.error.isEmpty)
  }

  @Test func `writes a page that needs nothing from elsewhere`() throws {
    let path = NSTemporaryDirectory() + "scythe-demo-\(UUID().uuidString).html"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let result = try scythe("demo", "--size", "8M", "--victim", "held", "--report", path)
    #expect(result.status == 0, "\(result.error)")
    let page = try String(contentsOfFile: path, encoding: .utf8)
    // As XML, it is also well-formed, so that no text can have become markup.
    let body = page.replacingOccurrences(of: "<!DOCTYPE html>\n", with: "")
      .replacingOccurrences(of: "<meta charset=\"utf-8\">", with: "")
      .replacing(#/<meta name="viewport"[^>]*>/#, with: "")
    #expect(XMLParser(data: Data(body.utf8)).parse())
    #expect(page.contains("<svg") && page.contains("held in its exit") && page.contains("not back: 8."))
    for outside in ["http:", "https:", "src=", "href=", "<script", "@import"] { #expect(!page.contains(outside)) }
  }

  @Test func `goes on, and says so in one line, if the page cannot be written`() throws {
    for (path, cause) in [("/no-such-folder/page.html", "ENOENT"), (NSTemporaryDirectory(), "EISDIR")] {
      let result = try scythe("demo", "--size", "8M", "--victim", "running", "--report", path)
      #expect(result.status == 73)
      #expect(result.output.contains("Scythe, 1 worker"))
      #expect(result.error.hasPrefix("scythe: cannot write the report '\(path)': "))
      #expect(result.error.contains(cause) && result.error.split(separator: "\n").count == 1)
    }
  }

  @Test(arguments: [
    (["--victim", "nobody"], "no such victim"), (["--size", "1M"], "at least"), (["--size", "-8M"], "at least"),
    (["--size", "9000T"], "smaller --size"), (["--size", "nan"], "at least"), (["--size", ""], "at least"),
    (["extra"], "see 'scythe --help'"),
  ])
  func `refuses what makes no sense`(arguments: [String], cause: String) throws {
    let result = try BuiltProgram.run(BuiltProgram.url("scythe"), ["demo"] + arguments)
    #expect(result.status == 64)
    #expect(result.isOneClearLine, "\(result.error)")
    #expect(result.error.contains(cause))
  }

  @Test(.enabled(if: canRunAsNobody, "needs root, setpriv, and a checkout that nobody may enter"))
  func `shows a user without privilege what can be shown`() throws {
    let result = try scytheAsNobody("demo", "--size", "8M", "--json")
    #expect(result.status == 0, "\(result.error)")
    let demo = try JSONDecoder().decode(Demo.self, from: Data(result.output.utf8))
    let shown = demo.rows.filter { $0.notShown == nil }.map(\.victim)
    let possible: Set = ["running", "held", "idle", "vmas", "threads", "robust-mutex"]
    #expect(possible.isSubset(of: shown), "\(result.output)")
    let reason = try #require(demo.rows.first { $0.victim == "state-d" }?.notShown)
    #expect(reason.contains("needs root"))
  }

  @Test(.enabled(if: TestControlGroup.isAvailable(.memory), "needs a v1 memory hierarchy that takes groups"))
  func `takes no more than a quarter of what its control group has left`() throws {
    let group = try TestControlGroup(.memory)
    defer { group.remove() }
    try group.write("\(256 << 20)", to: "memory.limit_in_bytes")
    let result = try BuiltProgram.run(
      URL(fileURLWithPath: "/bin/sh"),
      ["-c", "echo $$ > \"$0\"/cgroup.procs; exec \"$@\"", group.path, BuiltProgram.url("scythe").path]
        + ["demo", "--json", "--victim", "running"])
    #expect(result.status == 0, "\(result.error)")
    let demo = try JSONDecoder().decode(Demo.self, from: Data(result.output.utf8))
    #expect(demo.victimBytes <= 64 << 20 && demo.victimBytes >= 16 << 20)
  }
}

@Suite struct `An interrupted demo` {
  private func start(_ leftovers: Leftovers) throws -> Process {
    let process = Process()
    process.executableURL = BuiltProgram.url("scythe")
    process.arguments = ["demo", "--size", "16M"]
    let mark = leftovers.mark.split(separator: "=").map(String.init)
    process.environment = ProcessInfo.processInfo.environment.merging([mark[0]: mark[1]]) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
  func `leaves nothing behind, whenever it comes`(signal: Int32) throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<3 {
      let leftovers = Leftovers()
      // The whole demo takes some 20 s at this size, unless the machine lacks many of the victims.
      let milliseconds = UInt32.random(in: 0..<12_000, using: &random)
      let process = try start(leftovers)
      let demo = try ProcessDescriptor(PID(process.processIdentifier))
      usleep(milliseconds * 1000)
      try? demo.send(Signal(rawValue: signal))
      process.waitUntilExit()
      // Before its first victim the demo knows no signal, and dies of it; and it may be over already.
      let status = process.terminationStatus
      let left = leftovers.afterAWhile()
      #expect(left.isEmpty, "signal \(signal) after \(milliseconds) ms")
      if signal != SIGKILL { #expect([130, signal, 0].contains(status), "after \(milliseconds) ms") }
    }
  }
}
