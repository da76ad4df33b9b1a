internal import CScytheABI
internal import CScytheLinux
import ScytheLinux
import Synchronization

/// Whether the kernel itself, or Scythe's kernel extension, knows the flags that this library adds to
/// `process_madvise(2)`, found out once for each.
enum KernelFlags {
  private static let range = Atomic<UInt8>(0)
  private static let span = Atomic<UInt8>(0)
  private static var isKnown: UInt8 { 1 }
  private static var isUnknown: UInt8 { 2 }

  /// Whether a call with these flags is the library's to do.
  static func isOurs(_ flags: UInt32) -> Bool {
    switch flags {
    case UInt32(PMADV_FLAG_RANGE): !isKnown(flags, range)
    case UInt32(SCYTHE_PMADV_FLAG_SPAN): !isKnown(flags, span)
    default: false
    }
  }

  /// The same, asked again.
  static func isOursByNow(_ flags: UInt32) -> Bool {
    guard flags == UInt32(PMADV_FLAG_RANGE) else { return false }
    range.store(0, ordering: .relaxed)
    return isOurs(flags)
  }

  /// Whether the kernel knows a flag. Threads that ask at the same time get the same answer.
  private static func isKnown(_ flag: UInt32, _ answer: borrowing Atomic<UInt8>) -> Bool {
    let before = answer.load(ordering: .relaxed)
    if before != 0 { return before == isKnown }
    // With a descriptor that no call can act on. A kernel that does not know the flag refuses it before all else; what
    // anybody else says (no such call, a seccomp filter) is for the program to hear.
    let result = clinux_process_madvise(-1, nil, 0, MemoryAdvice.cold.rawValue, flag)
    let isOurs = result == -Int(Errno.invalidArgument.rawValue)
    answer.store(isOurs ? isUnknown : isKnown, ordering: .relaxed)
    return !isOurs
  }
}
