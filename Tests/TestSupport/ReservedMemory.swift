import Foundation
public import ScytheLinux

/// Address space of this process, of which nothing is filled until somebody writes there.
@safe public final class ReservedMemory {
  /// The first address.
  public let base: UInt64
  private let memory: UnsafeMutableRawPointer
  private let bytes: Int

  /// Reserves as many bytes, more than the machine has if that is what it takes.
  ///
  /// - Throws: what `mmap(2)` says.
  public init(bytes: UInt64) throws(Errno) {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    let guardBytes = Int(getpagesize())
    self.bytes = Int(bytes) + 2 * guardBytes
    let mapped = unsafe mmap(nil, self.bytes, PROT_NONE, flags, -1, 0)
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { throw Errno(rawValue: errno) }
    unsafe memory = mapped
    // What nobody may touch on both sides keeps a neighbour from becoming a part of it.
    unsafe mprotect(mapped + guardBytes, Int(bytes), PROT_READ | PROT_WRITE)
    base = UInt64(UInt(bitPattern: mapped)) + UInt64(guardBytes)
  }

  deinit { unsafe munmap(memory, bytes) }

  /// Writes a byte at an offset.
  public func fill(at offset: Int) {
    unsafe memory.storeBytes(of: 1, toByteOffset: Int(getpagesize()) + offset, as: UInt8.self)
  }
}
