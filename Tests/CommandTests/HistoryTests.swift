import Foundation
import Scythe
import ScytheLinux
import ScytheTelemetry
import TestSupport
import Testing

@testable import ScytheCommand

private let day: Int64 = 86_400_000_000_000

/// A folder with a kill log: a kill of two days ago, one of an hour ago, and one of now that was refused.
private final class LogFolder {
  let url: URL
  var file: String { url.appendingPathComponent("kills.log").path }

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("scythe-test.\(UUID().uuidString)")
    var log = try KillLog(in: PathBuffer(bytes: url.path.utf8))
    let now = WallClock.nowNanoseconds
    for (index, age) in [2 * day, day / 24, 0].enumerated() {
      var record = KillRecord()
      record.wallNanoseconds = now - age
      record.pid = PID(Int32(100 + index))
      record.setName(ProcessName(Array("victim \(index)".utf8).span))
      record.rule = .deadline
      record.outcome = index == 2 ? .refused : .killed
      record.expectedBytes = 512 << 20
      if index == 2 {
        record.refusal = .notPermitted
        record.signalNanoseconds = nil
        record.backNanoseconds = nil
      } else {
        record.bytesBack = 500 << 20
        record.evidence = .exit
        record.fate = .exited
        record.leftSharedBytes = 12 << 20
        record.signalNanoseconds = 5_000_000
        record.backNanoseconds = 154_200_000
      }
      record.seal(sequence: UInt64(index + 1))
      try log.append(record)
    }
  }

  /// Stores one more kill.
  func append(_ sequence: UInt64, _ name: String) throws {
    var log = try KillLog(in: PathBuffer(bytes: url.path.utf8))
    var record = KillRecord()
    record.wallNanoseconds = WallClock.nowNanoseconds
    record.pid = PID(Int32(99 + sequence))
    record.setName(ProcessName(Array(name.utf8).span))
    record.outcome = .killed
    record.seal(sequence: sequence)
    try log.append(record)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Changes one byte of a record.
  func damage(_ record: Int) throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
    bytes[(record + 1) * 512 + 100] ^= 1
    try bytes.write(to: URL(fileURLWithPath: file))
  }

  func json(_ arguments: String...) throws -> [String: Any] {
    let result = try BuiltProgram.run(
      BuiltProgram.url("scythe"), ["history", "--json", "--file", file] + arguments)
    #expect(result.status == 0 && result.error.isEmpty, "\(result.error)")
    return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }
}

private func pids(_ report: [String: Any]) -> [Int] {
  ((report["kills"] as? [[String: Any]]) ?? []).compactMap { ($0["pid"] as? NSNumber)?.intValue }
}

@Suite struct `The history` {
  @Test func `is of all kills, the oldest first`() throws {
    let folder = try LogFolder()
    let report = try folder.json()
    #expect(pids(report) == [100, 101, 102])
    #expect((report["damaged"] as? NSNumber)?.intValue == 0 && (report["missing"] as? NSNumber)?.intValue == 0)
    let kills = try #require(report["kills"] as? [[String: Any]])
    #expect(kills[0]["evidence"] as? String == "exit" && kills[0]["outcome"] as? String == "killed")
    #expect(kills[2]["refusal"] as? String == "notPermitted" && kills[2]["backNanoseconds"] == nil)
    let time = try #require(kills[2]["time"] as? String)
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    let date = try #require(formatter.date(from: time))
    #expect(abs(date.timeIntervalSinceNow) < 60)
  }

  @Test func `can be of a time, or of the last few`() throws {
    let folder = try LogFolder()
    #expect(pids(try folder.json("--since", "3d")) == [100, 101, 102])
    #expect(pids(try folder.json("--since", "2h")) == [101, 102])
    #expect(pids(try folder.json("--since", "1m")) == [102])
    #expect(pids(try folder.json("--last", "1")) == [102])
    #expect(pids(try folder.json("--last", "9")) == [100, 101, 102])
    #expect(pids(try folder.json("--since", "2h", "--last", "1")) == [102])
  }

