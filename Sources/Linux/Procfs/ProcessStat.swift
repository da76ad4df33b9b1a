/// A process's short name, at most 15 bytes: what `comm` holds. It may contain anything, blanks and `)` included.
@frozen public struct ProcessName: Equatable, Sendable, BitwiseCopyable {
  // Two words, since InlineArray has no == of its own on 6.3.
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  /// Makes an empty name.
  public init() {}

  /// Makes a name of bytes; what is past the 15th is dropped.
  public init(_ bytes: Span<UInt8>) {
    for index in 0..<min(bytes.count, 15) {
      let byte = UInt64(bytes[index]) << UInt64(index % 8 * 8)
      if index < 8 { low |= byte } else { high |= byte }
    }
  }

  /// How many bytes it has.
  public var count: Int {
    var count = 0
    while count < 15, self[count] != 0 { count += 1 }
    return count
  }

  /// The byte at an index below 16; 0 behind the end.
  public subscript(index: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: (index < 8 ? low : high) >> UInt64(index % 8 * 8))
  }
}

/// What Scythe reads in `/proc/PID/stat`:
///
///     2531 (sleep) S 2530 2531 2530 34816 2531 4194304 119 0 0 0 0 0 0 0 20 0 1 0 155243 5599232 231 184467...
///
/// The kernel's page is `Documentation/filesystems/proc.rst`, table 1-4.
@frozen public struct ProcessStat: Equatable, Sendable, BitwiseCopyable {
  /// The number.
  public var pid: PID
  /// The short name.
  public var name: ProcessName
  /// The state letter: R, S, D, T, t, Z, X, I.
  public var state: UInt8
  /// The parent.
  public var parent: PID
  /// The kernel's `PF_` flags.
  public var flags: UInt64
  /// The number of threads.
  public var threads: UInt64
  /// When it started, in clock ticks since boot. With the number it identifies a process.
  public var startTicks: UInt64
  /// The size of the address space.
  public var virtualBytes: UInt64

  /// Where the stack of its first thread begins; 0 without ptrace read rights.
  public var stackStart: UInt64 = 0

  /// Whether it is a 32-bit process, whose stack lies in the first 4 GiB; `nil` if that is not to be seen.
  public var isThirtyTwoBit: Bool? { stackStart == 0 ? nil : stackStart <= UInt64(UInt32.max) }
  /// `PF_KTHREAD`: a thread of the kernel, which has no memory of its own and cannot be killed.
  public var isKernelThread: Bool { flags & 0x0020_0000 != 0 }
  /// `PF_EXITING`: it has begun to exit.
  public var isExiting: Bool { flags & 0x4 != 0 }

  /// Whether it is dead, and only its parent has not heard of it yet.
  public var isZombie: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") }

  /// Whether it is dying: SIGKILL was sent to it, or its first thread has begun to exit.
  ///
  /// - Parameter status: of the same process.
  package func isDying(_ status: ProcessStatus) -> Bool { isExiting || status.isKillPending }

  /// Parses the content of the file.
  ///
  /// - Returns: `nil` if it is not what the kernel writes.
  public init?(parsing text: Span<UInt8>) {
    var position = 0
    guard let number = text.decimal(&position), let pid = Int32(exactly: number) else { return nil }
    text.skipBlanks(&position)
    guard position < text.count, text[position] == UInt8(ascii: "(") else { return nil }
    // The name may hold any byte, so its end is the last `)` of the file: no later field contains one.
    var close = text.count - 1
    while close > position, text[close] != UInt8(ascii: ")") { close -= 1 }
    guard close > position else { return nil }
    self.pid = PID(pid)
    name = ProcessName(text.extracting(position + 1..<close))
    position = close + 1
    text.skipBlanks(&position)
    guard position < text.count else { return nil }
    state = text[position]
    position += 1
    guard let parent = text.decimal(&position), let parentPID = Int32(exactly: parent) else { return nil }
    self.parent = PID(parentPID)
    // Fields 5 to 8, then 9 (flags).
    for _ in 5...8 { guard text.skipField(&position) else { return nil } }
    guard let flags = text.decimal(&position) else { return nil }
    self.flags = flags
    for _ in 10...19 { guard text.skipField(&position) else { return nil } }
    guard let threads = text.decimal(&position), text.skipField(&position), let start = text.decimal(&position),
      let virtual = text.decimal(&position)
    else { return nil }
    self.threads = threads
    startTicks = start
    virtualBytes = virtual
    for _ in 24...27 { guard text.skipField(&position) else { return } }
    // Another field follows, so a number without a blank behind it is not whole.
    guard let stack = text.decimal(&position), text.hasPrefix(" ", at: position) else { return }
    stackStart = stack
  }
}

extension Procfs {
  /// Reads `/proc/PID/stat`.
  ///
  /// - Throws: `Errno.noSuchProcess` if it is gone; `Errno.badMessage` if the file is not what the kernel writes.
  public func stat(of pid: PID) throws(Errno) -> ProcessStat {
    let file = try open("stat", of: pid)
    return try withContents(of: file) { (text) throws(Errno) in
      guard let stat = ProcessStat(parsing: text) else { throw .badMessage }
      return stat
    }
  }
}
