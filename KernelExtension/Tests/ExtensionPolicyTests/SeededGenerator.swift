// SPDX-License-Identifier: GPL-2.0

/// SplitMix64: the same numbers on every machine, so that a failure that names its seed can be made again.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
    return word ^ word >> 31
  }

  mutating func upTo(_ bound: Int) -> Int { Int.random(in: 0...bound, using: &self) }
  /// True once in so many times.
  mutating func oneIn(_ count: Int) -> Bool { Int.random(in: 1...count, using: &self) == 1 }
}
