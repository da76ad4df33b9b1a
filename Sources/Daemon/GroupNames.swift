public import ScytheLinux

/// Tells what a limited control group is called: tables and pages have its number only.
public struct GroupNames: Sendable {
  private let hierarchy: ControlGroupHierarchy?

  /// Looks for the hierarchy that counts memory.
  public init(_ procfs: borrowing Procfs) { hierarchy = ControlGroupTree.ofMemory(procfs)?.hierarchy }

  /// What a group is called, such as `/system.slice/a.service`.
  ///
  /// - Parameters:
  ///   - number: see ``GroupSample/number``.
  ///   - pid: a process in it, or in a group below.
  /// - Returns: `nil` if the process is gone, or elsewhere by now.
  public func name(of number: UInt32, with pid: PID, _ procfs: borrowing Procfs) -> PathBuffer? {
    guard let hierarchy, let names = try? ControlGroupNames(of: pid, procfs) else { return nil }
    var found: PathBuffer?
    names[hierarchy].withBytes { name in
      GroupSearch.forEachPrefix(of: name) { (candidate, end) in
        guard candidate == number else { return }
        var path = PathBuffer()
        path.append(name.extracting(0..<end))
        found = path
      }
    }
    return found
  }
}
