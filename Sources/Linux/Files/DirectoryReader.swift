internal import CScytheLinux

/// What kind of entry a directory holds, as far as the file system says.
@frozen public enum DirectoryEntryKind: Sendable, BitwiseCopyable {
  /// A directory.
  case directory
  /// Anything else, or unknown.
  case other
}

extension FileDescriptor {
  /// Goes through the entries of an open directory from its current position, `.` and `..` left out.
  ///
  /// - Parameter body: gets each name and kind; returns `false` to end the walk.
  /// - Throws: what `getdents64(2)` says: `Errno.noSuchFileOrDirectory` if the directory was removed meanwhile.
  public func forEachEntry(
    _ body: (Span<UInt8>, DirectoryEntryKind) throws(Errno) -> Bool
  ) throws(Errno) {
    // struct linux_dirent64: inode (8), offset (8), record length (2), type (1), then the name with its zero byte.
    let nameOffset = 19
    var buffer = InlineArray<4096, UInt8>(repeating: 0)
    while true {
      let fd = rawValue
      var whole = buffer.mutableSpan
      let filled = try unsafe whole.withUnsafeMutableBufferPointer { (raw) throws(Errno) in
        try valueOrErrno(unsafe clinux_getdents(fd, raw.baseAddress!, raw.count))
      }
      if filled == 0 { return }
      var position = 0
      while position + nameOffset < filled {
        let length = Int(buffer[position + 16]) | Int(buffer[position + 17]) << 8
        guard length > nameOffset, position + length <= filled else { throw .badMessage }
        var nameEnd = position + nameOffset
        while nameEnd < position + length, buffer[nameEnd] != 0 { nameEnd += 1 }
        let name = buffer.span.extracting(position + nameOffset..<nameEnd)
        let kind: DirectoryEntryKind = buffer[position + 18] == 4 ? .directory : .other
        position += length
        if name.count == 1, name[0] == UInt8(ascii: ".") { continue }
        if name.count == 2, name[0] == UInt8(ascii: "."), name[1] == UInt8(ascii: ".") { continue }
        guard try body(name, kind) else { return }
      }
    }
  }
}
