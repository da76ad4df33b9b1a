import Foundation
import TestSupport
import Testing

@testable import ScytheLinux

/// The nice value that `/proc/PID/stat` shows: field 19.
private func nice(of pid: PID) throws -> Int? {
  let text = String(
    decoding: try #require(FileManager.default.contents(atPath: "/proc/\(pid.rawValue)/stat")), as: UTF8.self)
  let fields = text[text.lastIndex(of: ")")!...].split(separator: " ")
  return Int(fields[17])
}

@Suite struct `The scheduling of a thread` {
  @Test func `is ordinary, or idle when it is told to be`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    #expect(try Scheduling.schedulingClass(of: victim.pid) == .other)
    try Scheduling.set(.idle, of: victim.pid)
    #expect(try Scheduling.schedulingClass(of: victim.pid) == .idle)
    try Scheduling.set(.idle, of: victim.pid, resetOnFork: false)
    #expect(try Scheduling.schedulingClass(of: victim.pid) == .idle)
    try Scheduling.set(.other, of: victim.pid)
    #expect(try Scheduling.schedulingClass(of: victim.pid) == .other)
  }

  @Test(arguments: [SchedulingClass.fifo, .roundRobin])
  func `is real-time where that is allowed`(schedulingClass: SchedulingClass) throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    do throws(Errno) {
      try Scheduling.set(schedulingClass, of: victim.pid, priority: 1)
      #expect(try Scheduling.schedulingClass(of: victim.pid) == schedulingClass)
    } catch {
      // No right to it, or a cgroup without real-time budget.
      #expect(error == .notPermitted)
      #expect(try Scheduling.schedulingClass(of: victim.pid) == .other)
    }
  }

  @Test func `with a priority that does not exist is EINVAL`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    #expect(throws: Errno.invalidArgument) { try Scheduling.set(.fifo, of: victim.pid, priority: 100) }
    #expect(throws: Errno.invalidArgument) { try Scheduling.set(.fifo, of: victim.pid, priority: 0) }
    #expect(throws: Errno.invalidArgument) { try Scheduling.set(.other, of: victim.pid, priority: 1) }
  }

  @Test func `has the nice value that it is given`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    #expect(try nice(of: victim.pid) == 0)
    try Scheduling.setNice(7, of: victim.pid)
    #expect(try nice(of: victim.pid) == 7)
    // More than the most is the most.
    try Scheduling.setNice(100, of: victim.pid)
    #expect(try nice(of: victim.pid) == 19)
  }

  @Test func `is each thread's own`() throws {
    let victim = try VictimProcess("--threads", "2")
    defer { victim.end() }
    let thread = try secondThread(of: victim.pid)
    try Scheduling.set(.idle, of: thread)
    try Scheduling.setNice(5, of: thread)
    #expect(try Scheduling.schedulingClass(of: victim.pid) == .other)
    #expect(try Scheduling.schedulingClass(of: thread) == .idle)
    #expect(try nice(of: victim.pid) == 0)
  }

  @Test func `of a thread that is gone is ESRCH`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    try ProcessDescriptor(victim.pid).send(.kill)
    #expect(victim.ask("w") == "exited 9")
    #expect(throws: Errno.noSuchProcess) { try Scheduling.schedulingClass(of: victim.pid) }
    #expect(throws: Errno.noSuchProcess) { try Scheduling.set(.idle, of: victim.pid) }
    #expect(throws: Errno.noSuchProcess) { try Scheduling.setNice(1, of: victim.pid) }
  }
}

@Suite struct `The idle CPUs` {
  private func idle(_ loadavg: String?) throws -> Int {
    let tree = try TemporaryTree()
    if let loadavg { try tree.write("loadavg", loadavg) }
    return tree.procfs.idleProcessors()
  }

  @Test func `are those that nothing runs on but the caller`() throws {
    let usable = Machine.usableProcessors
    #expect(usable >= 1)
    // One of those that run is the caller.
    #expect(try idle("0.20 0.18 0.12 1/80 11206\n") == usable)
    #expect(try idle("0.20 0.18 0.12 0/80 11206\n") == usable)
    #expect(try idle("0.20 0.18 0.12 2/80 11206\n") == usable - 1)
    #expect(try idle("0.20 0.18 0.12 \(usable + 1)/80 11206\n") == 0)
    #expect(try idle("9.20 8.18 7.12 5000/8000 11206\n") == 0)
    #expect(try idle("0 0 0 18446744073709551615/1 1\n") == 0)
  }

  @Test(arguments: [
    "", "\n", "\0", "0.20", "0.20 0.18 0.12", "0.20 0.18 0.12 ", "0.20 0.18 0.12 -1/80", "0.20 0.18 0.12 x/80",
    "0.20 0.18 0.12 18446744073709551616/80", "0.20 0.18 0.12 999999999999999999999999999999/80",
  ])
  func `are none where the file makes no sense`(text: String) throws {
    #expect(try idle(text) == 0)
  }

  @Test func `are none without the file`() throws {
    #expect(try idle(nil) == 0)
  }

  @Test func `of this machine are not more than all`() {
    #expect((0...Machine.usableProcessors).contains(Procfs().idleProcessors()))
  }
}

@Suite struct `A thread that is kept off CPUs` {
  @Test func `runs elsewhere, and is set free again`() throws {
    let victim = try VictimProcess()
    let before = try allowed(victim.pid)
    let first = try #require(before.first)
    if before.count > 1 {
      let off: InlineArray<2, Int32> = [first, -1]
      try Scheduling.keep(victim.pid, off: off.span)
      #expect(try allowed(victim.pid) == before.subtracting([first]))
    }
    let none: InlineArray<0, Int32> = []
    try Scheduling.keep(victim.pid, off: none.span)
    #expect(try allowed(victim.pid) == before)
  }

  @Test func `is left somewhere to run`() throws {
    let victim = try VictimProcess()
    let all: InlineArray<1024, Int32> = InlineArray { Int32($0) }
    #expect(throws: Errno.invalidArgument) { try Scheduling.keep(victim.pid, off: all.span) }
  }

  @Test func `exists`() {
    let none: InlineArray<0, Int32> = []
    #expect(throws: Errno.noSuchProcess) { try Scheduling.keep(PID(99_999_999), off: none.span) }
  }

  /// The CPUs of a thread, from a line such as `Cpus_allowed_list:	0-3,6`.
  private func allowed(_ pid: PID) throws -> Set<Int32> {
    let status = try String(contentsOfFile: "/proc/\(pid.rawValue)/status", encoding: .utf8)
    let list = try #require(status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") })
    let ranges = list.dropFirst(18).split(separator: ",").map { range in
      range.split(separator: "-").compactMap { Int32($0.trimmingCharacters(in: .whitespaces)) }
    }
    return Set(ranges.flatMap { $0[0]...$0[$0.count - 1] })
  }
}
