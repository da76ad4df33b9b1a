/// A mapping of a process: what the kernel calls a VMA.
@frozen public struct MemoryArea: Equatable, Sendable, BitwiseCopyable {
  /// The first address.
  public var base: UInt64
  /// The address behind the last one.
  public var end: UInt64
  /// Whether it may be read.
  public var isReadable: Bool
  /// Whether it may be written.
  public var isWritable: Bool
  /// Whether it holds code.
  public var isExecutable: Bool
  /// Whether what is written goes to others who map the same.
  public var isShared: Bool
  /// The size of its pages; `nil` where it was not asked for: the text of `/proc/PID/maps` does not have it.
  public var pageBytes: UInt64?
  /// What its name tells; `nil` where that was not asked for.
  public var origin: MemoryAreaOrigin?

  /// How many bytes it spans.
  public var length: UInt64 { end - base }

  /// Makes an area of its parts.
  public init(
    base: UInt64, end: UInt64, isReadable: Bool, isWritable: Bool, isExecutable: Bool, isShared: Bool,
    pageBytes: UInt64? = nil, origin: MemoryAreaOrigin? = nil
  ) {
    self.base = base
    self.end = end
    self.isReadable = isReadable
    self.isWritable = isWritable
    self.isExecutable = isExecutable
    self.isShared = isShared
    self.pageBytes = pageBytes
    self.origin = origin
  }

  /// Parses a line of `/proc/PID/maps`, or the first line of an area in `/proc/PID/smaps`:
  ///
  ///     7f1c8a600000-7f1c8a628000 r--p 00000000 fe:00 1311   /usr/lib/x86_64-linux-gnu/libc.so.6
  ///
  /// The kernel's page is `Documentation/filesystems/proc.rst`, section 1.1.
  ///
  /// - Returns: `nil` if it is no such line.
  public init?(parsing line: Span<UInt8>) {
    var position = 0
    guard line.count > 0, line[0] != UInt8(ascii: " "), let base = line.hexadecimal(&position),
      line.hasPrefix("-", at: position)
    else { return nil }
    position += 1
    guard position < line.count, line[position] != UInt8(ascii: " "), let end = line.hexadecimal(&position),
      end > base, position + 5 <= line.count, line[position] == UInt8(ascii: " ")
    else { return nil }
    self.init(
      base: base, end: end, isReadable: line[position + 1] == UInt8(ascii: "r"),
      isWritable: line[position + 2] == UInt8(ascii: "w"), isExecutable: line[position + 3] == UInt8(ascii: "x"),
      isShared: line[position + 4] == UInt8(ascii: "s"))
    // Behind protection, offset, device and inode.
    for _ in 0..<4 where !line.skipField(&position) { return }
    line.skipBlanks(&position)
    origin = MemoryAreaOrigin(name: line.extracting(position..<line.count))
  }
}

/// What an area is made of, as far as its name tells.
@frozen public enum MemoryAreaOrigin: Equatable, Sendable, BitwiseCopyable {
  /// Anonymous memory, the heap, a stack, or a file.
  case ordinary
  /// Pages of hugetlbfs, as far as they have no name of their own.
  case hugetlb
  /// What the kernel itself puts into every process: `[vvar]`, `[vsyscall]` and their like.
  case kernel
  /// Mapped from a device, or from something that a driver made.
  case device

  /// Judges by a name as `/proc/PID/maps` shows it.
  init(name: Span<UInt8>) {
    if name.hasPrefix("/anon_hugepage") {
      self = .hugetlb
    } else if name.hasPrefix("[v") || name.hasPrefix("[uprobes]") {
      self = .kernel
    } else if name.hasPrefix("anon_inode:") || name.hasPrefix("/dmabuf:")
      || (name.hasPrefix("/dev/") && !name.hasPrefix("/dev/shm/") && !name.hasPrefix("/dev/zero"))
    {
      self = .device
    } else {
      self = .ordinary
    }
  }
}
