internal import CScytheLinux

// What a caller may do with a group, found out without doing it.
extension ControlGroup {
  /// Whether a file of the group can be opened, which alone changes nothing.
  ///
  /// - Parameters:
  ///   - name: such as `cgroup.kill`.
  ///   - mode: how it would be used.
  /// - Throws: `Errno.noSuchFileOrDirectory` if the group has no such file; `Errno.permissionDenied`;
  ///   `Errno.readOnlyFileSystem`.
  public func check(_ name: StaticString, _ mode: OpenMode) throws(Errno) { try open(name, mode).close() }

  /// Whether a controller can be used in this v2 group: `cgroup.controllers`.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` in v1.
  public func offers(controller name: StaticString) throws(Errno) -> Bool {
    try Self.words(of: try open("cgroup.controllers", .read), contain: name)
  }

  /// Whether a controller is on in the groups below this v2 group: `cgroup.subtree_control`.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` in v1.
  public func passesOn(controller name: StaticString) throws(Errno) -> Bool {
    try Self.words(of: try open("cgroup.subtree_control", .read), contain: name)
  }

  /// Whether the caller may make groups below this one, as far as permissions say.
  ///
  /// - Throws: `Errno.permissionDenied`; `Errno.readOnlyFileSystem`.
  public func checkMakingChildren() throws(Errno) {
    _ = try valueOrErrno(unsafe clinux_check_writable(directory.rawValue, StaticString(".").cString))
  }

  /// How long real-time tasks of this v1 group may run in each period: `cpu.rt_runtime_us`. Where it is 0, no task of the
  /// group may be real-time, whatever its capabilities.
  ///
  /// - Returns: microseconds; negative if there is no limit.
  /// - Throws: `Errno.noSuchFileOrDirectory` in a kernel without `CONFIG_RT_GROUP_SCHED`.
  public func realTimeRuntimeMicroseconds() throws(Errno) -> Int64 {
    let file = try open("cpu.rt_runtime_us", .read)
    return try withContents(of: file) { (text) throws(Errno) in
      var position = 0
      guard let runtime = text.signedDecimal(&position) else { throw .badMessage }
      return runtime
    }
  }

  private static func words(of file: borrowing FileDescriptor, contain name: StaticString) throws(Errno) -> Bool {
    try withContents(of: file) { (text) throws(Errno) in ControlGroup.words(text, contain: name) }
  }

  /// Whether a list of words with blanks between them has a word: `cpuset cpu io memory pids`.
  static func words(_ text: Span<UInt8>, contain name: StaticString) -> Bool {
    var position = 0
    while true {
      text.skipBlanks(&position)
      let start = position
      while position < text.count, text[position] > UInt8(ascii: " ") { position += 1 }
      if position == start { return false }
      if position - start == name.utf8CodeUnitCount, text.hasPrefix(name, at: start) { return true }
    }
  }
}

extension Freezer {
  /// Whether `rescue(_:_:)` could make its group, as far as permissions say.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` if there is no v1 freezer; `Errno.permissionDenied` or
  ///   `Errno.readOnlyFileSystem` if no group can be made.
  public static func checkRescue(_ procfs: borrowing Procfs) throws(Errno) {
    guard let mount = try procfs.mount(of: .freezer) else { throw .noSuchFileOrDirectory }
    try ControlGroup(path: mount.point).checkMakingChildren()
  }
}
