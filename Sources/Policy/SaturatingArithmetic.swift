/// Arithmetic that ends at the ends: samples come from files that anybody's driver may have a hand in, and a trap in the
/// daemon would be the worst answer to a strange number.
extension UInt64 {
  /// The sum; the largest number if it does not fit.
  @inline(__always)
  package func plus(_ other: UInt64) -> UInt64 {
    let (sum, isOver) = addingReportingOverflow(other)
    return isOver ? .max : sum
  }

  /// The difference; 0 if it were negative.
  @inline(__always)
  package func minus(_ other: UInt64) -> UInt64 { self > other ? self &- other : 0 }

  /// The product; the largest number if it does not fit.
  @inline(__always)
  func times(_ other: UInt64) -> UInt64 {
    let (product, isOver) = multipliedReportingOverflow(by: other)
    return isOver ? .max : product
  }

  /// `self * numerator / denominator`, rounded down, the product exact; the largest number if it does not fit, or if the
  /// denominator is 0.
  ///
  /// The division is done bit by bit where the product needs more than 64: the one of the standard library calls into
  /// compiler support that the musl build does not link.
  func scaled(by numerator: UInt64, over denominator: UInt64) -> UInt64 {
    let (high, low) = multipliedFullWidth(by: numerator)
    guard high < denominator else { return .max }
    if high == 0 { return low / denominator }
    var remainder = high
    var quotient: UInt64 = 0
    var bit: UInt64 = 1 << 63
    while bit != 0 {
      let carry = remainder >> 63
      remainder = remainder << 1 | (low & bit == 0 ? 0 : 1)
      if carry == 1 || remainder >= denominator {
        remainder &-= denominator
        quotient |= bit
      }
      bit >>= 1
    }
    return quotient
  }

  /// What this many per second make in a time.
  func over(nanoseconds: UInt64) -> UInt64 { scaled(by: nanoseconds, over: 1_000_000_000) }

  /// How many per second it is if it came within a time; 0 for no time at all.
  package func perSecond(within nanoseconds: UInt64) -> UInt64 {
    nanoseconds == 0 ? 0 : scaled(by: 1_000_000_000, over: nanoseconds)
  }

  /// How long this many take at a rate, in nanoseconds; for ever at no rate.
  package func nanoseconds(atPerSecond rate: UInt64) -> UInt64 { scaled(by: 1_000_000_000, over: rate) }
}

extension Int64 {
  /// The sum; the nearest end if it does not fit.
  func plus(_ other: Int64) -> Int64 {
    let (sum, isOver) = addingReportingOverflow(other)
    guard isOver else { return sum }
    return other > 0 ? .max : .min
  }

  /// The difference; the nearest end if it does not fit.
  func minus(_ other: Int64) -> Int64 {
    let (difference, isOver) = subtractingReportingOverflow(other)
    guard isOver else { return difference }
    return other > 0 ? .min : .max
  }

  /// By how much a count grew; negative if it shrank.
  static func growth(from earlier: UInt64, to later: UInt64) -> Int64 {
    later >= earlier ? Int64(clamping: later &- earlier) : -Int64(clamping: earlier &- later)
  }
}
