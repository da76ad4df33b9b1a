/// What the kernel calls the groups of a process, in the two hierarchies in which memory may be counted.
public struct ControlGroupNames: Sendable {
  /// In v2, such as `/system.slice/a.service`; empty if there is no such hierarchy.
  public private(set) var unified = PathBuffer()
  /// In the memory hierarchy of v1; empty if there is none.
  public private(set) var memory = PathBuffer()

  /// Makes the names of nobody.
  public init() {}

  /// Reads the names of a process's groups, from lines of `/proc/PID/cgroup`:
  ///
  ///     6:memory:/build
  ///     0::/user.slice/user-1000.slice
  ///
  /// A name of more than 511 bytes, which no path of Scythe can hold, counts as none.
  ///
  /// - Throws: `Errno.noSuchProcess` if the process is gone.
  public init(of pid: PID, _ procfs: borrowing Procfs) throws(Errno) {
    let file = try procfs.open("cgroup", of: pid)
    var names = ControlGroupNames()
    try file.forEachLine { (line) throws(Errno) in
      if let start = Procfs.groupNameStart(parsing: line, for: .unified) {
        names.unified = ControlGroupNames.name(line.extracting(start..<line.count))
      } else if let start = Procfs.groupNameStart(parsing: line, for: .memory) {
        names.memory = ControlGroupNames.name(line.extracting(start..<line.count))
      }
      return true
    }
    self = names
  }

  private static func name(_ bytes: Span<UInt8>) -> PathBuffer {
    var name = PathBuffer()
    name.append(bytes)
    return name.isTruncated ? PathBuffer() : name
  }

  /// The one that says most: in v2, or, if the process is in the root there, in v1.
  public var telling: PathBuffer { unified.count > 1 ? unified : memory }

  /// The one in a hierarchy; empty for those that are not kept here.
  public subscript(hierarchy: ControlGroupHierarchy) -> PathBuffer {
    switch hierarchy {
    case .unified: unified
    case .memory: memory
    case .freezer, .cpu: PathBuffer()
    }
  }
}
