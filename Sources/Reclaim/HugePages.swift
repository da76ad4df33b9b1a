package import ScytheLinux

extension AddressRange {
  /// What of it is whole huge pages, aligned as they are: what can be collapsed; without length if there is none.
  package var wholeHugePages: AddressRange {
    let unit = AdviceLimits.hugePageBytes
    let (raised, overflow) = base.addingReportingOverflow(unit - 1)
    let start = raised - raised % unit
    let end = base &+ length
    let stop = end - end % unit
    return AddressRange(base: start, length: !overflow && stop > start ? stop - start : 0)
  }
}
