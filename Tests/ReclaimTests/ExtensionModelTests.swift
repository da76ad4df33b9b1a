import ScytheLinux
import ScytheReclaim
import Synchronization
import TestSupport
import Testing

/// Where the pages begin.
private let origin: UInt64 = 1 << 32

/// Random address spaces, selections and limits: what an extension is asked to advise, page by page, is what was selected,
/// from the lowest on, once each, and as much as was allowed.
@Suite struct `A walk by the extension over random memory` {
  private static let seed = UInt64.random(in: 0...UInt64.max)

  /// Pages that are mapped, as the extension goes over them.
  private final class Pages: Sendable {
    let isMapped: [Bool]
    private let advised = Mutex<[Int]>([])

    init(_ generator: inout SeededGenerator) {
      var isMapped: [Bool] = []
      // From single pages to what several calls are needed for: a chunk is 8,192 pages.
      for _ in 0..<Int.random(in: 1...40, using: &generator) {
        let count = 1 << Int.random(in: 0...13, using: &generator)
        isMapped += Array(repeating: Bool.random(using: &generator), count: count)
      }
      self.isMapped = isMapped
    }

    var order: [Int] { advised.withLock { $0 } }

    func take(_ span: AdviceSpan) -> UInt64? {
      let first = span.base <= origin ? 0 : Int((span.base - origin) / pageBytes)
      let end = span.end.map { $0 <= origin ? 0 : min(isMapped.count, Int(($0 - origin) / pageBytes)) }
      var left = span.budgetBytes.map { Int($0 / pageBytes) } ?? .max
      for page in first..<max(first, end ?? isMapped.count) where isMapped[page] {
        if left == 0 { return origin + UInt64(page) * pageBytes }
        left -= 1
        advised.withLock { $0.append(page) }
      }
      return nil
    }
  }

  @Test func `advises every page of it once`() throws {
    let victim = try VictimProcess("--anon", "1M")
    var generator = SeededGenerator(seed: Self.seed)
    for round in 0..<300 {
      let pages = Pages(&generator)
      let kernel = ExtendedKernel(PretendedExtension { (call, _, _) in pages.take(call.span) })
      let ranges = randomRanges(pages.isMapped.count, &generator)
      var options = AdviceOptions()
      if Bool.random(using: &generator) { options.deadlineNanoseconds = .max }
      if ranges?.count ?? 1 == 1, Bool.random(using: &generator) {
        options.maximumBytes = UInt64.random(in: 0...UInt64(pages.isMapped.count + 1), using: &generator) * pageBytes
      }
      let says: Comment = "seed \(Self.seed), round \(round), ranges \(ranges ?? []), \(options)"
      var expected = pages.isMapped.indices.filter { page in
        let address = origin + UInt64(page) * pageBytes
        return pages.isMapped[page]
          && ranges?.contains { $0.base <= address && address < $0.base + $0.length } ?? true
      }
      let maximum = options.maximumBytes.map { Int($0 / pageBytes) }
      let isCut = maximum.map { $0 < expected.count } ?? false
      let report = try advise(victim.pid, kernel, .pageOut, ranges, options)
      if isCut {
        // What is left is done by a walk that goes on there.
        #expect(pages.order == Array(expected.prefix(maximum!)), says)
        #expect(report.end == .maximumReached, says)
        options.maximumBytes = nil
        options.firstAddress = report.nextAddress
        _ = try advise(victim.pid, kernel, .pageOut, ranges, options)
      } else {
        #expect(report.end == .completed || maximum == expected.count, says)
      }
      expected.sort()
      #expect(pages.order == expected, says)
    }
  }

  /// Ranges over these pages, in ascending order; `nil` for the whole process.
  private func randomRanges(_ count: Int, _ generator: inout SeededGenerator) -> [AddressRange]? {
    guard Bool.random(using: &generator) else { return nil }
    var ends = (0..<2 * Int.random(in: 1...4, using: &generator)).map { _ in
      Int.random(in: 0...count, using: &generator)
    }
    ends.sort()
    return stride(from: 0, to: ends.count, by: 2).map { index in
      AddressRange(
        base: origin + UInt64(ends[index]) * pageBytes,
        length: UInt64(ends[index + 1] - ends[index]) * pageBytes)
    }
  }
}
