internal import CScytheLinux

/// The two generations of control groups.
@frozen public enum ControlGroupVersion: Equatable, Sendable, BitwiseCopyable {
  /// One hierarchy per controller.
  case v1
  /// The unified hierarchy.
  case v2
}

/// An owned control group: an open directory of a cgroup file system.
@frozen public struct ControlGroup: ~Copyable, Sendable {
  let directory: FileDescriptor
  /// Which generation it belongs to.
  public let version: ControlGroupVersion

  /// Opens a group by the path of its directory.
  ///
  /// - Throws: `Errno.notSupported` if the directory belongs to no cgroup file system; else what `open(2)` says:
  ///   `Errno.noSuchFileOrDirectory`, `Errno.notDirectory`, `Errno.permissionDenied`, `Errno.nameTooLong`.
  public init(path: borrowing PathBuffer) throws(Errno) {
    self = try ControlGroup(directory: FileDescriptor(path, .directory))
  }

  /// Takes an open directory; throws `Errno.notSupported` if it belongs to no cgroup file system.
  init(directory: consuming FileDescriptor) throws(Errno) {
    // CGROUP2_SUPER_MAGIC and CGROUP_SUPER_MAGIC of linux/magic.h.
    switch try valueOrErrno(clinux_fstatfs_magic(directory.rawValue)) {
    case 0x6367_7270: version = .v2
    case 0x0027_e0eb: version = .v1
    default: throw .notSupported
    }
    self.directory = directory
  }

  /// Takes an open directory for what the caller knows it to be.
  init(directory: consuming FileDescriptor, version: ControlGroupVersion) {
    self.directory = directory
    self.version = version
  }
}

extension ControlGroup {
  /// Goes through the processes that are members of this very group, not of the groups below it.
  ///
  /// A process outside of the caller's pid namespace is listed as 0 and left out.
  ///
  /// - Parameter body: returns `false` to end the walk.
  /// - Throws: `Errno.noSuchFileOrDirectory` or, if it happens during the walk, `Errno.noSuchDevice` if the group was
  ///   removed; `Errno.notSupported` if it is threaded.
  public func forEachProcess(_ body: (PID) throws(Errno) -> Bool) throws(Errno) {
    try forEachMember(showsHidden: false, body)
  }

  /// The same, with 0 for each process outside of the caller's pid namespace if those are shown.
  private func forEachMember(showsHidden: Bool, _ body: (PID) throws(Errno) -> Bool) throws(Errno) {
    let file = try FileDescriptor("cgroup.procs", in: directory, .read)
    try file.forEachLine { (line) throws(Errno) in
      var position = 0
      guard let number = line.decimal(&position), let pid = Int32(exactly: number), pid > 0 || showsHidden else {
        return true
      }
      return try body(PID(pid))
    }
  }

  /// Whether processes are in it, or in a group below it, that the caller cannot see, since they are outside of its pid
  /// namespace.
  ///
  /// - Throws: as `forEachProcess(_:)`.
  public func holdsHiddenProcesses() throws(Errno) -> Bool {
    try !forEachMemberInSubtree(showsHidden: true) { (pid) throws(Errno) in pid.rawValue > 0 }
  }

  /// Whether systemd keeps services or users below it: a directory that is called `.slice`, whatever the path was by which
  /// it was opened. Without `/proc` nobody can say so.
  public var isSlice: Bool {
    var link = PathBuffer("/proc/self/fd/")
    link.append(decimal: directory.rawValue)
    return (try? PathBuffer(target: link))?.hasSuffix(".slice") ?? false
  }

  /// Goes through the processes of this group and of all groups below it, a parent before its children.
  ///
  /// - Parameter body: returns `false` to end the walk.
  /// - Returns: whether the walk came to its end.
  /// - Throws: as `forEachProcess(_:)`, for the group itself; a group below that is removed meanwhile is no error, nor
  ///   is a threaded one: its processes are listed as members of the group above that is not.
  @discardableResult
  public func forEachProcessInSubtree(_ body: (PID) throws(Errno) -> Bool) throws(Errno) -> Bool {
    try forEachMemberInSubtree(showsHidden: false, body)
  }

