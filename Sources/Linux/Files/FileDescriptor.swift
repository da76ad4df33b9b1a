internal import CScytheLinux

/// How a file is opened. Every descriptor is close-on-exec.
@frozen public struct OpenMode: Sendable, BitwiseCopyable {
  let rawValue: CInt

  /// For reading.
  public static var read: OpenMode { OpenMode(rawValue: 0) }
  /// For reading, and without a wait for a writer where the file turns out to be a pipe.
  public static var readAtOnce: OpenMode { OpenMode(rawValue: 0o4000) }
  /// For writing.
  public static var write: OpenMode { OpenMode(rawValue: 1) }
  /// For reading and writing.
  public static var readWrite: OpenMode { OpenMode(rawValue: 2) }
  /// A directory, for its entries.
  public static var directory: OpenMode { OpenMode(rawValue: 0o200000) }
}

/// An owned file descriptor.
@frozen public struct FileDescriptor: ~Copyable, Sendable {
  package let rawValue: CInt

  /// The number, for those who watch a descriptor without owning it.
  public var number: CInt { rawValue }

  init(owning rawValue: CInt) { self.rawValue = rawValue }

  /// Opens a file by its path.
  ///
  /// - Throws: `Errno.nameTooLong` if the path did not fit its buffer, else what `open(2)` says.
  public init(_ path: borrowing PathBuffer, _ mode: OpenMode, retryOnInterrupt: Bool = true) throws(Errno) {
    rawValue = try unsafe path.withCString { (text) throws(Errno) in
      CInt(
        truncatingIfNeeded: try valueOrErrno(retryOnInterrupt: retryOnInterrupt) {
          unsafe clinux_openat(currentDirectory, text, mode.rawValue)
        })
    }
  }

  /// Opens a file below a directory that is open already.
  ///
  /// - Throws: what `openat(2)` says.
  public init(_ name: StaticString, in directory: borrowing FileDescriptor, _ mode: OpenMode) throws(Errno) {
    rawValue = CInt(
      truncatingIfNeeded: try valueOrErrno(retryOnInterrupt: true) {
        unsafe clinux_openat(directory.rawValue, name.cString, mode.rawValue)
      })
  }

  /// Closes the descriptor and reports the error that `deinit` would drop. Never retried: on Linux the number is free
  /// again even after EINTR, and may belong to another thread by then.
  ///
  /// - Throws: what `close(2)` says.
  public consuming func close() throws(Errno) {
    let fd = rawValue
    discard self
    _ = try valueOrErrno(clinux_close(fd))
  }

  deinit { _ = clinux_close(rawValue) }
}

/// `AT_FDCWD`
let currentDirectory: CInt = -100

extension FileDescriptor {
  /// Reads at the file's own position.
  ///
  /// - Returns: the number of bytes read; 0 at the end.
  /// - Throws: what `read(2)` says.
  public func read(into buffer: inout MutableSpan<UInt8>, retryOnInterrupt: Bool = true) throws(Errno) -> Int {
    let fd = rawValue
    return try unsafe buffer.withUnsafeMutableBufferPointer { (raw) throws(Errno) in
      try valueOrErrno(retryOnInterrupt: retryOnInterrupt) { unsafe clinux_read(fd, raw.baseAddress!, raw.count) }
    }
  }

  /// Reads at an offset from the start of the file.
  ///
  /// - Parameters:
  ///   - buffer: gets the bytes, at most as many as fit.
  ///   - first: where in the buffer the bytes go; what is before it is left as it is.
  ///   - offset: where in the file they are, in bytes.
  ///   - retryOnInterrupt: whether the call is made again when a signal has interrupted it.
  /// - Returns: the number of bytes read; 0 at the end.
  /// - Throws: what `pread(2)` says.
  public func read(
    into buffer: inout MutableSpan<UInt8>, from first: Int = 0, at offset: Int64, retryOnInterrupt: Bool = true
  ) throws(Errno) -> Int {
    let fd = rawValue
    return try unsafe buffer.withUnsafeMutableBufferPointer { (raw) throws(Errno) in
      try valueOrErrno(retryOnInterrupt: retryOnInterrupt) {
        unsafe clinux_pread(fd, raw.baseAddress! + first, raw.count - first, offset)
      }
    }
  }

