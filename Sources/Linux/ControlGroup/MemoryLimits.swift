extension ControlGroup {
  /// The same group, owned once more.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` if it was removed.
  package func reopened() throws(Errno) -> ControlGroup {
    ControlGroup(directory: try FileDescriptor(".", in: directory, .directory), version: version)
  }

  /// The group above this one.
  ///
  /// - Returns: `nil` if this one is the highest that its mount shows.
  /// - Throws: what `openat(2)` says.
  public func parent() throws(Errno) -> ControlGroup? {
    if isRoot { return nil }
    do throws(Errno) {
      return try ControlGroup(directory: FileDescriptor("..", in: directory, .directory))
    } catch {
      // A mount of a part of the hierarchy ends here too, but its highest group is no root.
      if error == .notSupported { return nil }
      throw error
    }
  }

  /// How much more memory the group may be charged with before its own limit; the groups above it are not looked at.
  ///
  /// Page cache that could be dropped counts as used, so it may be more.
  ///
  /// - Returns: bytes; `nil` if the group has no limit, or if no memory controller counts here.
  public func memoryBelowLimitBytes() -> UInt64? {
    guard let limit = try? memoryMaximumBytes(), let current = try? memoryCurrentBytes() else { return nil }
    return limit > current ? limit - current : 0
  }
}

extension Procfs {
  /// How much memory the caller can take: what the kernel calls available, or less where a control group of the caller, or
  /// one above that, has less left. In a container `/proc/meminfo` shows the host.
  ///
  /// - Returns: bytes.
  /// - Throws: as `memoryInformation()`; groups that cannot be looked at limit nothing.
  public func takeableBytes() throws(Errno) -> UInt64 {
    let limits = min(belowLimits(in: .unified) ?? .max, belowLimits(in: .memory) ?? .max)
    return min(try memoryInformation().availableBytes, limits)
  }

  private func belowLimits(in hierarchy: ControlGroupHierarchy) -> UInt64? {
    var lowest: UInt64?
    forEachOwnGroup(in: hierarchy) { group in
      if let bytes = group.memoryBelowLimitBytes() { lowest = min(lowest ?? .max, bytes) }
    }
    return lowest
  }

  /// Goes through the groups that the caller is in, from its own up to the highest that the mount shows. Where there is no
  /// such hierarchy there is none.
  package func forEachOwnGroup(in hierarchy: ControlGroupHierarchy, _ body: (borrowing ControlGroup) -> Void) {
    guard let path = try? controlGroupPath(of: .current, in: hierarchy), var group = try? ControlGroup(path: path)
    else { return }
    // As deep as forEachProcessInSubtree looks.
    for _ in 0...64 {
      body(group)
      guard let above = try? group.parent() else { return }
      group = above
    }
  }
}
