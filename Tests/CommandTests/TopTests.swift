import Foundation
import ScytheLinux
import ScytheTelemetry
import TestSupport
import Testing

@Suite struct `The live view` {
  @Test func `says what the page says`() throws {
    let folder = try PageFolder()
    let page = try folder.page(boot: try BootIdentity())
    let result = try scythe("top", "--once", "--file", folder.file)
    #expect(result.status == 0 && result.error.isEmpty, "\(result.error)")
    let words = [
      "scythed 4711 watches", "3.0 GiB of 16.0 GiB", "80.0 MiB", "1.0 GiB/s; time left: 2.9 s",
      "no rule asks for a kill", "largest one", "last one", "fails, 0 of 1 stored: no space left (ENOSPC)",
      "one waits for the disk", "3 of its system calls were answered as unknown",
    ]
    for word in words { #expect(result.output.contains(word), "\(word) in \(result.output)") }
    #expect(!result.output.contains("\u{1B}"))
    let json = try scythe("top", "--once", "--json", "--file", folder.file)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let headroom = try #require(object["headroom"] as? [String: Any])
    #expect((headroom["total"] as? NSNumber)?.uint64Value == 3 << 30 && object["restraint"] as? String == "enough")
    #expect(object["records"] == nil && (object["candidates"] as? [[String: Any]])?.count == 1)
    withExtendedLifetime(page) {}
  }

  @Test func `goes on until it is ended, a line of JSON each time`() throws {
    let folder = try PageFolder()
    let page = try folder.page(boot: try BootIdentity())
    let script = #"timeout --signal=INT 1 "$0" top --json --interval 100ms --file "$1""#
    let result = try BuiltProgram.run(
      URL(fileURLWithPath: "/bin/sh"), ["-c", script, BuiltProgram.url("scythe").path, folder.file])
    let lines = result.output.split(separator: "\n")
    #expect(lines.count >= 3 && lines.allSatisfy { $0.hasPrefix("{") }, "\(lines.count) lines; \(result.error)")
    withExtendedLifetime(page) {}
  }

  @Test func `of a daemon that has ended, or was of another boot, is one clear line`() throws {
    let folder = try PageFolder()
    func make(_ boot: BootIdentity) throws { _ = try folder.page(boot: boot) }
    try make(try BootIdentity())
    let ended = try scythe("top", "--once", "--file", folder.file)
    #expect(ended.status == 4 && ended.isOneClearLine && ended.error.contains("process 4711"), "\(ended.error)")
    try make(BootIdentity(low: 1, high: 2))
    let other = try scythe("top", "--file", folder.file)
    #expect(other.status == 4 && other.isOneClearLine && other.error.contains("another boot"), "\(other.error)")
  }

  @Test(arguments: [
    (["--file", "/nonexistent/status"], 4, "no scythed runs"),
    (["--file", "/etc/passwd"], 71, "it is not a status page"),
    (["--file", "/etc"], 71, "it is no file"), (["--interval", "often"], 64, "such as 500ms"),
    (["--interval", "1ms"], 64, "the least is 100ms"), (["1"], 64, "scythe --help"),
  ])
  func `that cannot be had is one clear line`(arguments: [String], status: Int, words: String) throws {
    let result = try BuiltProgram.run(BuiltProgram.url("scythe"), ["top"] + arguments)
    #expect(result.status == status && result.isOneClearLine && result.error.contains(words), "\(result.error)")
  }
}
