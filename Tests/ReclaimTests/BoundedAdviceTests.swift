import ScytheLinux
import ScytheReclaim
import TestSupport
import Testing

@Suite struct `Advice that is bounded` {
  @Test func `by a time that is over advises nothing`() throws {
    let victim = try VictimProcess("--anon", "8M")
    var options = AdviceOptions()
    options.deadlineNanoseconds = 0
    let report = try advise(victim.pid, .cold, nil, options)
    #expect(report.end == .deadlineReached)
    #expect(report.adviceCalls == 0)
    #expect(report.nextAddress > 0)
    #expect(try referencedBytes(of: victim.pid, atLeast: 8 << 20) == 8 << 20)
  }

  @Test func `by a time without end goes on to the end`() throws {
    let victim = try VictimProcess("--anon", "1M")
    var options = AdviceOptions()
    options.deadlineNanoseconds = .max
    #expect(try advise(victim.pid, .cold, nil, options).end == .completed)
  }

  @Test func `by a descriptor stops behind the chunk in which that becomes readable`() throws {
    let victim = try VictimProcess("--anon", "128M")
    let counter = try EventCounter()
    var options = AdviceOptions()
    options.cancellation = counter.descriptor.number
    options.countsAreas = true
    var chunks = 0
    let report = try advise(victim.pid, StockKernel(), .pageOut, nil, options) { report in
      chunks += 1
      if (report.advised?.bytes ?? 0) >= 32 << 20 { counter.signal() }
    }
    #expect(report.end == .cancelled)
    #expect(report.nextAddress > 0)
    let advised = report.advised?.bytes ?? 0
    #expect(advised >= 32 << 20 && advised < 128 << 20)
    // And from there on.
    options.cancellation = nil
    options.firstAddress = report.nextAddress
    let rest = try advise(victim.pid, .pageOut, nil, options)
    #expect(rest.end == .completed)
    let whole = try advise(victim.pid, .pageOut, nil, .counting)
    #expect(advised + (rest.advised?.bytes ?? 0) == whole.advised?.bytes)
    #expect(chunks > 0)
  }

