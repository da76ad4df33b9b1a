internal import CScytheLinux

// Files that are kept for others to read: pages in memory, and logs on a disk.
extension FileDescriptor {
  /// Creates a regular file of a folder for reading and writing, or opens the one that is there. A symbolic link is not
  /// followed.
  ///
  /// - Parameters:
  ///   - name: begins with a slash.
  ///   - folder: where.
  ///   - mode: the permissions of a new file, less the umask.
  /// - Throws: `Errno.invalidArgument` for what is no regular file; else what `open(2)` says.
  package init(creating name: StaticString, in folder: borrowing PathBuffer, mode: UInt32) throws(Errno) {
    var path = PathBuffer()
    path.append(folder)
    path.append(name)
    let file = FileDescriptor(
      owning: try unsafe path.withCString { (text) throws(Errno) in
        CInt(
          truncatingIfNeeded: try valueOrErrno(retryOnInterrupt: true) { unsafe clinux_create_file(text, mode) })
      })
    self = try file.ifPlain()
  }

  /// Opens a regular file that is there, for reading. A pipe does not make the caller wait.
  ///
  /// - Throws: `Errno.invalidArgument` for what is no regular file; else what `open(2)` says.
  package init(stored path: borrowing PathBuffer) throws(Errno) {
    self = try FileDescriptor(path, .readAtOnce).ifPlain()
  }

  private consuming func ifPlain() throws(Errno) -> FileDescriptor {
    guard try rights().isPlainFile else { throw .invalidArgument }
    return self
  }

  /// The size of the file, in bytes.
  ///
  /// - Throws: what `fstat(2)` says.
  package func byteCount() throws(Errno) -> Int64 { Int64(try valueOrErrno(clinux_file_bytes(rawValue))) }

  /// Whether the file lies in memory, so that no disk can hold up whoever writes to a mapping of it.
  ///
  /// - Throws: what `fstatfs(2)` says.
  package func isInMemory() throws(Errno) -> Bool {
    // TMPFS_MAGIC and RAMFS_MAGIC of linux/magic.h.
    switch try valueOrErrno(clinux_fstatfs_magic(rawValue)) {
    case 0x0102_1994, 0x8584_58f6: true
    default: false
    }
  }

  /// Has the file system hand out what a file of this size needs: a page of a mapping that it cannot hand out later would
  /// end the program.
  ///
  /// - Throws: what `posix_fallocate(3)` says.
  package func reserve(bytes: Int) throws(Errno) { _ = try valueOrErrno(clinux_reserve(rawValue, UInt64(bytes))) }

  /// Takes the lock of a file that one program at a time writes to. It ends with the descriptor.
  ///
  /// - Throws: `Errno.resourceTemporarilyUnavailable` if somebody else has it.
  ///
  /// The corresponding system call is `fcntl(2)` with `F_OFD_SETLK`, Linux 3.15.
  package func own() throws(Errno) { _ = try valueOrErrno(clinux_own(rawValue)) }

  /// Whether somebody else has the lock that ``own()`` takes; asked without taking it.
  ///
  /// - Throws: what `fcntl(2)` says.
  ///
  /// The corresponding system call is `fcntl(2)` with `F_OFD_GETLK`, Linux 3.15.
  package func isOwnedElsewhere() throws(Errno) -> Bool { try valueOrErrno(clinux_is_owned(rawValue)) == 1 }

  /// Waits until all that was written is on the disk. May take for ever.
  ///
  /// - Throws: what `fdatasync(2)` says; what was written since the last one may then be lost.
  package func synchronizeData() throws(Errno) { _ = try valueOrErrno(clinux_sync_data(rawValue)) }

  /// Writes all of the words at an offset.
  ///
  /// - Throws: what `pwrite(2)` says; a part may have been written then.
  package func write(words: Span<UInt64>, at offset: Int64) throws(Errno) {
    let fd = rawValue
    try unsafe words.withUnsafeBytes { (raw) throws(Errno) in
      var done = 0
      while done < raw.count {
        let written = try valueOrErrno(retryOnInterrupt: true) {
          unsafe clinux_pwrite(fd, raw.baseAddress! + done, raw.count - done, offset + Int64(done))
        }
        // A file system that takes nothing and says nothing would be asked for ever.
        guard written > 0 else { throw .inputOutput }
        done += written
      }
    }
  }

  /// Reads words at an offset, until all are filled or the file ends.
  ///
  /// - Returns: how many bytes were read; what is behind them is left as it is.
  /// - Throws: what `pread(2)` says.
  package func read(words: inout MutableSpan<UInt64>, at offset: Int64) throws(Errno) -> Int {
    let fd = rawValue
    return try unsafe words.withUnsafeMutableBytes { (raw) throws(Errno) in
      var done = 0
      while done < raw.count {
        let count = try valueOrErrno(retryOnInterrupt: true) {
          unsafe clinux_pread(fd, raw.baseAddress! + done, raw.count - done, offset + Int64(done))
        }
        if count == 0 { break }
        done += count
      }
      return done
    }
  }
}

extension MappedMemory {
  /// Maps a file for values, so that others who read it see what is written.
  ///
  /// - Parameter file: at least as long as the values.
  /// - Throws: `Errno.resourceTemporarilyUnavailable` if it would have to be locked, and is more than `RLIMIT_MEMLOCK` allows.
  package static func map<Value: ~Copyable>(
    _ type: Value.Type, count: Int, of file: borrowing FileDescriptor
  ) throws(Errno) -> UnsafeMutablePointer<Value> {
    var error = 0
    guard let raw = unsafe clinux_map_file(file.rawValue, MemoryLayout<Value>.stride * count, &error) else {
      throw Errno(rawValue: CInt(truncatingIfNeeded: -error))
    }
    return unsafe raw.bindMemory(to: type, capacity: count)
  }
}

/// Folders by their path.
public enum Folder {
  /// Makes a folder, and those above it that are missing.
  ///
  /// - Parameters:
  ///   - path: the folder.
  ///   - mode: the permissions of new folders, less the umask.
  /// - Throws: what `open(2)` says of the folder when all has been tried.
  public static func make(_ path: borrowing PathBuffer, mode: UInt32) throws(Errno) {
    var part = PathBuffer()
    var result = 0
    for index in 0..<path.count {
      let byte = path.bytes[index]
      if byte == UInt8(ascii: "/"), index > 0 { result = try make(part, mode) }
      part.append(byte: byte)
    }
    result = try make(part, mode)
    do throws(Errno) {
      _ = try FileDescriptor(path, .directory)
    } catch {
      // That it could not be made says more than that it is not there.
      throw result < 0 && error == .noSuchFileOrDirectory ? Errno(rawValue: CInt(truncatingIfNeeded: -result)) : error
    }
  }

  /// What the kernel answers; a folder that is there already is no reason to stop, and neither is one above that must not
  /// be written to.
  private static func make(_ path: borrowing PathBuffer, _ mode: UInt32) throws(Errno) -> Int {
    try unsafe path.withCString { (text) throws(Errno) in unsafe clinux_mkdirat(currentDirectory, text, mode) }
  }
}

/// The clock on the wall, which people set.
public enum WallClock {
  /// Nanoseconds since the beginning of 1970, UTC. The corresponding clock is `CLOCK_REALTIME`.
  public static var nowNanoseconds: Int64 { clinux_wall_ns() }
}
