internal import CScytheLinux

/// Where a thread keeps the list of robust mutexes that it holds.
@frozen public struct RobustListHead: Equatable, Sendable, BitwiseCopyable {
  /// The address of `struct robust_list_head` in the thread's own memory; 0 if it never registered one, or if its exit
  /// has walked the list already.
  public let address: UInt64

  /// Makes a head at an address.
  public init(address: UInt64) { self.address = address }
}

/// The three words of `struct robust_list_head`.
@frozen public struct RobustListWords: Equatable, Sendable, BitwiseCopyable {
  /// The first entry; the head's own address when the list is empty.
  public var next: UInt64 = 0
  /// Distance from an entry to its futex word, in bytes.
  public var futexOffset: UInt64 = 0
  /// A mutex that is being locked or unlocked at this moment; 0 if none.
  public var pending: UInt64 = 0

  /// Makes words of zero.
  public init() {}

  /// Whether a thread whose head is at this address holds, or is about to hold, no robust mutex.
  public func isEmpty(headAddress: UInt64) -> Bool { next == headAddress && pending == 0 }
}

/// The kernel fields of a robust mutex list, from outside of the process.
public enum RobustList {
  /// How many heads one `read` takes at the most.
  public static var mostHeads: Int { 64 }

  /// The head that a thread registered.
  ///
  /// - Throws: `Errno.noSuchProcess` if there is no such thread; `Errno.notPermitted` without ptrace read rights.
  ///
  /// The corresponding system call is `get_robust_list(2)`, Linux 2.6.17. A thread that registered its list by the
  /// 32-bit call shows address 0 here.
  public static func head(of thread: PID) throws(Errno) -> RobustListHead {
    var address: UInt64 = 0
    var length: UInt64 = 0
    _ = try valueOrErrno(unsafe clinux_get_robust_list(thread.rawValue, &address, &length))
    return RobustListHead(address: address)
  }

  /// Reads the words at several heads of one address space in one call.
  ///
  /// It works on a dying process that still has its memory; it takes a reference to that memory while it copies, so a
  /// thread that must not be delayed must not call it.
  ///
  /// - Parameters:
  ///   - thread: any thread of the address space.
  ///   - addresses: at most `mostHeads` of them; a broken precondition traps.
  ///   - words: as many, filled from the front.
  /// - Returns: how many were read; fewer than asked when an address could not be read.
  /// - Throws: `Errno.noSuchProcess` if the thread has left its memory; `Errno.notPermitted` without ptrace attach
  ///   rights; `Errno.badAddress` if not even the first could be read.
  ///
  /// The corresponding system call is `process_vm_readv(2)`, Linux 3.2.
  public static func read(
    of thread: PID, at addresses: Span<UInt64>, into words: inout MutableSpan<RobustListWords>
  ) throws(Errno) -> Int {
    precondition(addresses.count <= mostHeads && words.count >= addresses.count)
    let wordBytes = MemoryLayout<RobustListWords>.size
    let bytes = try unsafe addresses.withUnsafeBufferPointer { (from) throws(Errno) in
      try unsafe words.withUnsafeMutableBufferPointer { (to) throws(Errno) in
        try valueOrErrno(
          unsafe clinux_process_vm_readv(thread.rawValue, to.baseAddress!, from.baseAddress!, from.count, wordBytes))
      }
    }
    return bytes / wordBytes
  }
}
