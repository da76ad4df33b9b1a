import Foundation
import ScytheLinux
import ScytheTelemetry
import TestSupport
import Testing

@testable import ScytheCommand

private let second: UInt64 = 1_000_000_000
private let gibibyte: UInt64 = 1 << 30

@Suite struct `A shortage` {
  private func news(_ readings: [(at: UInt64, left: UInt64, lasts: UInt64?)]) -> [ShortageWatch.News?] {
    var watch = ShortageWatch(leastBytes: gibibyte, leastNanoseconds: 15 * second)
    return readings.map { reading in
      watch.take(
        ShortageWatch.Reading(
          nanoseconds: reading.at * second, leftBytes: reading.left,
          leftNanoseconds: reading.lasts.map { $0 * second }))
    }
  }

  @Test func `is told of once, and its end once it has been over for ten seconds`() {
    #expect(news([(0, 2 * gibibyte, nil), (1, gibibyte, nil), (2, 0, nil)]) == [nil, .short, nil])
    #expect(
      news([
        (0, gibibyte, nil), (1, 2 * gibibyte, nil), (10, 2 * gibibyte, nil), (11, 2 * gibibyte, nil),
        (12, gibibyte, nil),
      ]) == [.short, nil, nil, .enough, .short])
  }

  @Test func `is not over while no more than a quarter more is left, or at the edge for a moment`() {
    let more = gibibyte + gibibyte / 4
    #expect(news([(0, gibibyte, nil), (1, more, nil), (99, more, nil)]) == [.short, nil, nil])
    #expect(
      news([(0, gibibyte, nil), (1, more + 1, nil), (9, more, nil), (11, more + 1, nil), (20, more + 1, nil)])
        == [.short, nil, nil, nil, nil])
    #expect(news([(0, gibibyte, nil), (1, 9 * gibibyte, 30), (99, 9 * gibibyte, 31)]) == [.short, nil, nil])
  }

  @Test func `of any size has an end, or none`() {
    var watch = ShortageWatch(leastBytes: .max, leastNanoseconds: .max)
    for at: UInt64 in [0, 99] {
      let reading = ShortageWatch.Reading(nanoseconds: at * second, leftBytes: .max, leftNanoseconds: nil)
      #expect(watch.take(reading) == (at == 0 ? .short : nil))
    }
  }

  @Test func `is a fill that goes on for a second, and no burst`() {
    #expect(news([(0, 8 * gibibyte, 15), (1, 7 * gibibyte, 14)]) == [nil, .short])
    #expect(news([(0, 8 * gibibyte, 15), (1, 7 * gibibyte, 16), (2, 6 * gibibyte, 15)]) == [nil, nil, nil])
  }
}

/// `scythe warn`, while it runs.
private final class WarnProgram {
  private let program = Process()
  private let output = Pipe()
  private let error = Pipe()

  init(_ folder: PageFolder, _ arguments: String...) throws {
    program.executableURL = BuiltProgram.url("scythe")
    program.arguments = ["warn", "--interval", "100ms", "--file", folder.file] + arguments
    program.standardOutput = output
    program.standardError = error
    try program.run()
  }

  deinit { if program.isRunning { program.terminate() } }

  /// What it says next; nothing if it has ended.
  func line() -> String { words(output) }
  func complaint() -> String { words(error) }

  func interrupt() -> Int32 {
    program.interrupt()
    program.waitUntilExit()
    return program.terminationStatus
  }

  private func words(_ pipe: Pipe) -> String {
    String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
  }
}

@Suite struct `A warning` {
  @Test(.timeLimit(.minutes(5))) func `says how much is left, for how long, and who is next`() throws {
    let folder = try PageFolder()
    let program: WarnProgram
    do {
      let page = try folder.page(boot: try BootIdentity())
      program = try WarnProgram(folder)
      #expect(
        program.line() == "memory gets short: 2.9 GiB left before somebody is killed, 2.9 s at this fill; "
          + "next is 1234 largest one, 1.0 GiB\n")
      withExtendedLifetime(page) {}
    }
    let ended = program.complaint()
    #expect(ended.hasPrefix("scythe: no scythed runs: process 4711") && ended.hasSuffix("waits for the next one\n"))
    #expect(program.interrupt() == 0)
    // Said once, and nothing else.
    #expect(program.line().isEmpty && program.complaint().isEmpty)
  }

  @Test(.timeLimit(.minutes(5)), arguments: [("3G", true), ("15%", false), ("20%", true)])
  func `begins where it is told to`(left: String, isShort: Bool) throws {
    let folder = try PageFolder()
    var page = try folder.page(boot: try BootIdentity())
    var status = PageFolder.status
    status.timeLeftNanoseconds = nil
    page.publish(status)
    let program = try WarnProgram(folder, "--json", "--left", left)
    if !isShort {
      // Time to say something too early.
      usleep(500_000)
      status.headroomBytes = 2 << 30
      status.sampledNanoseconds = UInt64(MonotonicClock.nowNanoseconds)
      page.publish(status)
    }
    let line = program.line()
    let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(object["state"] as? String == "short" && object["kills"] as? Bool == true, "\(line)")
    #expect((object["leftBytes"] as? NSNumber)?.uint64Value == (isShort ? 3 : 2) << 30 - 80 << 20)
    #expect((object["next"] as? [String: Any])?["pid"] as? Int == 1234)
    #expect(program.interrupt() == 0)
    withExtendedLifetime(page) {}
  }

  @Test(arguments: [
    (["--file", "/nonexistent/status"], 4, "no scythed runs"), (["--interval", "1ms"], 64, "the least is 100ms"),
    (["--time", "soon"], 64, "such as 500ms"), (["--left", "101%"], 64, "a share from 0% to 100%"),
    (["--left", "much"], 64, "give a size"),
  ])
  func `that cannot be had is one clear line`(arguments: [String], status: Int, words: String) throws {
    let folder = try PageFolder()
    let page = try folder.page(boot: try BootIdentity())
    let result = try BuiltProgram.run(
      BuiltProgram.url("scythe"), ["warn"] + ["--file", folder.file] + arguments)
    #expect(result.status == status && result.isOneClearLine && result.error.contains(words), "\(result.error)")
    withExtendedLifetime(page) {}
  }
}
