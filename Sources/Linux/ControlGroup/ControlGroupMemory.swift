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
}

extension ControlGroup {
  /// The memory charged to the group and the groups below it: `memory.current`, or `memory.usage_in_bytes` in v1.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` if no memory controller counts here; `Errno.noSuchDevice` if the group
  ///   was removed.
  public func memoryCurrentBytes() throws(Errno) -> UInt64 {
    let file: FileDescriptor
    switch version {
    case .v1: file = try open("memory.usage_in_bytes", .read)
    case .v2: file = try open("memory.current", .read)
    }
    return try withContents(of: file) { (text) throws(Errno) in
      var position = 0
      guard let bytes = text.decimal(&position) else { throw .badMessage }
      return bytes
    }
  }

  /// The hard limit of the group: `memory.max`, or `memory.limit_in_bytes` in v1.
  ///
  /// - Returns: `nil` if there is none.
  /// - Throws: `Errno.noSuchFileOrDirectory` without the memory controller, and in the root of v2.
  public func memoryMaximumBytes() throws(Errno) -> UInt64? {
    let file: FileDescriptor
    switch version {
    case .v1: file = try open("memory.limit_in_bytes", .read)
    case .v2: file = try open("memory.max", .read)
    }
    return try withContents(of: file) { (text) throws(Errno) in
      if text.hasPrefix("max") { return nil }
      var position = 0
      guard let bytes = text.decimal(&position) else { throw .badMessage }
      // What v1 shows without a limit: the most pages that its counter holds.
      return bytes < 0x7fff_ffff_ffff_0000 ? bytes : nil
    }
  }

  /// The counters of `memory.events` of a v2 group.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` in v1, in the root, or without the memory controller.
  public func memoryEvents() throws(Errno) -> ControlGroupMemoryEvents {
    let file = try open("memory.events", .read)
    var events = ControlGroupMemoryEvents()
    try file.forEachLine { (line) throws(Errno) in
      events.take(line)
      return true
    }
    return events
  }
}
