import Foundation
import ScytheLinux
import TestSupport
import Testing

private let pageBytes = Machine.pageBytes
private let gibibyte: UInt64 = 1 << 30

/// What `process_madvise` answers: bytes, or an error.
private func answer(
  _ pid: PID, _ ranges: [AddressRange], _ advice: MemoryAdvice = .cold
) throws -> Result<Int, Errno> {
  let process = try ProcessDescriptor(pid)
  return Result { () throws(Errno) in try process.advise(advice, ranges.span) }
}

private func range(_ base: UInt64, _ length: UInt64) -> AddressRange { AddressRange(base: base, length: length) }

/// Reserved address space of this process, filled nowhere.
@safe private final class Reservation {
  let base: UInt64
  private let memory: UnsafeMutablePointer<UInt8>
  private let count: Int

  init(_ bytes: UInt64) throws {
    count = Int(bytes)
    unsafe memory = try MappedMemory.allocate(UInt8.self, count: count)
    base = UInt64(UInt(bitPattern: unsafe memory))
  }

  deinit { unsafe MappedMemory.free(memory, count: count) }
}

/// What the kernel does with ranges that are not simply one mapping: Scythe's walk is built on every line of it.
@Suite struct `process_madvise` {
  /// The most bytes of one call.
  private let mostBytes = 0x7fff_f000

  @Test func `cuts a range of everything to 2 GiB - 4 KiB, and finds holes there`() throws {
    let victim = try VictimProcess("--areas", "a4")
    #expect(try answer(victim.pid, [range(0, 1 << 47 - pageBytes)]) == .failure(.noMemory))
    let base = try #require(victim.address("areas"))
    #expect(try used(victim, base) == 4 * pageBytes)
  }

  @Test func `refuses a length beyond what a result can say`() throws {
    let victim = try VictimProcess()
    #expect(try answer(victim.pid, [range(0, 1 << 63)]) == .failure(.invalidArgument))
  }

  @Test func `walks 2 GiB - 4 KiB of a larger mapping, and says so`() throws {
    let reservation = try Reservation(3 * gibibyte)
    #expect(try answer(.current, [range(reservation.base, 3 * gibibyte)]) == .success(mostBytes))
  }

  @Test func `has one limit for the sum of all ranges`() throws {
    let reservation = try Reservation(3 * gibibyte)
    let half = 3 * gibibyte / 2
    let halves = [range(reservation.base, half), range(reservation.base + half, half)]
    #expect(try answer(.current, halves) == .success(mostBytes))
  }

  @Test func `advises what is mapped around a hole, and then says ENOMEM`() throws {
    let victim = try VictimProcess("--areas", "a4,x4,r4")
    let base = try #require(victim.address("areas"))
    #expect(try answer(victim.pid, [range(base, 12 * pageBytes)]) == .failure(.noMemory))
    #expect(try used(victim, base) == 0)
    #expect(try used(victim, base + 8 * pageBytes) == 0)
  }

  @Test(arguments: ["l", "d"])
  func `stops at an area that cannot take the advice`(kind: String) throws {
    let victim = try VictimProcess("--areas", "a4,\(kind)4,r4")
    let base = try #require(victim.address("areas"))
    #expect(try answer(victim.pid, [range(base, 12 * pageBytes)]) == .failure(.invalidArgument))
    #expect(try used(victim, base) == 0)
    #expect(try used(victim, base + 8 * pageBytes) == 4 * pageBytes)
  }

  @Test func `does nothing behind a first range that is bad, and says how far it came before a later one`() throws {
    let victim = try VictimProcess("--areas", "a4,x4,r4")
    let base = try #require(victim.address("areas"))
    let good = [range(base, 4 * pageBytes), range(base + 8 * pageBytes, 4 * pageBytes)]
    let hole = range(base + 4 * pageBytes, pageBytes)
    #expect(try answer(victim.pid, [hole] + good) == .failure(.noMemory))
    #expect(try used(victim, base) == 4 * pageBytes)
    #expect(try answer(victim.pid, [good[0], hole, good[1]]) == .success(Int(4 * pageBytes)))
    #expect(try used(victim, base) == 0)
    #expect(try used(victim, base + 8 * pageBytes) == 4 * pageBytes)
  }

  @Test func `takes 1,024 ranges, or none, and no more`() throws {
    let victim = try VictimProcess("--areas", "a4")
    let base = try #require(victim.address("areas"))
    let many = [AddressRange](repeating: range(base, pageBytes), count: 1025)
    #expect(try answer(victim.pid, many) == .failure(.invalidArgument))
    #expect(try answer(victim.pid, Array(many[1...])) == .success(Int(1024 * pageBytes)))
    #expect(try answer(victim.pid, []) == .success(0))
  }

  @Test func `refuses the kernel's own area of some processes`() throws {
    let victim = try VictimProcess()
    var variables: MemoryArea?
    try Procfs().forEachArea(of: victim.pid) { (details) throws(Errno) in
      if details.isPageFrameMapping, details.area.origin == .kernel { variables = details.area }
      return variables == nil
    }
    let area = try #require(variables)
    let result = try answer(victim.pid, [range(area.base, area.length)])
    // 7.2 takes it for [vvar].
    #expect(result == .failure(.invalidArgument) || result == .success(Int(area.length)))
  }

  @Test func `wants an aligned beginning, and rounds the length up`() throws {
    let victim = try VictimProcess("--areas", "a4")
    let base = try #require(victim.address("areas"))
    #expect(try answer(victim.pid, [range(base + 1, pageBytes)]) == .failure(.invalidArgument))
    #expect(try answer(victim.pid, [range(base, 100)]) == .success(100))
    #expect(try used(victim, base) == 3 * pageBytes)
  }

  private func used(_ victim: VictimProcess, _ base: UInt64) throws -> UInt64? {
    var bytes: UInt64?
    try Procfs().forEachArea(of: victim.pid) { (details) throws(Errno) in
      if details.area.base == base { bytes = details.referencedBytes }
      return bytes == nil
    }
    return bytes
  }
}
