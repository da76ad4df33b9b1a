import ScytheLinux
import ScytheReclaim
import Synchronization
import TestSupport
import Testing

@testable import ScytheReaper

/// An area that is mapped, and nothing else of it.
private func area(_ base: UInt64, _ end: UInt64, isShared: Bool = false) -> MemoryArea {
  MemoryArea(base: base, end: end, isReadable: true, isWritable: true, isExecutable: false, isShared: isShared)
}

private let megabyte: UInt64 = 1 << 20

extension AddressSplit {
  fileprivate var cuts: [UInt64] { (0..<count).map { self[$0] } }
}

@Suite struct `Parts of a victim` {
  @Test func `are cut out of a large area at equal distances`() {
    var split = AddressSplit(partBytes: 64 * megabyte)
    split.add(area(1 << 40, 1 << 40 + 256 * megabyte))
    #expect(split.cuts == [1, 2, 3, 4].map { 1 << 40 + $0 * 64 * megabyte })
    #expect(split.end == 1 << 40 + 256 * megabyte)
  }

  @Test func `are made of many small areas, and shared ones count for nothing`() {
    var split = AddressSplit(partBytes: 8 * megabyte)
    for index in 0..<24 as Range<UInt64> {
      let base = 1 << 40 + index * 16 * megabyte
      split.add(area(base, base + megabyte))
      split.add(area(base + megabyte, base + 4 * megabyte, isShared: true))
    }
    #expect(split.cuts == [7, 15, 23].map { 1 << 40 + $0 * 16 * megabyte + megabyte })
  }

  @Test func `are none of a small victim, and of nothing`() {
    var split = AddressSplit(partBytes: 64 * megabyte)
    #expect(split.lastPart(above: 0, below: .max) == nil)
    split.add(area(1 << 40, 1 << 40 + 32 * megabyte))
    #expect(split.cuts.isEmpty)
    #expect(split.lastPart(above: 0, below: .max) == nil)
  }

  @Test func `do not reach into what lies where no process may point to`() {
    var split = AddressSplit(partBytes: 2 * megabyte)
    split.add(area(0xffff_ffff_ff60_0000, 0xffff_ffff_ff60_1000))
    #expect(split.cuts.isEmpty)
    #expect(split.end == 0)
  }

  @Test func `are as large as 64 of them have to be`() {
    var split = AddressSplit(partBytes: 64 * megabyte)
    split.add(area(1 << 40, 1 << 40 + (1 << 40)))
    #expect(split.count > 16 && split.count <= 64)
    for (index, cut) in split.cuts.enumerated() { #expect(cut == 1 << 40 + UInt64(index + 1) * split.partBytes) }
  }

  @Test func `are taken from the last one down, and the first one's own is left to it`() {
    var split = AddressSplit(partBytes: 64 * megabyte)
    split.add(area(1 << 40, 1 << 40 + 320 * megabyte))
    let frontier = AddressFrontier()
    let first: UInt64 = 1 << 40
    // The cut at the very end of the area has nothing behind it.
    #expect(
      frontier.takePart(of: split) == AdviceSpan(from: first + 256 * megabyte, to: first + 320 * megabyte))
    frontier.low.store(first + 64 * megabyte, ordering: .sequentiallyConsistent)
    #expect(
      frontier.takePart(of: split) == AdviceSpan(from: first + 192 * megabyte, to: first + 256 * megabyte))
    // The first one stands at 64 MiB, and what lies in front of 128 MiB may be in its hands.
    #expect(frontier.takePart(of: split) == nil)
    frontier.low.store(.max, ordering: .sequentiallyConsistent)
    #expect(frontier.takePart(of: split) == nil)
  }
}

/// Random areas: the parts of several helpers and of the first one are disjoint, and together they are everything.
@Suite struct `Parts of a random victim` {
  private static let seed = UInt64.random(in: 0...UInt64.max)

  @Test func `hold the same, and are nobody's twice`() {
    var generator = SeededGenerator(seed: Self.seed)
    for round in 0..<500 {
      let says: Comment = "seed \(Self.seed), round \(round)"
      let partBytes = 2 * megabyte << UInt64.random(in: 0...4, using: &generator)
      var split = AddressSplit(partBytes: partBytes)
      var areas: [MemoryArea] = []
      var address: UInt64 = 0
      for _ in 0..<Int.random(in: 0...200, using: &generator) {
        address += 4096 * UInt64.random(in: 0...3000, using: &generator)
        let end = address + (4096 << UInt64.random(in: 0...16, using: &generator))
        areas.append(area(address, end, isShared: Int.random(in: 0...4, using: &generator) == 0))
        split.add(areas[areas.count - 1])
        address = end
      }
      let cuts = split.cuts
      #expect(cuts == cuts.sorted() && Set(cuts).count == cuts.count, says)
      func privateBytes(_ from: UInt64, _ to: UInt64) -> UInt64 {
        areas.reduce(0) { sum, area in
          let base = max(area.base, from)
          let end = min(area.end, to)
          return area.isShared || base >= end ? sum : sum + end - base
        }
      }
      for (index, cut) in cuts.enumerated() {
        let bytes = privateBytes(index > 0 ? cuts[index - 1] : 0, cut)
        // A cut is moved to the next boundary of a page table below.
        #expect(bytes < split.partBytes + 2 * megabyte && bytes + 2 * megabyte > split.partBytes, says)
      }
      #expect(privateBytes(cuts.last ?? 0, split.end) < split.partBytes + 2 * megabyte, says)
      takeAll(split, privateBytes(0, .max), &generator, says)
    }
  }

  /// Has the first one and its helpers take parts in a random order.
  private func takeAll(
    _ split: AddressSplit, _ bytes: UInt64, _ generator: inout SeededGenerator, _ says: Comment
  ) {
    let frontier = AddressFrontier()
    var taken: [AdviceSpan] = []
    var low: UInt64 = 0
    while low < frontier.high.load(ordering: .sequentiallyConsistent), low < split.end {
      if Bool.random(using: &generator) {
        guard let part = frontier.takePart(of: split) else { break }
        taken.append(part)
      } else {
        // A call of the first one goes no further than to the next cut but one.
        let next = split.cuts.first { $0 > low } ?? split.end
        low = min(next, frontier.high.load(ordering: .sequentiallyConsistent))
        frontier.low.store(low, ordering: .sequentiallyConsistent)
      }
    }
    var above = split.end
    for part in taken {
      #expect(part.end == above, says)
      #expect(part.base < above, says)
      above = part.base
    }
    #expect(taken.isEmpty || above >= low, says)
  }
}
