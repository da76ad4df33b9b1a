/// A hierarchy of control groups where it is mounted: opens groups by the names that the kernel has for them.
public struct ControlGroupTree: Sendable {
  /// Which one it is.
  public let hierarchy: ControlGroupHierarchy
  private let mount: ControlGroupMount

  /// Looks for a hierarchy.
  ///
  /// - Returns: `nil` if it is not mounted.
  public init?(_ hierarchy: ControlGroupHierarchy, _ procfs: borrowing Procfs) {
    guard let mount = try? procfs.mount(of: hierarchy) else { return nil }
    self.hierarchy = hierarchy
    self.mount = mount
  }

  /// Looks for the one in which memory is counted: v2 where its memory controller is on, else that of v1.
  ///
  /// - Returns: `nil` if none is mounted.
  public static func ofMemory(_ procfs: borrowing Procfs) -> ControlGroupTree? {
    if let unified = ControlGroupTree(.unified, procfs), let root = try? ControlGroup(path: unified.mount.point),
      (try? root.offers(controller: "memory")) == true
    {
      return unified
    }
    return ControlGroupTree(.memory, procfs)
  }

  /// Opens a group by the name that the kernel has for it: `/system.slice/a.service`.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` if there is none of that name, or it lies outside of what is mounted;
  ///   `Errno.nameTooLong`; `Errno.tooManyOpenFiles`.
  public func group(named name: Span<UInt8>) throws(Errno) -> ControlGroup {
    guard let path = mount.path(of: name) else { throw .noSuchFileOrDirectory }
    return try ControlGroup(path: path)
  }
}
