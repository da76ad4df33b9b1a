import ScytheLinux
import ScythePolicy

/// Finds out what the control groups of processes are marked as: by systemd for `ManagedOOMPreference=`, or by anybody with
/// the attributes of oomd.
struct PreferenceSearch: ~Copyable {
  // Where memory is counted by version 1, groups of version 2 may be marked all the same.
  private let tree: ControlGroupTree?
  /// Whose marks spare somebody, besides root's.
  private let userID: UInt32
  private var known: GroupNameTable

  /// Looks for the hierarchy.
  ///
  /// - Throws: `Errno.noMemory`.
  init(_ procfs: borrowing Procfs) throws(Errno) {
    tree = ControlGroupTree(.unified, procfs)
    userID = (try? procfs.status(of: .current))?.userID ?? 0
    known = try GroupNameTable()
  }

  /// Has every group looked at again when somebody is next seen in it.
  mutating func beginRound() { known.beginRound() }

  /// What the nearest group of a process says that says anything.
  mutating func preference(of names: ControlGroupNames) -> ControlGroupPreference {
    guard let tree else { return .none }
    var nearest = ControlGroupPreference.none
    names.unified.withBytes { name in
      GroupSearch.forEachPrefix(of: name) { (number, end) in
        var found = known[number].flatMap { ControlGroupPreference(rawValue: $0) }
        if found == nil {
          found = (try? tree.group(named: name.extracting(0..<end)))?.preference(trusting: userID) ?? .none
          known.put(found?.rawValue ?? 0, for: number)
        }
        if let found, found != .none { nearest = found }
      }
    }
    return nearest
  }
}

extension Candidate {
  /// Takes over what its control group is marked as.
  mutating func take(_ preference: ControlGroupPreference) {
    switch preference {
    case .none: break
    case .prefer: classes.insert(.groupPreferred)
    case .avoid: classes.insert(.groupAvoided)
    case .omit: classes.insert(.groupOmitted)
    }
  }
}
