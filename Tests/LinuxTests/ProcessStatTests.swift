import Foundation
import TestSupport
import Testing

@testable import ScytheLinux

private func parse(_ bytes: [UInt8]) -> ProcessStat? { ProcessStat(parsing: bytes.span) }
private func parse(_ text: String) -> ProcessStat? { parse(Array(text.utf8)) }

private func bytes(of name: ProcessName) -> [UInt8] { (0..<name.count).map { name[$0] } }

/// A real file of 6.18, with its newline.
private let sample =
  "2531 (sleep) S 2530 2531 2530 34816 2531 4194304 119 0 0 0 0 0 0 0 20 0 1 0 155243 5599232 231 "
  + "18446744073709551615 94013652152320 94013652166073 140729863457104 0 0 0 0 0 0 1 0 0 17 1 0 0 0 0 0 "
  + "94013652178704 94013652179968 94014537900032 140729863460117 140729863460127 140729863460127 140729863462889 0\n"

private func stat(name: String = "x", parent: String = "1", flags: String = "64", threads: String = "1") -> String {
  "77 (\(name)) R \(parent) 77 77 0 -1 \(flags) 0 0 0 0 0 0 0 0 20 0 \(threads) 0 4242 8192 1 2 3\n"
}

@Suite struct `The stat file of a process` {
  @Test func `is read as the kernel writes it`() throws {
    let stat = try #require(parse(sample))
    #expect(stat.pid == PID(2531))
    #expect(bytes(of: stat.name) == Array("sleep".utf8))
    #expect(stat.state == UInt8(ascii: "S"))
    #expect(stat.parent == PID(2530))
    #expect(stat.flags == 4_194_304)
    #expect(stat.threads == 1)
    #expect(stat.startTicks == 155_243)
    #expect(stat.virtualBytes == 5_599_232)
    #expect(!stat.isKernelThread)
    #expect(!stat.isExiting)
    #expect(stat.stackStart == 140_729_863_457_104)
    #expect(stat.isThirtyTwoBit == false)
  }

  @Test(
    arguments: [
      ("0", nil), ("4292870144", true), ("4294967295", true), ("4294967296", false), ("x", nil), ("", nil),
    ] as [(String, Bool?)])
  func `tells a 32-bit process by its stack`(stack: String, isThirtyTwoBit: Bool?) throws {
    // rss, its limit, the code's start and end, and then the stack.
    let parsed = try #require(parse("77 (x) R 1 77 77 0 -1 64 0 0 0 0 0 0 0 0 20 0 1 0 4242 8192 1 2 3 4 \(stack) 0 0"))
    #expect(parsed.isThirtyTwoBit == isThirtyTwoBit)
  }

  @Test func `of this program is that of a 64-bit one`() throws {
    #expect(try Procfs().stat(of: .current).isThirtyTwoBit == false)
  }

  @Test(arguments: [
    "foo) Z ", "a (b) c", ")))))))))))))))", "((((((((((((((", "new\nline", "tab\ttab", "", " ", ")", "(",
    ") R 1 2 3 4 5 6", "S 1 (x) Z", "\u{e9}t\u{e9}", "2531 (sleep) S",
  ])
  func `keeps a name apart from the fields behind it`(name: String) throws {
    let parsed = try #require(parse(stat(name: name)))
    #expect(parsed.pid == PID(77))
    #expect(bytes(of: parsed.name) == Array(name.utf8.prefix(15)))
    #expect(parsed.state == UInt8(ascii: "R"))
    #expect(parsed.parent == PID(1))
    #expect(parsed.startTicks == 4242)
    #expect(parsed.virtualBytes == 8192)
  }

  @Test func `takes any byte but zero in a name`() throws {
    var generator = SeededGenerator(seed: HostileInput.seed)
    for round in 0..<HostileInput.rounds {
      let name = (0..<Int.random(in: 0...15, using: &generator)).map { _ in
        UInt8.random(in: 1...255, using: &generator)
      }
      let pid = Int32.random(in: 1...Int32.max, using: &generator)
      let parent = Int32.random(in: 0...Int32.max, using: &generator)
      let fields = (0..<3).map { _ in UInt64.random(in: 0...UInt64.max, using: &generator) }
      let text =
        Array("\(pid) (".utf8) + name
        + Array(") D \(parent) 0 0 0 -1 \(fields[0]) 0 0 0 0 0 0 0 0 20 -20 3 0 \(fields[1]) \(fields[2]) 0".utf8)
      let parsed = parse(text)
      let isRight =
        parsed?.pid == PID(pid) && parsed?.parent == PID(parent) && parsed.map { bytes(of: $0.name) } == name
        && parsed?.flags == fields[0] && parsed?.startTicks == fields[1] && parsed?.virtualBytes == fields[2]
        && parsed?.threads == 3
      #expect(isRight, "seed \(HostileInput.seed), round \(round), text \(text)")
      if !isRight { return }
    }
  }

  @Test func `of a kernel thread says so in its flags`() throws {
    let thread = try #require(parse(stat(flags: "\(0x0020_8040)")))
    #expect(thread.isKernelThread)
    #expect(!thread.isExiting)
    let dying = try #require(parse(stat(flags: "\(0x0040_0004)")))
    #expect(dying.isExiting)
    #expect(!dying.isKernelThread)
  }

