internal import CScytheLinux

/// A limit of what the calling process may use.
@frozen public enum LimitedResource: Sendable, BitwiseCopyable {
  /// Open descriptors. The C name is `RLIMIT_NOFILE`.
  case openFiles
  /// Locked memory, in bytes. The C name is `RLIMIT_MEMLOCK`.
  case lockedMemory
}

/// How much may be used.
@frozen public struct ResourceLimit: Equatable, Sendable, BitwiseCopyable {
  /// The limit in force; `nil` if there is none.
  public let soft: UInt64?
  /// What the process may raise it to by itself; `nil` if there is no limit.
  public let hard: UInt64?

  /// Asks the kernel.
  ///
  /// - Throws: what `getrlimit(2)` says.
  public init(of resource: LimitedResource) throws(Errno) {
    var soft: UInt64 = 0
    var hard: UInt64 = 0
    let number =
      switch resource {
      case .openFiles: CLINUX_OPEN_FILES
      case .lockedMemory: CLINUX_LOCKED_BYTES
      }
    _ = try valueOrErrno(unsafe clinux_resource_limit(Int32(bitPattern: number.rawValue), &soft, &hard))
    self.soft = soft == .max ? nil : soft
    self.hard = hard == .max ? nil : hard
  }
}
