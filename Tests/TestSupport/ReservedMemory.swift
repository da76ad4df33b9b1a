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
    let mapped = unsafe mmap(nil, Int(bytes), PROT_READ | PROT_WRITE, flags, -1, 0)
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { throw Errno(rawValue: errno) }
    unsafe memory = mapped
    self.bytes = Int(bytes)
    base = UInt64(UInt(bitPattern: mapped))
  }

  deinit { unsafe munmap(memory, bytes) }

  /// Writes a byte at an offset.
  public func fill(at offset: Int) { unsafe memory.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self) }
}
