internal import CScytheLinux

/// The two ends of a pipe. Both are close-on-exec from the start: a child that another thread starts meanwhile inherits
/// neither.
@frozen public struct PipeEnds: ~Copyable {
  /// What is written comes out here; the end is read once all writers have closed.
  public let reading: FileDescriptor
  /// Where it goes in.
  public let writing: FileDescriptor

  /// Makes a pipe. The corresponding system call is `pipe2(2)`.
  ///
  /// - Throws: `Errno.tooManyOpenFiles`.
  public init() throws(Errno) {
    var reading: Int32 = -1
    var writing: Int32 = -1
    _ = try valueOrErrno(unsafe clinux_pipe(&reading, &writing))
    self.reading = FileDescriptor(owning: reading)
    self.writing = FileDescriptor(owning: writing)
  }
}
