public import ScytheLinux

/// What shall happen to memory.
@frozen public enum Advice: Equatable, Sendable, BitwiseCopyable {
  /// Reclaim it first, when memory runs short. The C name is `MADV_COLD`, Linux 5.10 for other processes.
  case cold
  /// Reclaim it now: to swap, or, what is a clean copy of a file, for nothing. The C name is `MADV_PAGEOUT`, Linux 5.10.
  case pageOut
  /// Read it in: from swap, or from its file. The C name is `MADV_WILLNEED`, Linux 5.15.
  case willNeed
  /// Make huge pages of it. The C name is `MADV_COLLAPSE`, Linux 6.1.
  case collapse
  /// Free it; its content is lost. Only for a process that is dying. The C name is `MADV_DONTNEED`.
  case dontNeed

  /// The kernel's number.
  public var memoryAdvice: MemoryAdvice {
    switch self {
    case .cold: .cold
    case .pageOut: .pageOut
    case .willNeed: .willNeed
    case .collapse: .collapse
    case .dontNeed: .dontNeed
    }
  }
}

/// Which memory of a process is meant. Holes are no error, and what cannot take the advice is skipped.
@frozen public enum AddressSelection: ~Escapable {
  /// All of it.
  case wholeProcess
  /// These ranges, of any size, over any number of areas: aligned to pages, each behind the one before.
  case ranges(Span<AddressRange>)
}

/// The means by which the memory of a dying process is freed.
@frozen public enum Carrier: Equatable, Sendable, BitwiseCopyable {
  /// `process_mrelease(2)`, Linux 5.15.
  case release
  /// `memory.max = 0` on a cgroup v2 of its own: see ``LimitCarrier``.
  case limit
  /// `process_madvise(2)` with `MADV_DONTNEED`, by Scythe's kernel extension: see `MadviseExtension`.
  case `extension`
}

/// The means by which advice reaches another process.
@frozen public enum AdviceCarrier: Equatable, Sendable, BitwiseCopyable {
  /// `process_madvise(2)` over what is mapped, Linux 5.10.
  case vector
  /// `process_mrelease(2)`, Linux 5.15: for `dontNeed`.
  case release
  /// `process_madvise(2)` over whatever there is, by Scythe's kernel extension: see `MadviseExtension`.
  case `extension`
}
