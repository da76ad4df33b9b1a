import TestSupport
import Testing

@testable import ScythePolicy

/// Numbers near the ends, and in between.
func anyNumber(_ generator: inout SeededGenerator) -> UInt64 {
  let word = generator.next()
  return switch generator.next() % 6 {
  case 0: word
  case 1: word >> (generator.next() % 64)
  case 2: .max - word % 3
  case 3: word % 3
  case 4: 1 << (word % 64)
  default: word % (64 * gibibyte)
  }
}

@Suite struct `Arithmetic` {
  static let seed: UInt64 = 0x5ca1_ab1e_2026_1128

  @Test func `scales exactly, and ends at the end`() {
    var generator = SeededGenerator(seed: Self.seed)
    for round in 0..<20_000 {
      let (a, b, c) = (anyNumber(&generator), anyNumber(&generator), anyNumber(&generator))
      let (high, low) = a.multipliedFullWidth(by: b)
      let expected = high < c ? c.dividingFullWidth((high, low)).quotient : UInt64.max
      #expect(a.scaled(by: b, over: c) == expected, "seed \(Self.seed), round \(round): \(a) * \(b) / \(c)")
    }
  }

  @Test func `ends at the ends`() {
    #expect(UInt64.max.plus(1) == .max)
    #expect(UInt64(3).plus(4) == 7)
    #expect(UInt64(3).minus(4) == 0)
    #expect(UInt64(4).minus(3) == 1)
    #expect(UInt64.max.times(2) == .max)
    #expect(UInt64(3).times(4) == 12)
    #expect(Int64.max.plus(1) == .max)
    #expect(Int64.min.plus(-1) == .min)
    #expect(Int64(3).plus(-4) == -1)
    #expect(Int64.growth(from: 0, to: .max) == .max)
    #expect(Int64.growth(from: .max, to: 0) == -.max)
    #expect(Int64.growth(from: 5, to: 3) == -2)
  }

  @Test func `knows rates and times`() {
    #expect((2 * gibibyte).over(nanoseconds: second / 2) == gibibyte)
    #expect(gibibyte.perSecond(within: second / 2) == 2 * gibibyte)
    #expect(gibibyte.perSecond(within: 0) == 0)
    #expect(gibibyte.nanoseconds(atPerSecond: 2 * gibibyte) == second / 2)
    #expect(gibibyte.nanoseconds(atPerSecond: 0) == .max)
  }
}
