internal import CScytheLinux

/// Scythe's kernel extension, as it describes itself: a module that adds to `process_madvise(2)` what was proposed for
/// the kernel in November 2020.
@frozen public struct MadviseExtension: Equatable, Sendable, BitwiseCopyable {
  /// The version of its interface.
  public let version: Int
  /// What it can do.
  public let abilities: MadviseAbilities

  /// Makes a description.
  public init(version: Int, abilities: MadviseAbilities) {
    self.version = version
    self.abilities = abilities
  }

  /// Whether it speaks as this program does; another version may mean something else by the same flags.
  public var isUnderstood: Bool { version == Int(CLINUX_PMADV_VERSION.rawValue) }

  /// Whether all that a release needs is there: the whole or any part of a dying process, without losing a mutex.
  public var canRelease: Bool {
    isUnderstood && abilities.contains(.wholeProcess | .bounds | .budget | .sparesRobustMutexes)
  }

  /// Whether the whole or any part of a process can be advised, and as much of it as one likes.
  public var canAdvise: Bool { isUnderstood && abilities.contains(.wholeProcess | .bounds | .budget) }

  /// Asks for it, with a descriptor that no call can act on. Nothing else happens, whichever kernel is asked.
  ///
  /// - Returns: what it says of itself.
  /// - Throws: `Errno.invalidArgument` if it is not loaded; `Errno.noFunction` before Linux 5.10; `Errno.notPermitted`
  ///   if a seccomp filter forbids the call.
  ///
  /// The corresponding system call is `process_madvise(2)` with `SCYTHE_PMADV_QUERY`. No privilege is needed.
  public static func query() throws(Errno) -> MadviseExtension {
    let answer = try valueOrErrno(clinux_process_madvise(-1, nil, 0, 0, CLINUX_PMADV_QUERY.rawValue))
    let bits = UInt32(truncatingIfNeeded: answer)
    let version = bits & CLINUX_PMADV_VERSION_MASK.rawValue
    // A seccomp filter may say 0 to everything; an extension has no such version.
    guard version > 0 else { throw .invalidArgument }
    return MadviseExtension(
      version: Int(version), abilities: MadviseAbilities(rawValue: bits & ~CLINUX_PMADV_VERSION_MASK.rawValue))
  }
}

/// What an extension can do.
@frozen public struct MadviseAbilities: Equatable, Sendable, BitwiseCopyable {
  /// The bits, as the query answers them.
  public let rawValue: UInt32

  /// Makes a set of its bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// A whole process in one call.
  public static var wholeProcess: MadviseAbilities { MadviseAbilities(rawValue: CLINUX_PMADV_CAN_RANGE.rawValue) }
  /// One range of any length.
  public static var bounds: MadviseAbilities { MadviseAbilities(rawValue: CLINUX_PMADV_CAN_BOUNDS.rawValue) }
  /// A limit on what one call does.
  public static var budget: MadviseAbilities { MadviseAbilities(rawValue: CLINUX_PMADV_CAN_BUDGET.rawValue) }
  /// Leaves what an exit reads of robust mutexes.
  public static var sparesRobustMutexes: MadviseAbilities {
    MadviseAbilities(rawValue: CLINUX_PMADV_SPARES_ROBUST.rawValue)
  }
  /// Releases locked memory too.
  public static var lockedMemory: MadviseAbilities { MadviseAbilities(rawValue: CLINUX_PMADV_CAN_LOCKED.rawValue) }

  /// All of both.
  public static func | (left: MadviseAbilities, right: MadviseAbilities) -> MadviseAbilities {
    MadviseAbilities(rawValue: left.rawValue | right.rawValue)
  }

  /// Whether all of others are in it.
  public func contains(_ others: MadviseAbilities) -> Bool { rawValue & others.rawValue == others.rawValue }
}

/// What one call of the extension shall go over: the whole address space, or a part of any length, over any number of
/// areas and holes.
@frozen public struct AdviceSpan: Equatable, Sendable, BitwiseCopyable {
  /// The first address, at a page's boundary; above 0 only together with an end or a budget.
  public var base: UInt64 = 0
  /// The address behind the last one, at a page's boundary; `nil` for the end of the address space.
  public var end: UInt64?
  /// How many bytes of areas that take the advice are gone over, resident or not: whole pages, above 0; `nil` sets no
  /// limit. The kernel takes at most 2 GiB - 4 KiB of it.
  public var budgetBytes: UInt64?

  /// Makes the whole address space, or what is said of it.
  public init(from base: UInt64 = 0, to end: UInt64? = nil, budgetBytes: UInt64? = nil) {
    self.base = base
    self.end = end
    self.budgetBytes = budgetBytes
  }
}

extension ProcessDescriptor {
  /// Gives advice about a part of any length of the process's memory, or about all of it, in one call of Scythe's kernel
  /// extension. Holes are no error, and what cannot take the advice is skipped.
  ///
  /// - Parameters:
  ///   - advice: `dontNeed` and `dontNeedLocked` for a process that is dying; or what the kernel takes for others.
  ///   - span: where, and how much.
  /// - Returns: where to go on, if the budget ended it; `nil` if it came to the end.
  /// - Throws: `Errno.invalidArgument` if the extension is not loaded, for a span that cannot be meant, an advice that is
  ///   not taken, and for a release of what is not dying, dumps core, or shares its memory with one that lives;
  ///   `Errno.resourceTemporarilyUnavailable` for a release, if it cannot be told what an exit will read of the robust
  ///   mutexes; `Errno.noSuchProcess` if it has left its memory; `Errno.notPermitted` without `CAP_SYS_NICE`;
  ///   `Errno.permissionDenied` without ptrace read rights.
  ///
  /// The corresponding system call is `process_madvise(2)` with `PMADV_FLAG_RANGE`, as the extension has it.
  public func advise(_ advice: MemoryAdvice, span: AdviceSpan) throws(Errno) -> UInt64? {
    precondition(span.base == 0 || span.end != nil || span.budgetBytes != nil)
    var flags = CLINUX_PMADV_RANGE.rawValue
    var vector: InlineArray<2, AddressRange> = InlineArray(repeating: AddressRange(base: 0, length: 0))
    var count = 0
    if let budget = span.budgetBytes {
      flags |= CLINUX_PMADV_BUDGET.rawValue
      vector[0] = AddressRange(base: span.base, length: budget)
      count = 1
    }
    if let end = span.end {
      flags |= CLINUX_PMADV_BOUNDS.rawValue
      vector[0].base = span.base
      vector[1].base = end
      count = 2
    }
    let next = try self.advise(advice, vector.span.extracting(first: count), flags: flags)
    return next == 0 ? nil : UInt64(UInt(bitPattern: next))
  }
}
