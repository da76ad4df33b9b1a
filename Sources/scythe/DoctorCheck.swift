/// How far something works on this machine.
enum DoctorState: String, Encodable {
  case works
  case partly
  case missing
  case unknown
  /// A fact of the machine, good or bad only together with others.
  case info
}

/// What a check is about, the most important first.
enum DoctorArea: String, Encodable, CaseIterable {
  case release
  case safety
  case killers
  case rights
  case cgroup
  case pressure
  case memory
  case advice

  /// The heading of its checks.
  var title: String {
    switch self {
    case .release: "kill and release"
    case .safety: "robust mutexes and sharers, looked at before a release"
    case .killers: "others that kill when memory ends"
    case .rights: "what this user may do"
    case .cgroup: "control groups"
    case .pressure: "pressure (to notice a shortage; a kill does not need it)"
    case .memory: "memory and swap"
    case .advice: "advice to processes that live (a kill does not need it)"
    }
  }
}

/// One thing that was looked at.
struct DoctorCheck: Encodable {
  let area: DoctorArea
  let name: String
  let state: DoctorState
  /// What was found.
  let found: String
  /// What Scythe uses instead, where something does not work.
  let instead: String?
  /// What the user can do about it, where something can be done.
  let remedy: String?

  private init(
    _ area: DoctorArea, _ name: String, _ state: DoctorState, _ found: String, instead: String?, remedy: String?
  ) {
    self.area = area
    self.name = name
    self.state = state
    self.found = found
    self.instead = instead
    self.remedy = remedy
  }

  /// Something that needs neither a substitute nor a remedy.
  static func works(_ area: DoctorArea, _ name: String, _ found: String) -> DoctorCheck {
    DoctorCheck(area, name, .works, found, instead: nil, remedy: nil)
  }

  /// What is neither good nor bad in itself.
  static func info(_ area: DoctorArea, _ name: String, _ found: String) -> DoctorCheck {
    DoctorCheck(area, name, .info, found, instead: nil, remedy: nil)
  }

  static func partly(
    _ area: DoctorArea, _ name: String, _ found: String, instead: String? = nil, remedy: String? = nil
  ) -> DoctorCheck { DoctorCheck(area, name, .partly, found, instead: instead, remedy: remedy) }

  static func missing(
    _ area: DoctorArea, _ name: String, _ found: String, instead: String? = nil, remedy: String? = nil
  ) -> DoctorCheck { DoctorCheck(area, name, .missing, found, instead: instead, remedy: remedy) }

  static func unknown(
    _ area: DoctorArea, _ name: String, _ found: String, instead: String? = nil, remedy: String? = nil
  ) -> DoctorCheck { DoctorCheck(area, name, .unknown, found, instead: instead, remedy: remedy) }
}