  /// Writes bytes.
  ///
  /// - Returns: how many were taken.
  /// - Throws: what `write(2)` says.
  @discardableResult
  public func write(_ bytes: Span<UInt8>, retryOnInterrupt: Bool = true) throws(Errno) -> Int {
    let fd = rawValue
    return try unsafe bytes.withUnsafeBufferPointer { (raw) throws(Errno) in
      guard let base = raw.baseAddress else { return 0 }
      return try valueOrErrno(retryOnInterrupt: retryOnInterrupt) { unsafe clinux_write(fd, base, raw.count) }
    }
  }

  /// Writes a text.
  ///
  /// - Throws: what `write(2)` says.
  public func write(_ text: borrowing PathBuffer) throws(Errno) {
    try text.withBytes { (bytes) throws(Errno) in _ = try write(bytes) }
  }

  /// Writes a literal.
  ///
  /// - Throws: what `write(2)` says.
  public func write(_ text: StaticString) throws(Errno) { try write(PathBuffer(text)) }

  /// Takes the file's lock, which its closing gives back.
  ///
  /// - Throws: `Errno.resourceTemporarilyUnavailable` if somebody else has it.
  ///
  /// The corresponding system call is `flock(2)`.
  public func lockExclusively() throws(Errno) { _ = try valueOrErrno(clinux_lock(rawValue)) }

  /// Waits until the descriptor is readable.
  ///
  /// - Parameter timeoutMilliseconds: 0 only looks; negative waits for ever.
  /// - Returns: whether it is.
  /// - Throws: what `poll(2)` says.
  public func waitUntilReadable(timeoutMilliseconds: CInt) throws(Errno) -> Bool {
    try valueOrErrno(retryOnInterrupt: true) { clinux_poll_readable(rawValue, timeoutMilliseconds) } > 0
  }
}

extension FileDescriptor {
  /// Whether a descriptor that somebody else keeps open is readable now.
  ///
  /// - Parameter number: the descriptor; one that is not open counts as readable.
  public static func isReadable(_ number: CInt) -> Bool { clinux_poll_readable(number, 0) > 0 }
}

extension StaticString {
  /// A literal ends with a zero byte in the binary.
  var cString: UnsafePointer<CChar> { unsafe UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}

/// The descriptor that a program is given for its messages; borrowed, never closed.
public struct StandardStream: Sendable {
  let rawValue: CInt

  /// Standard output.
  public static var output: StandardStream { StandardStream(rawValue: 1) }
  /// Standard error.
  public static var error: StandardStream { StandardStream(rawValue: 2) }

  /// Opens those that are closed, on nothing: a file that is opened later would else get the number of one, and be written
  /// to.
  public static func openMissing() { clinux_open_standard_streams() }

  /// Whether it is a socket, as the one to systemd's journal is.
  public var isSocket: Bool { clinux_is_socket(rawValue) > 0 }

  /// Writes bytes by one call, so that nobody reads half a line, and drops what cannot be written: nobody is left to be
  /// told.
  public func write(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { raw in
      if let base = raw.baseAddress { _ = unsafe clinux_write(rawValue, base, raw.count) }
    }
  }

  /// Writes a text and drops what cannot be written.
  public func write(_ text: borrowing PathBuffer) { text.withBytes { bytes in write(bytes) } }

  /// Writes a literal of any length, and drops what cannot be written.
  public func write(_ text: StaticString) { _ = unsafe clinux_write(rawValue, text.utf8Start, text.utf8CodeUnitCount) }
}
