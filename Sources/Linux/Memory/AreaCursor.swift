internal import CScytheLinux

/// How the areas of a process are found.
@frozen public enum AreaSource: Equatable, Sendable, BitwiseCopyable {
  /// One at a time, by the ioctl `PROCMAP_QUERY`, Linux 6.11: best for the few behind a known address.
  case query
  /// One after the other, from the text of `/proc/PID/maps`: on Linux 6.18 half the cost for each (0.3 us against 0.6),
  /// but from the lowest on.
  case text
}

/// Stands in the address space of a process, and finds the next area. Uses one fixed buffer, however many there are.
public struct AreaCursor: ~Copyable {
  private let file: FileDescriptor
  private var reader = LineReader()
  private var current: MemoryArea?
  /// Where the areas come from.
  public let source: AreaSource
  private var queries = 0
  private var earlierReads = 0

  /// How many calls of the kernel were made to find areas.
  public var calls: Int { queries + earlierReads + reader.reads }

  /// Stands before the first area of a process.
  ///
  /// The memory that the process has now is meant: after an `execve(2)` there is nothing to be found.
  ///
  /// - Parameters:
  ///   - pid: the process.
  ///   - source: where to look; `query` becomes `text` where the kernel does not know it.
  ///   - procfs: where the process is read about.
  /// - Throws: `Errno.noSuchProcess`; `Errno.permissionDenied` without ptrace read rights.
  public init(of pid: PID, _ source: AreaSource, _ procfs: Procfs = Procfs()) throws(Errno) {
    let file = try procfs.open("maps", of: pid)
    var first: MemoryArea?
    var isKnown = false
    if source == .query {
      queries = 1
      do throws(Errno) {
        first = try AreaCursor.query(file, 0)
        isKnown = true
      } catch {
        // A tree that only looks like /proc, and kernels before 6.11.
        guard error == .notTerminal || error == .invalidArgument else { throw error }
      }
    }
    current = first
    self.source = isKnown ? .query : .text
    self.file = file
  }

  /// Finds the area that covers an address, or the first one behind it.
  ///
  /// What was found last is not asked for again, so it may have changed since.
  ///
  /// - Parameter address: with `text`, one that lies behind the last one; else all is read again from the first area on.
  /// - Returns: `nil` if there is none, or if the process has left its memory.
  /// - Throws: what else `ioctl(2)` or `read(2)` say.
  public mutating func next(atOrAfter address: UInt64) throws(Errno) -> MemoryArea? {
    if let current, current.base <= address, address < current.end { return current }
    switch source {
    case .query:
      queries += 1
      current = try AreaCursor.query(file, address)
      return current
    case .text:
      do throws(Errno) {
        return try readOn(to: address)
      } catch {
        if error == .noSuchProcess { return nil }
        throw error
      }
    }
  }

  /// Looks again at an area that was found before.
  ///
  /// - Parameter area: as it was found.
  /// - Returns: what is there now, its origin and the size of its pages included; what was found before, where the kernel
  ///   does not know `PROCMAP_QUERY`; `nil` if nothing is mapped there any more.
  /// - Throws: what `ioctl(2)` says.
  public mutating func lookAgain(at area: MemoryArea) throws(Errno) -> MemoryArea? {
    queries += 1
    var raw = clinux_area()
    var name = InlineArray<512, UInt8>(repeating: 0)
    var count = 0
    do throws(Errno) {
      var whole = name.mutableSpan
      count = try unsafe whole.withUnsafeMutableBytes { (bytes) throws(Errno) in
        try valueOrErrno(
          unsafe clinux_procmap_query(
            file.rawValue, area.base, &raw, bytes.baseAddress!.assumingMemoryBound(to: CChar.self),
            UInt32(bytes.count)))
      }
    } catch {
      switch error {
      case .notTerminal, .invalidArgument: return area
      case .noSuchFileOrDirectory, .noSuchProcess: return nil
      // Only the path of a file can be as long as that.
      case .nameTooLong: _ = try valueOrErrno(unsafe clinux_procmap_query(file.rawValue, area.base, &raw, nil, 0))
      default: throw error
      }
    }
    var found = MemoryArea(raw)
    found.origin = MemoryAreaOrigin(name: name.span.extracting(first: count))
    return found.base <= area.base ? found : nil
  }

  private mutating func readOn(to address: UInt64) throws(Errno) -> MemoryArea? {
    // An address before the one where the text stands: from the beginning.
    if let current, address < current.base {
      earlierReads += reader.reads
      reader = LineReader()
    }
    current = nil
    while true {
      let line = try reader.next(of: file) { (line) throws(Errno) in MemoryArea(parsing: line) }
      guard let line else { return nil }
      guard let area = line, area.end > address else { continue }
      current = area
      return area
    }
  }

  private static func query(_ file: borrowing FileDescriptor, _ address: UInt64) throws(Errno) -> MemoryArea? {
    var raw = clinux_area()
    do throws(Errno) {
      _ = try valueOrErrno(unsafe clinux_procmap_query(file.rawValue, address, &raw, nil, 0))
    } catch {
      // ESRCH: the memory is gone, so nothing is mapped.
      if error == .noSuchFileOrDirectory || error == .noSuchProcess { return nil }
      throw error
    }
    return MemoryArea(raw)
  }
}

extension MemoryArea {
  fileprivate init(_ raw: clinux_area) {
    self.init(
      base: raw.base, end: raw.end, isReadable: raw.flags & 1 != 0, isWritable: raw.flags & 2 != 0,
      isExecutable: raw.flags & 4 != 0, isShared: raw.flags & 8 != 0, pageBytes: raw.page_bytes)
  }
}

/// Whether the kernel knows `PROCMAP_QUERY`, tried on the calling process.
public enum AreaQueryProbe {
  /// Tries it.
  ///
  /// - Throws: `Errno.notTerminal` before Linux 6.11; else what `ioctl(2)` says.
  public static func check(_ procfs: Procfs = Procfs()) throws(Errno) {
    if try AreaCursor(of: .current, .query, procfs).source != .query { throw .notTerminal }
  }
}
