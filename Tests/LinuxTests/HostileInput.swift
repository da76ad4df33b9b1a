import TestSupport
import Testing

/// Bytes that no kernel writes.
enum HostileInput {
  static let seed: UInt64 = 0x5c1e_7e20_2611_23ab
  static let rounds = 4000

  /// Hands out, by turns, random bytes and damaged copies of a sample, and says which round of which seed it was when
  /// `body` records an issue. A trap is made again by the same seed.
  static func forEach(like sample: String, _ body: ([UInt8]) throws -> String?) rethrows {
    var generator = SeededGenerator(seed: seed)
    for round in 0..<rounds {
      let input =
        round % 4 == 0
        ? randomBytes(upTo: 300, &generator) : damaged(Array(sample.utf8), &generator)
      if let complaint = try body(input) {
        Issue.record("\(complaint): seed \(seed), round \(round), input \(input)")
        return
      }
    }
  }

  /// Every proper prefix of a text, the empty one included.
  static func truncations(of text: String) -> [[UInt8]] {
    let bytes = Array(text.utf8)
    return (0..<bytes.count).map { Array(bytes[..<$0]) }
  }

  static func randomBytes(upTo most: Int, _ generator: inout SeededGenerator) -> [UInt8] {
    (0..<Int.random(in: 0...most, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }

  /// Numbers that do not fit, signs, blanks, brackets and zero bytes, put where they hurt.
  private static let pieces: [[UInt8]] = [
    "18446744073709551615", "18446744073709551616", "-1", "99999999999999999999999999999999", ")", "(", " ", "\n",
    ":", "/", "\\", "\\040", "\t", "kB", "-", ",", "/..", "\0", "0",
  ].map { Array($0.utf8) }

  private static func damaged(_ sample: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = sample
    for _ in 0..<Int.random(in: 1...6, using: &generator) {
      let place = Int.random(in: 0...bytes.count, using: &generator)
      switch Int.random(in: 0..<5, using: &generator) {
      case 0: bytes.insert(contentsOf: pieces.randomElement(using: &generator)!, at: place)
      case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...9, using: &generator)))
      case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
      case 3: if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
      default: bytes.removeSubrange(place...)
      }
    }
    return bytes
  }
}