  // The kernel allows any depth; a service manager makes less than ten. Each level costs two buffers of the stack.
  private func forEachMemberInSubtree(
    showsHidden: Bool, levelsLeft: Int = 64, _ body: (PID) throws(Errno) -> Bool
  ) throws(Errno) -> Bool {
    var goOn = true
    try forEachMember(showsHidden: showsHidden) { (pid) throws(Errno) in
      goOn = try body(pid)
      return goOn
    }
    guard goOn, levelsLeft > 0 else { return goOn }
    try forEachChild { (name) throws(Errno) in
      do throws(Errno) {
        let child = try self.child(name)
        goOn = try child.forEachMemberInSubtree(showsHidden: showsHidden, levelsLeft: levelsLeft - 1, body)
      } catch {
        if error != .noSuchFileOrDirectory && error != .noSuchDevice && error != .notSupported { throw error }
      }
      return goOn
    }
    return goOn
  }

  /// Goes through the names of the groups directly below this one.
  ///
  /// - Parameter body: returns `false` to end the walk.
  /// - Throws: `Errno.noSuchFileOrDirectory` if the group was removed.
  public func forEachChild(_ body: (Span<UInt8>) throws(Errno) -> Bool) throws(Errno) {
    // A directory descriptor of its own: the position of the one that names the group is shared by all walks.
    let children = try FileDescriptor(".", in: directory, .directory)
    try children.forEachEntry { (name, kind) throws(Errno) in
      guard kind == .directory else { return true }
      return try body(name)
    }
  }

  private func child(_ name: Span<UInt8>) throws(Errno) -> ControlGroup {
    var path = PathBuffer()
    path.append(name)
    let directory = directory.rawValue
    let fd = try unsafe path.withCString { (text) throws(Errno) in
      try valueOrErrno(unsafe clinux_openat(directory, text, OpenMode.directory.rawValue))
    }
    return ControlGroup(directory: FileDescriptor(owning: CInt(truncatingIfNeeded: fd)), version: version)
  }

  /// Whether it is the root of its hierarchy, as far as this mount shows: a root has no `cgroup.kill`, no
  /// `cgroup.events`, and in v1 a `release_agent`.
  public var isRoot: Bool {
    switch version {
    case .v1: (try? FileDescriptor("release_agent", in: directory, .read).close()) != nil
    case .v2: (try? FileDescriptor("cgroup.events", in: directory, .read).close()) == nil
    }
  }

  /// Sends SIGKILL to every process of the group and of the groups below it, those being forked included.
  ///
  /// It spares nobody, not even a member with an `oom_score_adj` of -1000.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` where the kernel has no such file (before Linux 5.14, in v1, in the root);
  ///   `Errno.notSupported` if the group is threaded; `Errno.permissionDenied`.
  ///
  /// The corresponding file is `cgroup.kill`, Linux 5.14.
  public func killAll() throws(Errno) {
    try FileDescriptor("cgroup.kill", in: directory, .write).write("1")
  }

  /// Moves one process, all threads of it, into this group.
  ///
  /// - Throws: `Errno.noSuchProcess`; `Errno.permissionDenied`; `Errno.noSuchDevice` if the group was removed.
  public func add(_ pid: PID) throws(Errno) {
    var text = PathBuffer()
    text.append(decimal: pid.rawValue)
    try FileDescriptor("cgroup.procs", in: directory, .write).write(text)
  }

  /// A descriptor of one of its files.
  package func open(_ name: StaticString, _ mode: OpenMode) throws(Errno) -> FileDescriptor {
    try FileDescriptor(name, in: directory, mode)
  }
}
