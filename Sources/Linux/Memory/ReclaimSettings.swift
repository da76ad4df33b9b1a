/// When the kernel uses transparent huge pages.
@frozen public enum HugePageUse: Equatable, Sendable, BitwiseCopyable {
  /// Wherever it can.
  case always
  /// Where a program asked for them.
  case onRequest
  /// Nowhere.
  case never
}

extension Sysfs {
  /// When transparent huge pages are used; the word in brackets of `kernel/mm/transparent_hugepage/enabled`:
  ///
  ///     always [madvise] never
  ///
  /// The kernel's page is `Documentation/admin-guide/mm/transhuge.rst`.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` in a kernel without them; `Errno.badMessage` if the file is not what the
  ///   kernel writes.
  public func hugePageUse() throws(Errno) -> HugePageUse {
    let file = try FileDescriptor(path("kernel/mm/transparent_hugepage/enabled"), .read)
    return try withContents(of: file) { (text) throws(Errno) in
      for index in text.indices {
        if text.hasPrefix("[always]", at: index) { return .always }
        if text.hasPrefix("[madvise]", at: index) { return .onRequest }
        if text.hasPrefix("[never]", at: index) { return .never }
      }
      throw .badMessage
    }
  }

  /// Whether the multi-generational LRU chooses what is reclaimed, not the older one of two lists; the lowest bit of
  /// `kernel/mm/lru_gen/enabled`, Linux 6.1:
  ///
  ///     0x0007
  ///
  /// The kernel's page is `Documentation/admin-guide/mm/multigen_lru.rst`.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` in a kernel without it; `Errno.badMessage` if the file is not what the
  ///   kernel writes.
  public func usesGenerations() throws(Errno) -> Bool {
    let file = try FileDescriptor(path("kernel/mm/lru_gen/enabled"), .read)
    return try withContents(of: file) { (text) throws(Errno) in
      var position = 0
      guard let bits = text.hexadecimal(&position) else { throw .badMessage }
      return bits & 1 == 1
    }
  }
}
