/// `/proc/PID/statm`, in bytes:
///
///     1367 231 214 5 0 103 0
///
/// The kernel's page is `Documentation/filesystems/proc.rst`, table 1-3.
@frozen public struct ProcessMemorySizes: Equatable, Sendable, BitwiseCopyable {
  /// The address space.
  public var virtualBytes: UInt64
  /// What is resident.
  public var residentBytes: UInt64
  /// What of it belongs to files or shared memory.
  public var sharedBytes: UInt64

  /// What of it is anonymous.
  public var anonymousBytes: UInt64 { residentBytes > sharedBytes ? residentBytes - sharedBytes : 0 }

  /// Parses the content of the file.
  ///
  /// - Parameters:
  ///   - text: the content.
  ///   - pageBytes: the size of a page.
  /// - Returns: `nil` if it is not what the kernel writes.
  public init?(parsing text: Span<UInt8>, pageBytes: UInt64) {
    var position = 0
    func bytes() -> UInt64? {
      guard let pages = text.decimal(&position) else { return nil }
      let (bytes, overflow) = pages.multipliedReportingOverflow(by: pageBytes)
      return overflow ? nil : bytes
    }
    guard let virtual = bytes(), let resident = bytes(), let shared = bytes() else { return nil }
    virtualBytes = virtual
    residentBytes = resident
    sharedBytes = shared
  }
}

extension Procfs {
  /// Reads `/proc/PID/statm`.
  ///
  /// - Throws: `Errno.noSuchProcess` if it is gone; `Errno.badMessage` if the file is not what the kernel writes.
  public func memorySizes(of pid: PID) throws(Errno) -> ProcessMemorySizes {
    let file = try open("statm", of: pid)
    let pageBytes = Machine.pageBytes
    return try withContents(of: file) { (text) throws(Errno) in
      guard let sizes = ProcessMemorySizes(parsing: text, pageBytes: pageBytes) else { throw .badMessage }
      return sizes
    }
  }

  /// Reads `/proc/PID/oom_score`: the kernel's own badness, its adjustment included. Takes no reference to the memory.
  ///
  /// - Throws: `Errno.noSuchProcess` if it is gone; `Errno.badMessage` if the file is not what the kernel writes.
  public func oomScore(of pid: PID) throws(Errno) -> Int { try number("oom_score", of: pid) }

  /// Reads `/proc/PID/oom_score_adj`, -1000 to 1000; -1000 means: never.
  ///
  /// - Throws: `Errno.noSuchProcess` if it is gone; `Errno.badMessage` if the file is not what the kernel writes.
  public func oomScoreAdjustment(of pid: PID) throws(Errno) -> Int { try number("oom_score_adj", of: pid) }

  /// Counts the pages of a process one by one: `/proc/PID/smaps_rollup`, Linux 4.14.
  ///
  /// It walks all page tables with the mmap lock held, and takes a reference to the memory: for a process that has next
  /// to none left.
  ///
  /// - Returns: anonymous memory and swap, in bytes.
  /// - Throws: `Errno.noSuchProcess` if it has left its memory; `Errno.permissionDenied` without ptrace read rights.
  public func countedMemory(of pid: PID) throws(Errno) -> (anonymousBytes: UInt64, swapBytes: UInt64) {
    let file = try open("smaps_rollup", of: pid)
    var anonymousBytes: UInt64?
    var swapBytes: UInt64 = 0
    try file.forEachLine { (line) throws(Errno) in
      if let bytes = line.kilobytes(after: "Anonymous:") {
        anonymousBytes = bytes
      } else if let bytes = line.kilobytes(after: "Swap:") {
        swapBytes = bytes
      }
      return true
    }
    guard let anonymousBytes else { throw .badMessage }
    return (anonymousBytes, swapBytes)
  }

  private func number(_ name: StaticString, of pid: PID) throws(Errno) -> Int {
    let file = try open(name, of: pid)
    return try withContents(of: file) { (text) throws(Errno) in
      var position = 0
      guard let number = text.signedDecimal(&position) else { throw .badMessage }
      return Int(number)
    }
  }
}

extension Procfs {
  /// Tells the kernel's own killer never to take the caller: -1000 in `/proc/self/oom_score_adj`. What the caller starts
  /// inherits it.
  ///
  /// - Throws: `Errno.permissionDenied` without `CAP_SYS_RESOURCE`.
  public func excludeCallerFromKills() throws(Errno) {
    try FileDescriptor(path("self/oom_score_adj"), .write).write("-1000")
  }
}
