import Foundation
import TestSupport
import Testing

@testable import ScytheLinux

private func sizes(_ text: String, pageBytes: UInt64 = 4096) -> ProcessMemorySizes? {
  let bytes = Array(text.utf8)
  return ProcessMemorySizes(parsing: bytes.span, pageBytes: pageBytes)
}

@Suite struct `The statm file of a process` {
  private let sample = "1367 231 214 5 0 103 0\n"

  @Test func `is read in bytes`() throws {
    let parsed = try #require(sizes(sample))
    #expect(parsed.virtualBytes == 1367 << 12)
    #expect(parsed.residentBytes == 231 << 12)
    #expect(parsed.sharedBytes == 214 << 12)
    #expect(parsed.anonymousBytes == 17 << 12)
    #expect(sizes(sample, pageBytes: 65536)?.residentBytes == 231 << 16)
  }

  @Test func `with more shared than resident has no anonymous memory`() {
    // The counters are not read at one moment.
    #expect(sizes("9 3 5 0 0 0 0\n")?.anonymousBytes == 0)
  }

  @Test func `cut anywhere is refused, or right as far as it goes`() {
    for text in HostileInput.truncations(of: sample) {
      let cut = ProcessMemorySizes(parsing: text.span, pageBytes: 1)
      #expect((cut == nil) == (text.count < 10), "after \(text.count) bytes")
      guard let cut else { continue }
      #expect(cut.virtualBytes == 1367)
      #expect(cut.residentBytes == 231)
      #expect("214".hasPrefix("\(cut.sharedBytes)"))
    }
  }

  @Test(arguments: [
    "", "\n", "\0", "1367", "1367 231", "1367 231 ", "-1 231 214", "1367 -231 214", "1367 231 -214", "x 231 214",
    "1367 x 214", "18446744073709551615 1 1", "4503599627370496 1 1", "18446744073709551616 1 1",
    "1 999999999999999999999999999999 1", "1\n2\n3", "1,2,3",
  ])
  func `that no kernel writes is refused`(text: String) {
    #expect(sizes(text) == nil)
  }

  @Test func `takes the largest number of pages that fits`() {
    #expect(sizes("4503599627370495 0 0")?.virtualBytes == UInt64.max - 4095)
  }

  @Test func `survives every damage`() {
    HostileInput.forEach(like: sample) { input in
      guard let sizes = ProcessMemorySizes(parsing: input.span, pageBytes: 4096) else { return nil }
      return sizes.anonymousBytes > sizes.residentBytes || sizes.virtualBytes % 4096 != 0 ? "not whole pages" : nil
    }
  }

  @Test func `is EBADMSG if it is malformed, ESRCH if it is not there`() throws {
    let tree = try TemporaryTree()
    try tree.write("5/statm", "12 x")
    #expect(throws: Errno.badMessage) { try tree.procfs.memorySizes(of: PID(5)) }
    #expect(throws: Errno.noSuchProcess) { try tree.procfs.memorySizes(of: PID(6)) }
  }

  @Test func `of a real process counts its memory`() throws {
    let victim = try VictimProcess("--anon", "8M")
    defer { victim.end() }
    let sizes = try Procfs().memorySizes(of: victim.pid)
    let anonymous = sizes.anonymousBytes
    #expect(anonymous >= 8 << 20 - KernelFeatures.countLag && anonymous < 12 << 20)
    #expect(sizes.virtualBytes >= sizes.residentBytes)
  }
}

@Suite struct `The OOM score of a process` {
  @Test(arguments: [("-1000\n", -1000), ("0\n", 0), ("1000\n", 1000), ("-1", -1), ("7 trailing", 7)])
  func `adjustment is read with its sign`(text: String, value: Int) throws {
    let tree = try TemporaryTree()
    try tree.write("5/oom_score_adj", text)
    #expect(try tree.procfs.oomScoreAdjustment(of: PID(5)) == value)
  }

  @Test(arguments: ["", "\n", "-\n", "x", "--1", "\0", "9223372036854775808", "-99999999999999999999999999999999"])
  func `that is malformed is EBADMSG`(text: String) throws {
    let tree = try TemporaryTree()
    try tree.write("5/oom_score_adj", text)
    try tree.write("5/oom_score", text)
    #expect(throws: Errno.badMessage) { try tree.procfs.oomScoreAdjustment(of: PID(5)) }
    #expect(throws: Errno.badMessage) { try tree.procfs.oomScore(of: PID(5)) }
  }

  @Test func `of no process is ESRCH`() throws {
    let tree = try TemporaryTree()
    #expect(throws: Errno.noSuchProcess) { try tree.procfs.oomScoreAdjustment(of: PID(5)) }
    #expect(throws: Errno.noSuchProcess) { try tree.procfs.oomScore(of: PID(5)) }
  }

  @Test func `of a real process follows its adjustment`() throws {
    let victim = try VictimProcess("--oom-score-adj", "1000", "--anon", "8M")
    defer { victim.end() }
    #expect(try Procfs().oomScoreAdjustment(of: victim.pid) == 1000)
    #expect(try Procfs().oomScore(of: victim.pid) >= 1000)
  }
}
