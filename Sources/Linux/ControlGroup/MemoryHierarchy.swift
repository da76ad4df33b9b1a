/// The hierarchy of control groups in which memory is counted: v2 where its memory controller is on, else that of v1.
public struct MemoryHierarchy: Sendable {
  /// Which one it is.
  public let hierarchy: ControlGroupHierarchy
  private let mount: ControlGroupMount

  /// Looks for it.
  ///
  /// - Returns: `nil` if none is mounted.
  public static func find(_ procfs: borrowing Procfs) -> MemoryHierarchy? {
    if let mount = try? procfs.mount(of: .unified), let root = try? ControlGroup(path: mount.point),
      (try? root.offers(controller: "memory")) == true
    {
      return MemoryHierarchy(hierarchy: .unified, mount: mount)
    }
    guard let mount = try? procfs.mount(of: .memory) else { return nil }
    return MemoryHierarchy(hierarchy: .memory, mount: mount)
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