  @Test(.timeLimit(.minutes(1)), arguments: [[], ["--json"]])
  func `goes on with each kill to come, in its order, and each once`(more: [String]) throws {
    let folder = try LogFolder()
    let process = Process()
    process.executableURL = BuiltProgram.url("scythe")
    process.arguments = ["history", "--follow", "--last", "1", "--file", folder.file] + more
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    defer { process.terminate() }
    var said = ""
    func has(_ word: String) -> Bool {
      while !said.contains(word) {
        let data = output.fileHandleForReading.availableData
        if data.isEmpty { return false }
        said += String(decoding: data, as: UTF8.self)
      }
      return true
    }
    #expect(has("victim 2"))
    // The first two in one step of the file's time, the next a while later.
    try folder.append(4, "fourth")
    try folder.append(5, "fifth")
    #expect(has("fourth") && has("fifth"))
    usleep(1_500_000)
    // And by a clock that was set back.
    try folder.append(6, "sixth")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: folder.file)
    #expect(has("sixth"))
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let lines = said.split(separator: "\n")
    #expect(lines.count == 4, "\(said)")
    #expect(zip(lines, ["victim 2", "fourth", "fifth", "sixth"]).allSatisfy { $0.contains($1) }, "\(said)")
  }

  @Test func `for a person says when, who, why, what came back and what did not`() throws {
    let folder = try LogFolder()
    let result = try scythe("history", "--file", folder.file)
    #expect(result.status == 0)
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 4, "\(result.output)")
    for word in [
      "killed", "100", "victim 0", "500.0 MiB", "154.2 ms", "deadline", "it is dead", "left 12.0 MiB shared",
    ] {
      #expect(lines[1].contains(word), "\(word) in \(lines[1])")
    }
    #expect(lines[3].contains("not killed") && lines[3].contains("not permitted"), "\(lines[3])")
  }

  @Test func `says what is damaged, and has the rest`() throws {
    let folder = try LogFolder()
    try folder.damage(1)
    let report = try folder.json()
    #expect(pids(report) == [100, 102] && (report["damaged"] as? NSNumber)?.intValue == 1)
    let result = try scythe("history", "--file", folder.file)
    #expect(result.output.contains("note: 1 of the records") && result.output.contains("victim 2"))
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.file))
    try file.truncate(atOffset: 1200)
    let cut = try scythe("history", "--file", folder.file)
    #expect(cut.status == 0 && cut.output.contains("victim 0") && cut.output.contains("was cut short"))
  }

  @Test func `of nobody says that`() throws {
    let folder = try LogFolder()
    try Data().write(to: URL(fileURLWithPath: folder.file))
    #expect(try scythe("history", "--file", folder.file).output == "nobody has been killed\n")
  }

  @Test(arguments: [
    (["--file", "/nonexistent/kills.log"], 71, "there is none; scythed makes it"),
    (["--file", "/etc/passwd"], 71, "it is not a kill log"), (["--file", "/etc"], 71, "it is no file"),
    (["--since", "yesterday"], 64, "such as 500ms, 3s or 2m"), (["--last", "0"], 64, "a number from 1 on"),
    (["--last", "many"], 64, "a number from 1 on"), (["now"], 64, "scythe --help"),
  ])
  func `that cannot be told is one clear line`(arguments: [String], status: Int, words: String) throws {
    let result = try BuiltProgram.run(BuiltProgram.url("scythe"), ["history"] + arguments)
    #expect(result.status == status && result.isOneClearLine && result.error.contains(words), "\(result.error)")
  }

  @Test(.enabled(if: canRunAsNobody, "needs root, setpriv, and a checkout that nobody may enter"))
  func `that one may not read is not permitted`() throws {
    let folder = try LogFolder()
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.file)
    let result = try scytheAsNobody("history", "--file", folder.file)
    #expect(result.status == 3 && result.isOneClearLine, "\(result.error)")
  }
}

@Suite struct `What a record holds` {
  @Test(arguments: [
    (Int64.min, "1677-09-21T00:12:43.145Z"), (-1, "1969-12-31T23:59:59.999Z"), (0, "1970-01-01T00:00:00.000Z"),
    (Int64.max, "2262-04-11T23:47:16.854Z"),
  ])
  func `is a time, whatever it is`(nanoseconds: Int64, words: String) { #expect(WallTime.utc(nanoseconds) == words) }

  @Test func `is a name in one line, whatever a process calls itself`() {
    #expect(ProcessName(Array("a\u{1B}[2J\nb\u{9B}c".utf8).span).description == "a?[2J?b?c")
  }
}
