import ScytheLinux
import ScytheReclaim
import TestSupport
import Testing

/// Random mappings, random selections: the pages that the kernel says were advised are those of a simple model.
@Suite struct `Advice about random memory` {
  private static let seed = UInt64.random(in: 0...UInt64.max)
  private static let rounds = 12

  @Test func `reaches the pages of the model, whatever finds the areas`() throws {
    var generator = SeededGenerator(seed: Self.seed)
    for round in 0..<Self.rounds {
      var model = PageModel.random(areas: 60, &generator)
      let victim = try VictimProcess("--areas", model.specification)
      defer { victim.end() }
      let base = try #require(victim.address("areas"))
      let says = "seed \(Self.seed), round \(round), areas \(model.specification)"
      try model.expectAgreement(with: victim, "before: \(says)")
      let ranges = model.randomRanges(base, &generator)
      var options = AdviceOptions()
      options.countsAreas = Bool.random(using: &generator)
      let report =
        Bool.random(using: &generator)
        ? try advise(victim.pid, StockKernel(), .cold, ranges, options)
        : try advise(victim.pid, TextKernel(), .cold, ranges, options)
      let advised = model.advise(ranges, base)
      #expect(report.end == .completed)
      try model.expectAgreement(with: victim, "ranges: \(says), \(ranges), \(options)")
      if options.countsAreas { #expect(report.advised?.bytes == advised, "\(says), \(ranges)") }
      // The rest, as the whole process.
      _ = try advise(victim.pid, .cold, nil, options)
      _ = model.advise(model.all(base), base)
      try model.expectAgreement(with: victim, "whole: \(says)")
    }
  }

  @Test func `goes on where the budget was spent, page by page`() throws {
    var generator = SeededGenerator(seed: Self.seed)
    for round in 0..<Self.rounds {
      var model = PageModel.random(areas: 30, &generator)
      let victim = try VictimProcess("--areas", model.specification)
      defer { victim.end() }
      let base = try #require(victim.address("areas"))
      let says = "seed \(Self.seed), round \(round), areas \(model.specification)"
      let ranges = model.all(base)
      var options = AdviceOptions()
      for _ in 0..<100 {
        let budget = UInt64.random(in: 0...40, using: &generator) * pageBytes + 17
        options.maximumBytes = budget
        let report = try advise(victim.pid, StockKernel(), .cold, ranges, options)
        let from = options.firstAddress > base ? options.firstAddress : base
        let advised = model.advise(
          [AddressRange(base: from, length: base + ranges[0].length - from)], base, atMost: budget)
        #expect(report.advised?.bytes == advised, "\(says), from \(from - base), budget \(budget)")
        try model.expectAgreement(with: victim, "\(says), from \(from - base), budget \(budget)")
        if report.end == .completed { break }
        #expect(report.end == .maximumReached)
        options.firstAddress = report.nextAddress
      }
      _ = model.advise(ranges, base)
      try model.expectAgreement(with: victim, "at the end: \(says)")
    }
  }
}
