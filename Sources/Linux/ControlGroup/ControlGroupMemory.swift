/// What `memory.events` of a v2 group counts since the group was made.
@frozen public struct ControlGroupMemoryEvents: Equatable, Sendable, BitwiseCopyable {
  /// Times that the group was about to go over `memory.max`.
  public var max: UInt64 = 0
  /// Times that it was out of memory.
  public var oom: UInt64 = 0
  /// Processes killed by any OOM killer of the kernel.
  public var oomKill: UInt64 = 0

  mutating func take(_ line: Span<UInt8>) {
    // `oom_kill` and `oom_group_kill` begin like `oom`: the blank decides.
    if let number = line.number(after: "max ") {
      max = number
    } else if let number = line.number(after: "oom ") {
      oom = number
    } else if let number = line.number(after: "oom_kill ") {
      oomKill = number
    }
  }

  static func read(from file: borrowing FileDescriptor) throws(Errno) -> ControlGroupMemoryEvents {
    var events = ControlGroupMemoryEvents()
    try file.forEachLine { (line) throws(Errno) in
      events.take(line)
      return true
    }
    return events
  }
}

extension ControlGroup {
  /// The memory charged to the group and the groups below it: `memory.current`, or `memory.usage_in_bytes` in v1.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` if no memory controller counts here; `Errno.noSuchDevice` if the group
  ///   was removed.
  public func memoryCurrentBytes() throws(Errno) -> UInt64 { try ControlGroup.number(in: openMemoryCurrent()) }

  /// A descriptor of the file that ``memoryCurrentBytes()`` reads.
  func openMemoryCurrent() throws(Errno) -> FileDescriptor {
    switch version {
    case .v1: try open("memory.usage_in_bytes", .read)
    case .v2: try open("memory.current", .read)
    }
  }

  /// The number that a file of a group holds and nothing else.
  static func number(in file: borrowing FileDescriptor) throws(Errno) -> UInt64 {
    try withContents(of: file) { (text) throws(Errno) in
      var position = 0
      guard let number = text.decimal(&position) else { throw .badMessage }
      return number
    }
  }

  /// The hard limit of the group: `memory.max`, or `memory.limit_in_bytes` in v1.
  ///
  /// - Returns: `nil` if there is none.
  /// - Throws: `Errno.noSuchFileOrDirectory` without the memory controller, and in the root of v2.
  public func memoryMaximumBytes() throws(Errno) -> UInt64? {
    try ControlGroup.memoryMaximumBytes(in: openMemoryMaximum())
  }

  /// A descriptor of the file that ``memoryMaximumBytes()`` reads.
  func openMemoryMaximum() throws(Errno) -> FileDescriptor {
    switch version {
    case .v1: try open("memory.limit_in_bytes", .read)
    case .v2: try open("memory.max", .read)
    }
  }

  /// What that file says.
  static func memoryMaximumBytes(in file: borrowing FileDescriptor) throws(Errno) -> UInt64? {
    try withContents(of: file) { (text) throws(Errno) in
      if text.hasPrefix("max") { return nil }
      var position = 0
      guard let bytes = text.decimal(&position) else { throw .badMessage }
      // What v1 shows without a limit: the most pages that its counter holds.
      return bytes < 0x7fff_ffff_ffff_0000 ? bytes : nil
    }
  }

  /// Whether the kernel, if it kills in the group, kills all of it: `memory.oom.group`. A v1 group never is.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` before Linux 4.19, without the memory controller, and in the root;
  ///   `Errno.noSuchDevice` if the group was removed.
  public func isKilledAsOne() throws(Errno) -> Bool {
    if version == .v1 { return false }
    return try ControlGroup.number(in: open("memory.oom.group", .read)) == 1
  }

  /// The counters of `memory.events` of a v2 group.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` in v1, in the root, or without the memory controller.
  public func memoryEvents() throws(Errno) -> ControlGroupMemoryEvents {
    try ControlGroupMemoryEvents.read(from: open("memory.events", .read))
  }
}
