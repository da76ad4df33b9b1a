import Foundation
import ScytheLinux
import TestSupport
import Testing

private let pageBytes = Machine.pageBytes

/// All areas of a process, found one after the other.
private func areas(of pid: PID, _ source: AreaSource, from first: UInt64 = 0) throws -> [MemoryArea] {
  var cursor = try AreaCursor(of: pid, source)
  var found: [MemoryArea] = []
  var position = first
  while let area = try cursor.next(atOrAfter: position) {
    found.append(area)
    position = area.end
  }
  return found
}

private func spans(_ areas: [MemoryArea]) -> [Range<UInt64>] { areas.map { $0.base..<$0.end } }

private let isQueryKnown = (try? AreaQueryProbe.check()) != nil

@Suite struct `A walk over the areas of a process` {
  @Test(.enabled(if: isQueryKnown, "PROCMAP_QUERY came with Linux 6.11"))
  func `finds the same by queries and by text`() throws {
    let victim = try VictimProcess("--areas", "a3,r2,x4,s5,n1,l2,f3", "--vmas", "40", "--anon", "1M")
    let queried = try areas(of: victim.pid, .query)
    // [vsyscall] is nobody's memory; the text names it all the same.
    let read = try areas(of: victim.pid, .text).filter { $0.base >> 63 == 0 }
    #expect(spans(queried) == spans(read))
    #expect(queried.map(\.isWritable) == read.map(\.isWritable))
    #expect(queried.map(\.isShared) == read.map(\.isShared))
    #expect(queried.allSatisfy { $0.pageBytes == pageBytes })
    #expect(queried.count > 45)
  }

  @Test(arguments: [AreaSource.query, .text])
  func `begins at any address, also at one behind it`(source: AreaSource) throws {
    let victim = try VictimProcess("--areas", "a4,x4,r4")
    let base = try #require(victim.address("areas"))
    var cursor = try AreaCursor(of: victim.pid, source)
    #expect(try cursor.next(atOrAfter: base + pageBytes)?.base == base)
    // A hole: the next one.
    #expect(try cursor.next(atOrAfter: base + 5 * pageBytes)?.base == base + 8 * pageBytes)
    // Back again.
    #expect(try cursor.next(atOrAfter: base)?.base == base)
    #expect(try cursor.next(atOrAfter: 0)?.base ?? .max < base)
    #expect(try cursor.next(atOrAfter: UInt64.max - 4095) == nil)
    #expect(cursor.calls > 0)
  }

  @Test(arguments: [AreaSource.query, .text])
  func `looks again at what may have changed`(source: AreaSource) throws {
    let victim = try VictimProcess("--areas", "a4,d4")
    let base = try #require(victim.address("areas"))
    var cursor = try AreaCursor(of: victim.pid, source)
    let found = try #require(try cursor.next(atOrAfter: base))
    let again = try #require(try cursor.lookAgain(at: found))
    #expect(again.base == found.base && again.end == found.end)
    #expect(again.origin == .ordinary)
    let device = try #require(try cursor.next(atOrAfter: base + 4 * pageBytes))
    #expect(try cursor.lookAgain(at: device)?.origin == .device)
  }

  @Test(arguments: [AreaSource.query, .text])
  func `of a process that dies finds at most what was read before`(source: AreaSource) throws {
    let victim = try VictimProcess("--anon", "4M", "--vmas", "1000")
    var cursor = try AreaCursor(of: victim.pid, source)
    var position = try #require(try cursor.next(atOrAfter: 0)).end
    try ProcessDescriptor(victim.pid).send(.kill)
    #expect(victim.ask("w") == "exited 9")
    var more = 0
    while let area = try cursor.next(atOrAfter: position) {
      more += 1
      position = area.end
    }
    // A buffer of text is the beginning of it.
    #expect(cursor.source == .query ? more == 0 : more < 200)
  }

  @Test(arguments: [AreaSource.query, .text])
  func `of a process that is gone is ESRCH`(source: AreaSource) {
    #expect(throws: Errno.noSuchProcess) { try AreaCursor(of: PID(99_999_999), source).calls }
  }

  @Test func `of a tree that only looks like a process file system goes by text`() throws {
    let tree = try TemporaryTree()
    try tree.write("7/maps", "00400000-00452000 rw-p 00000000 00:00 0\nnonsense\n00500000-00501000 r--p 0 0:0 0  /x\n")
    var cursor = try AreaCursor(of: PID(7), .query, tree.procfs)
    #expect(cursor.source == .text)
    #expect(try cursor.next(atOrAfter: 0)?.base == 0x400000)
    #expect(try cursor.next(atOrAfter: 0x452000)?.base == 0x500000)
    #expect(try cursor.next(atOrAfter: 0x501000) == nil)
  }
}