  @Test func `cut anywhere is refused, or right as far as it goes`() {
    let whole = parse(sample)!
    let endOfLastField = sample.range(of: " 5599232")!.upperBound.utf16Offset(in: sample)
    for text in HostileInput.truncations(of: sample) {
      guard let cut = parse(text) else {
        #expect(text.count <= endOfLastField - "5599232".count, "refused after \(text.count) bytes")
        continue
      }
      // The one field that can be cut in the middle and still be a number is the last one that must be there.
      #expect("5599232".hasPrefix("\(cut.virtualBytes)"), "after \(text.count) bytes")
      // The stack is seen whole, or not at all.
      #expect(cut.stackStart == whole.stackStart || cut.stackStart == 0, "after \(text.count) bytes")
      var rest = cut
      rest.virtualBytes = whole.virtualBytes
      rest.stackStart = whole.stackStart
      #expect(rest == whole, "after \(text.count) bytes")
    }
  }

  @Test(arguments: [
    "", "\n", "\0", "77", "77 ", "77 (", "77 ()", "77 (x", "77 x) R 1", "(x) R 1 2 3", ")(", "77 )x( R 1",
    stat(parent: "-1"), stat(parent: "2147483648"), stat(parent: "x"), stat(flags: "-1"),
    stat(flags: "18446744073709551616"), stat(threads: "-1"), stat(threads: "999999999999999999999999999999"),
    "-1 (x) R 1 77 77 0 -1 64 0 0 0 0 0 0 0 0 20 0 1 0 4242 8192", "2147483648 (x) R 1 77 77 0 -1 64 0 0 0 0 0 0",
    "18446744073709551616 (x) R 1", "77 (x) R 1 77 77 0 -1 64 0 0 0 0 0 0 0 0 20 0 1 0 -4242 8192",
    "77 (x) R 1 77 77 0 -1 64 0 0 0 0 0 0 0 0 20 0 1 0 4242",
    "77 (x) R 1 77 77 0 -1 64 0 0 0 0 0 0 0 0 20 0 1 0 4242 99999999999999999999999",
  ])
  func `that no kernel writes is refused`(text: String) {
    #expect(parse(text) == nil)
  }

  @Test func `does not depend on what is behind the fields that are read`() {
    #expect(parse(sample + "trailing 1 2 3") == parse(sample))
    #expect(parse(stat() + "\0\0 (") == parse(stat()))
  }

  @Test func `survives every damage`() {
    HostileInput.forEach(like: sample) { input in
      guard let stat = parse(input) else { return nil }
      if !input.contains(UInt8(ascii: "(")) || !input.contains(UInt8(ascii: ")")) { return "a name without brackets" }
      return stat.pid.rawValue < 0 || stat.parent.rawValue < 0 ? "a negative number" : nil
    }
  }

  @Test func `is EBADMSG if it is malformed, ESRCH if it is not there`() throws {
    let tree = try TemporaryTree()
    try tree.write("5/stat", "5 (x")
    try tree.write("6/stat", "")
    try tree.write("7/stat", sample)
    #expect(throws: Errno.badMessage) { try tree.procfs.stat(of: PID(5)) }
    #expect(throws: Errno.badMessage) { try tree.procfs.stat(of: PID(6)) }
    #expect(try tree.procfs.stat(of: PID(7)).pid == PID(2531))
    #expect(throws: Errno.noSuchProcess) { try tree.procfs.stat(of: PID(8)) }
  }

  @Test(arguments: ["foo) Z ", "a (b) c", ")))))))))))))))", "new\nline"])
  func `of a real process with a hostile name is read`(name: String) throws {
    let victim = try VictimProcess("--comm", name)
    defer { victim.end() }
    let stat = try Procfs().stat(of: victim.pid)
    #expect(stat.pid == victim.pid)
    #expect(stat.parent == victim.pid("starter"))
    #expect(bytes(of: stat.name) == Array(name.utf8))
    #expect(stat.threads == 1)
    #expect(!stat.isKernelThread)
    #expect(!stat.isExiting)
  }

  @Test func `of a zombie shows its state, and that of a reaped process is gone`() throws {
    let victim = try VictimProcess("--zombie")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    try #require(try process.waitForExit(timeoutMilliseconds: 5000))
    #expect(try Procfs().stat(of: victim.pid).state == UInt8(ascii: "Z"))
    #expect(victim.ask("w") == "exited 9")
    #expect(throws: Errno.noSuchProcess) { try Procfs().stat(of: victim.pid) }
  }
}

@Suite struct `A process name` {
  @Test func `has at most 15 bytes`() {
    let long = Array("0123456789abcdefgh".utf8)
    let name = ProcessName(long.span)
    #expect(name.count == 15)
    #expect(bytes(of: name) == Array(long[..<15]))
    #expect(name[15] == 0)
  }

  @Test func `ends at a zero byte`() {
    let text: [UInt8] = [97, 0, 98]
    let name = ProcessName(text.span)
    #expect(name.count == 1)
    #expect(ProcessName().count == 0)
  }
}
