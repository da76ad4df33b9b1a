import ScytheLinux
import ScythePolicy

/// Finds out what a process is, besides its numbers. It reads files of the process and may wait: for calm times.
struct ProcessClassifier {
  private let sessions: LoginSessions
  private let caller = PID.current
  private let userID: UInt32
  private let mayKillAnybody: Bool
  /// What the configuration says.
  let rules: PolicyRules

  init(_ procfs: borrowing Procfs, sessions: LoginSessions, _ rules: PolicyRules = PolicyRules()) {
    self.sessions = sessions
    self.rules = rules
    mayKillAnybody = (try? procfs.privileges(of: .current))?.holds(.kill) ?? false
    userID = (try? procfs.status(of: .current))?.userID ?? .max
  }

  /// What a process is now. The same program may become something else: a shell that has children by now.
  func classes(
    of stat: ProcessStat, _ status: ProcessStatus, in scope: ScopeKind, _ procfs: borrowing Procfs
  ) -> ProcessClasses {
    var facts = ProcessFacts()
    facts.name = stat.name
    facts.scope = scope
    facts.leadsSession = sessions.areLed(by: stat.pid)
    facts.isStartedByManager = stat.parent == .initProcess
    // Two facts take files of their own, and matter for few: they are looked at if something would follow from them.
    facts.executableIsRoots = true
    facts.hasChildren = true
    if facts.classes.rawValue != 0 {
      facts.executableIsRoots = (try? procfs.executableIsRoots(stat.pid)) ?? false
      // Where the kernel does not tell, a shell is taken to have children.
      facts.hasChildren = ((try? procfs.hasChildren(stat.pid)) ?? nil) ?? true
    }
    var classes = facts.classes
    // Not its children: it starts none, and as the first process of a container it is the parent of all orphans.
    if stat.pid == caller { classes.insert(.scythe) }
    if !mayKillAnybody, status.userID != userID { classes.insert(.notPermitted) }
    if stat.isDying(status) { classes.insert(.dying) }
    return classes
  }
}
