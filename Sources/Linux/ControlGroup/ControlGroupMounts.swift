/// Which hierarchy is meant.
@frozen public enum ControlGroupHierarchy: Sendable, BitwiseCopyable {
  /// The unified hierarchy of v2.
  case unified
  /// The v1 hierarchy that the memory controller is attached to.
  case memory
  /// The v1 hierarchy that the freezer is attached to.
  case freezer
  /// The v1 hierarchy that the CPU controller is attached to.
  case cpu

  var controller: StaticString? {
    switch self {
    case .unified: nil
    case .memory: "memory"
    case .freezer: "freezer"
    case .cpu: "cpu"
    }
  }
}

/// Whether a comma-separated list holds a name.
private func list(_ list: Span<UInt8>, contains name: StaticString) -> Bool {
  var start = 0
  while start <= list.count {
    var end = start
    while end < list.count, list[end] != UInt8(ascii: ",") { end += 1 }
    if end - start == name.utf8CodeUnitCount, list.hasPrefix(name, at: start) { return true }
    start = end + 1
  }
  return false
}

/// One mount of a cgroup hierarchy, from a line of `/proc/self/mountinfo`:
///
///     36 24 0:31 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
///
/// The kernel's page is `Documentation/filesystems/proc.rst`, section 3.5.
struct ControlGroupMount {
  /// The part of the hierarchy that is mounted.
  var root = PathBuffer()
  /// Where it is mounted.
  var point = PathBuffer()

  init?(parsing line: Span<UInt8>, for hierarchy: ControlGroupHierarchy) {
    var position = 0
    for _ in 0..<3 { guard line.skipField(&position) else { return nil } }
    guard ControlGroupMount.unescape(line, &position, into: &root),
      ControlGroupMount.unescape(line, &position, into: &point)
    else { return nil }
    line.skipMountOptions(&position)
    if let controller = hierarchy.controller {
      guard line.hasPrefix("cgroup ", at: position), line.skipField(&position), line.skipField(&position) else {
        return nil
      }
      line.skipBlanks(&position)
      guard position < line.count, list(line.extracting(position..<line.count), contains: controller) else {
        return nil
      }
    } else {
      guard line.hasPrefix("cgroup2 ", at: position) else { return nil }
    }
    if root.isTruncated || point.isTruncated { return nil }
  }

  /// Copies one field; the kernel writes blanks, tabs, newlines and backslashes in a path as `\` and three octal digits.
  private static func unescape(_ line: Span<UInt8>, _ position: inout Int, into path: inout PathBuffer) -> Bool {
    line.skipBlanks(&position)
    let first = position
    while position < line.count, line[position] != UInt8(ascii: " ") {
      if let byte = escapedByte(line, position) {
        path.append(byte: byte)
        position += 4
      } else {
        path.append(byte: line[position])
        position += 1
      }
    }
    return position > first
  }

  private static func escapedByte(_ line: Span<UInt8>, _ position: Int) -> UInt8? {
    guard line[position] == UInt8(ascii: "\\"), position + 3 < line.count else { return nil }
    var value: UInt16 = 0
    for index in position + 1...position + 3 {
      guard line[index] >= UInt8(ascii: "0"), line[index] <= UInt8(ascii: "7") else { return nil }
      value = value * 8 + UInt16(line[index] & 7)
    }
    return UInt8(exactly: value)
  }
}

extension Procfs {
  func mount(of hierarchy: ControlGroupHierarchy) throws(Errno) -> ControlGroupMount? {
    let file = try FileDescriptor(path("self/mountinfo"), .read)
    var mount: ControlGroupMount?
    try file.forEachLine { (line) throws(Errno) in
      mount = ControlGroupMount(parsing: line, for: hierarchy)
      return mount == nil
    }
    return mount
  }

  /// The directory of the group that a process belongs to in a hierarchy, from a line of `/proc/PID/cgroup`:
  ///
  ///     6:freezer:/build
  ///     0::/user.slice/user-1000.slice
  ///
  /// - Returns: `nil` if the hierarchy is not mounted, or if its mount does not show the group.
  /// - Throws: `Errno.noSuchProcess` if the process is gone.
  public func controlGroupPath(of pid: PID, in hierarchy: ControlGroupHierarchy) throws(Errno) -> PathBuffer? {
    guard let mount = try mount(of: hierarchy) else { return nil }
    let file = try open("cgroup", of: pid)
    var path: PathBuffer?
    try file.forEachLine { (line) throws(Errno) in
      path = Procfs.groupPath(parsing: line, for: hierarchy, below: mount)
      return path == nil
    }
    guard let path, !path.isTruncated else { return nil }
    return path
  }

  /// Where the name of the group begins in a line of `/proc/PID/cgroup`; `nil` if the line is of another hierarchy.
  static func groupNameStart(parsing line: Span<UInt8>, for hierarchy: ControlGroupHierarchy) -> Int? {
    var position = 0
    guard let number = line.decimal(&position), position < line.count, line[position] == UInt8(ascii: ":") else {
      return nil
    }
    var end = position + 1
    while end < line.count, line[end] != UInt8(ascii: ":") { end += 1 }
    guard end < line.count else { return nil }
    if let controller = hierarchy.controller {
      guard list(line.extracting(position + 1..<end), contains: controller) else { return nil }
    } else {
      guard number == 0, end == position + 1 else { return nil }
    }
    return end + 1
  }

  static func groupPath(
    parsing line: Span<UInt8>, for hierarchy: ControlGroupHierarchy, below mount: ControlGroupMount
  ) -> PathBuffer? {
    guard let start = Procfs.groupNameStart(parsing: line, for: hierarchy) else { return nil }
    return mount.path(of: line.extracting(start..<line.count))
  }
}

extension ControlGroupMount {
  /// The directory of the group that the kernel calls by a name; `nil` if the mount does not show it.
  func path(of name: Span<UInt8>) -> PathBuffer? {
    var start = 0
    // What is mounted may be a part of the hierarchy: then the paths of other parts are not reachable here.
    if root.count > 1 {
      let isBelow = root.withBytes { root in
        for index in root.indices where index >= name.count || name[index] != root[index] { return false }
        return root.count == name.count || name[root.count] == UInt8(ascii: "/")
      }
      guard isBelow else { return nil }
      start = root.count
    }
    let rest = name.extracting(start..<name.count)
    if rest.count > 0 {
      // A group outside of the caller's cgroup namespace begins with `/..`, which would lead out of the mount.
      let isOutside = rest.hasPrefix("/..") && (rest.count == 3 || rest[3] == UInt8(ascii: "/"))
      guard rest[0] == UInt8(ascii: "/"), !isOutside else { return nil }
    } else if root.count <= 1 {
      return nil
    }
    var path = PathBuffer()
    path.append(point)
    if rest.count > 1 { path.append(rest) }
    return path
  }
}
