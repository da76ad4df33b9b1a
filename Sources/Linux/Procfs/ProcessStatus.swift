/// What Scythe reads in `/proc/PID/status`:
///
///     RssAnon:	     524 kB
///     Threads:	1
///
/// The kernel's page is `Documentation/filesystems/proc.rst`, table 1-2. A process that has left its memory shows no
/// memory lines.
@frozen public struct ProcessStatus: Equatable, Sendable, BitwiseCopyable {
  /// The thread group leader.
  public var leader = PID(0)
  /// The real user id.
  public var userID: UInt32 = 0
  /// The number of threads.
  public var threads: UInt64 = 0
  /// Whether it writes a core dump at this moment.
  public var isDumpingCore = false
  /// Whether SIGKILL is pending for its leader, or was sent to the process as a whole: the kernel takes that off the list
  /// of no process that dies of it.
  public var isKillPending = false
  /// Whether the memory lines were there.
  public var hasMemory = false
  /// Resident anonymous memory, private, or shared with a forked relative until one writes.
  public var anonymousBytes: UInt64 = 0
  /// Resident pages of files.
  public var fileBytes: UInt64 = 0
  /// Resident shared memory: shm, tmpfs files, shared anonymous mappings.
  public var sharedBytes: UInt64 = 0
  /// Anonymous memory in swap.
  public var swapBytes: UInt64 = 0
  /// Page tables.
  public var pageTableBytes: UInt64 = 0
  /// Pages of hugetlbfs.
  public var hugetlbBytes: UInt64 = 0
  /// Locked memory.
  public var lockedBytes: UInt64 = 0
  /// Memory pinned by the kernel, which a release unmaps but cannot free.
  public var pinnedBytes: UInt64 = 0

  /// Makes a status of nothing.
  public init() {}

  /// What a release or an exit gives back for certain.
  public var releasableBytes: UInt64 { anonymousBytes &+ swapBytes }

  /// Takes one line of the file into account; a line that it does not know, or that is malformed, changes nothing.
  mutating func take(_ line: Span<UInt8>) {
    // The lines of the memory block come in this order; the first letter decides most comparisons.
    if let bytes = line.kilobytes(after: "RssAnon:") {
      anonymousBytes = bytes
      hasMemory = true
    } else if let bytes = line.kilobytes(after: "RssFile:") {
      fileBytes = bytes
    } else if let bytes = line.kilobytes(after: "RssShmem:") {
      sharedBytes = bytes
    } else if let bytes = line.kilobytes(after: "VmSwap:") {
      swapBytes = bytes
    } else if let bytes = line.kilobytes(after: "VmPTE:") {
      pageTableBytes = bytes
    } else if let bytes = line.kilobytes(after: "VmLck:") {
      lockedBytes = bytes
    } else if let bytes = line.kilobytes(after: "VmPin:") {
      pinnedBytes = bytes
    } else if let bytes = line.kilobytes(after: "HugetlbPages:") {
      hugetlbBytes = bytes
    } else if let number = line.number(after: "Threads:") {
      threads = number
    } else if let number = line.number(after: "Tgid:"), let pid = Int32(exactly: number) {
      leader = PID(pid)
    } else if let number = line.number(after: "Uid:"), let user = UInt32(exactly: number) {
      userID = user
    } else if let number = line.number(after: "CoreDumping:") {
      isDumpingCore = number != 0
    } else if line.hasPrefix("SigPnd:") || line.hasPrefix("ShdPnd:") {
      if ProcessStatus.hasKill(line) { isKillPending = true }
    }
  }

  /// Hexadecimal, the lowest digits last; SIGKILL is bit 8, the lowest bit of the third digit from the end.
  private static func hasKill(_ line: Span<UInt8>) -> Bool {
    guard line.count >= 10 else { return false }
    let digit = line[line.count - 3]
    return switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit & 1 == 1
    // `a` is 97 and stands for 10: here the odd characters are the even digits.
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit & 1 == 0
    default: false
    }
  }
}

extension Procfs {
  /// Reads `/proc/PID/status`.
  ///
  /// - Throws: `Errno.noSuchProcess` if it is gone.
  public func status(of pid: PID) throws(Errno) -> ProcessStatus {
    try Procfs.status(from: try open("status", of: pid))
  }

  /// Reads the same through a descriptor that was opened before, so that it is the same process for certain.
  ///
  /// The read takes a reference to the memory of the process while it counts; the last holder of one frees all.
  ///
  /// - Throws: `Errno.noSuchProcess` if the process has been waited for.
  public static func status(from file: borrowing FileDescriptor) throws(Errno) -> ProcessStatus {
    var status = ProcessStatus()
    try file.forEachLine { (line) throws(Errno) in
      // The kernel's word for a process that is being waited for while it writes: it has lost its number by then.
      if line.number(after: "Tgid:") == 0 { throw .noSuchProcess }
      status.take(line)
      return true
    }
    guard status.leader.rawValue > 0 else { throw .badMessage }
    return status
  }
}
