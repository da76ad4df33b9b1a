extension ControlGroup {
  /// What the group, and the groups below it, have in swap: `memory.swap.current`.
  ///
  /// - Returns: bytes; `nil` where nobody counts: in v1, in the root, without the memory controller, or without swap in
  ///   the kernel.
  /// - Throws: `Errno.noSuchDevice` if the group was removed.
  public func memorySwapCurrentBytes() throws(Errno) -> UInt64? {
    try swapBytes("memory.swap.current", mayBeUnlimited: false)
  }

  /// The most that the group, and the groups below it, may have in swap: `memory.swap.max`.
  ///
  /// - Returns: bytes; `UInt64.max` for no limit; `nil` where nobody counts, as for ``memorySwapCurrentBytes()``.
  /// - Throws: `Errno.noSuchDevice` if the group was removed.
  public func memorySwapMaximumBytes() throws(Errno) -> UInt64? {
    try swapBytes("memory.swap.max", mayBeUnlimited: true)
  }

  private func swapBytes(_ name: StaticString, mayBeUnlimited: Bool) throws(Errno) -> UInt64? {
    let file: FileDescriptor
    do throws(Errno) {
      file = try open(name, .read)
    } catch {
      guard error == .noSuchFileOrDirectory else { throw error }
      return nil
    }
    return try withContents(of: file) { (text) throws(Errno) in
      if mayBeUnlimited, text.hasPrefix("max") { return .max }
      var position = 0
      guard let bytes = text.decimal(&position) else { throw .badMessage }
      return bytes
    }
  }

  /// Has the kernel take memory away from the group and the groups below it, what was not used for longest first: page
  /// cache, and, where there is swap, the rest. Blocks until that is done.
  ///
  /// - Parameter bytes: how much; less than a page is nothing.
  /// - Throws: `Errno.resourceTemporarilyUnavailable` if the kernel found less; `Errno.noSuchFileOrDirectory` before Linux
  ///   5.19, in v1, in the root, and without the memory controller; `Errno.noSuchDevice` if the group was removed;
  ///   `Errno.permissionDenied`.
  ///
  /// The corresponding file is `memory.reclaim`, Linux 5.19. It takes the right to write that file, and no capability.
  public func reclaimMemory(bytes: UInt64) throws(Errno) {
    var text = PathBuffer()
    text.append(decimal: bytes)
    try open("memory.reclaim", .write).write(text)
  }

  /// Whether `reclaimMemory(bytes:)` could be called, as far as permissions say.
  ///
  /// - Throws: as that one.
  public func checkReclaiming() throws(Errno) { try check("memory.reclaim", .write) }
}