  @Test func `by bytes takes whole pages, and as many as there are`() throws {
    let victim = try VictimProcess("--areas", "a10")
    let range = [AddressRange(base: try #require(victim.address("areas")), length: 10 * pageBytes)]
    var options = AdviceOptions()
    options.maximumBytes = 3 * pageBytes + pageBytes / 2
    let report = try advise(victim.pid, .cold, range, options)
    #expect(report.end == .maximumReached)
    #expect(report.advised?.bytes == 3 * pageBytes)
    #expect(report.advised?.areas == 1)
    #expect(report.nextAddress == range[0].base + 3 * pageBytes)
    options.maximumBytes = 10 * pageBytes
    #expect(try advise(victim.pid, .cold, range, options).end == .completed)
  }

  @Test func `by nothing walks a mapping of 3 GiB to its end`() throws {
    // Reserved, not filled: the length is what matters, which is more than one call may take.
    let reserved = try ReservedMemory(bytes: 3 << 30)
    reserved.fill(at: 3 << 30 - 1)
    // Whoever makes one flushes the short lists of new pages, which take no advice.
    let settled = try VictimProcess()
    settled.end()
    let report = try advise(.current, .cold, [AddressRange(base: reserved.base, length: 3 << 30)], .counting)
    #expect(report.end == .completed)
    #expect(report.advised?.bytes == 3 << 30)
    #expect(report.advised?.areas == 1)
    #expect(try referencedBytes(of: .current, atLeast: 3 << 30) == 0)
  }
}

@Suite struct `Advice that takes more than one call` {
  @Test func `goes on exactly where the kernel has stopped`() throws {
    var model = PageModel("a7,r1,l2,s5,x3,n11,f2,a20")
    for countsAreas in [false, true] {
      let victim = try VictimProcess("--areas", model.specification)
      let base = try #require(victim.address("areas"))
      var options = AdviceOptions()
      options.countsAreas = countsAreas
      let report = try advise(victim.pid, ShortKernel(), .cold, model.all(base), options)
      let advised = model.advise(model.all(base), base)
      try model.expectAgreement(with: victim)
      #expect(report.skipped[.locked].bytes == 2 * pageBytes)
      if countsAreas { #expect(report.advised == AreaTally(areas: 6, bytes: advised)) }
    }
  }

  @Test func `covers every page around the ends of its windows, with a hole or without`() throws {
    // 40 MiB of a file's pages; a window of pageOut is 32 MiB.
    for areas in ["f10240", "f5000,x4,f5236", "f8191,x1,f2048", "f8192,x1,f2047"] {
      let victim = try VictimProcess("--areas", areas)
      let base = try #require(victim.address("areas"))
      let range = [AddressRange(base: base, length: 10240 * pageBytes)]
      let resident = { () throws -> UInt64 in
        var bytes: UInt64 = 0
        try Procfs().forEachArea(of: victim.pid) { (details) throws(Errno) in
          if details.area.base >= base, details.area.end <= base + range[0].length { bytes += details.residentBytes }
          return true
        }
        return bytes
      }
      #expect(try resident() >= 10236 * pageBytes)
      let report = try advise(victim.pid, .pageOut, range)
      #expect(report.adviceCalls == 2)
      #expect(try resident() == 0, "\(areas)")
    }
  }
}

@Suite struct `A range` {
  private func refusal(_ ranges: [AddressRange]) throws -> (ReclaimError?, UInt64) {
    let victim = try VictimProcess("--areas", "a8")
    let base = try #require(victim.address("areas"))
    let process = try ProcessDescriptor(victim.pid)
    let all =
      [AddressRange(base: base, length: pageBytes)]
      + ranges.map {
        AddressRange(base: base &+ $0.base, length: $0.length)
      }
    var refusal: ReclaimError?
    do throws(ReclaimError) {
      _ = try Reclaim(kernel: StockKernel()).apply(.cold, to: .ranges(all.span), of: process, pid: victim.pid)
    } catch {
      refusal = error
    }
    return (refusal, try referencedBytes(of: victim.pid, atLeast: 0) > 0 ? try used(victim, base) : 0)
  }

  private func used(_ victim: VictimProcess, _ base: UInt64) throws -> UInt64 {
    var bytes: UInt64 = 0
    try Procfs().forEachArea(of: victim.pid) { (details) throws(Errno) in
      if details.area.base == base { bytes = details.referencedBytes }
      return true
    }
    return bytes
  }

  struct Case: Sendable {
    let range: AddressRange
    let problem: BadRange
  }

  @Test(arguments: [
    Case(range: AddressRange(base: pageBytes + 1, length: pageBytes), problem: .unaligned),
    Case(range: AddressRange(base: pageBytes, length: pageBytes - 1), problem: .unaligned),
    Case(range: AddressRange(base: 2 * pageBytes, length: 0 &- pageBytes), problem: .overflowing),
    Case(range: AddressRange(base: 0, length: pageBytes), problem: .unordered),
    Case(range: AddressRange(base: 0 &- pageBytes, length: pageBytes), problem: .unordered),
  ])
  func `that cannot be meant is refused before anything is advised`(one: Case) throws {
    let (error, used) = try refusal([one.range])
    #expect(error == .badRange(index: 1, one.problem))
    #expect(used == 8 * pageBytes)
  }

  @Test func `may be empty, a hole, or beyond all that is mapped`() throws {
    let victim = try VictimProcess("--areas", "a2,x2,a2")
    let base = try #require(victim.address("areas"))
    let ranges = [
      AddressRange(base: 0, length: 0), AddressRange(base: base + 2 * pageBytes, length: 2 * pageBytes),
      AddressRange(base: 1 << 62, length: 1 << 61),
    ]
    let report = try advise(victim.pid, .cold, ranges, .counting)
    #expect(report.end == .completed)
    #expect(report.advised == AreaTally())
    #expect(report.adviceCalls == 0)
  }

  @Test func `that ends inside of an area leaves the rest alone`() throws {
    var model = PageModel("a4,r4,x2,s6")
    let victim = try VictimProcess("--areas", model.specification)
    let base = try #require(victim.address("areas"))
    let ranges = [AddressRange(base: base + pageBytes, length: 12 * pageBytes)]
    let report = try advise(victim.pid, .cold, ranges)
    #expect(report.advised == nil)
    _ = model.advise(ranges, base)
    try model.expectAgreement(with: victim)
  }
}
