/// The number that was last given to a process or a thread: it changes when one is made, for who wants to know whether it
/// is worth while to look for new ones.
public struct ProcessCensus: ~Copyable, Sendable {
  private let file: FileDescriptor

  /// Opens what tells.
  ///
  /// - Throws: what `open(2)` says of `loadavg`.
  public init(_ procfs: borrowing Procfs = Procfs()) throws(Errno) {
    file = try FileDescriptor(procfs.path("loadavg"), .read)
  }

  /// The number, in the caller's pid namespace: the last of `0.20 0.18 0.12 1/80 11206`.
  ///
  /// - Throws: `Errno.badMessage` if the file is not what the kernel writes.
  ///
  /// The corresponding file is `/proc/loadavg`.
  public func lastNumber() throws(Errno) -> UInt64 {
    try withContents(of: file) { (text) throws(Errno) in
      var position = 0
      for _ in 0..<4 { guard text.skipField(&position) else { throw .badMessage } }
      guard let number = text.decimal(&position) else { throw .badMessage }
      return number
    }
  }
}
