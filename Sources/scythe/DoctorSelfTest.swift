/// What came of a victim that the doctor made and killed.
struct DoctorSelfTest: Encodable {
  let name: String
  var state: DoctorState
  /// What was found.
  var found: String
  /// What Scythe does instead, where something does not work.
  var instead: String?
  /// What the user can do about it, where something can be done.
  var remedy: String?
  /// What the victim had, in bytes; absent if there was none.
  var victimBytes: UInt64?
  /// What came back of it.
  var bytesBack: UInt64?
  /// From the signal until the memory was back; absent if it is not.
  var backNanoseconds: Int64?
  /// How many threads released it.
  var workers: Int?
  /// What became of the victim, as in the report of a kill.
  var fate: String?
  /// Mutexes that the waiter got as those of a dead owner.
  var recovered: Int?
  /// Mutexes that nobody can get any more.
  var lost: Int?
  /// Whether the victim could be signalled; absent if there was none.
  var wasKilled: Bool?

  init(_ name: String, _ state: DoctorState, _ found: String, instead: String? = nil, remedy: String? = nil) {
    self.name = name
    self.state = state
    self.found = found
    self.instead = instead
    self.remedy = remedy
  }
}

/// Whether killing and releasing works on this machine.
enum DoctorVerdict: String, Encodable {
  case works
  case partly
  case fails
  case untested

  /// - Parameters:
  ///   - tests: the self-tests.
  ///   - canRelease: whether the kernel lets `process_mrelease` through.
  init(_ tests: [DoctorSelfTest], canRelease: Bool) {
    if tests.allSatisfy({ $0.state == .works }), canRelease {
      self = .works
    } else if tests.contains(where: { $0.wasKilled == false }) {
      self = .fails
    } else if !canRelease || tests.contains(where: { $0.state == .missing || $0.state == .partly }) {
      self = .partly
    } else {
      self = .untested
    }
  }

  /// The last line of the report.
  var explanation: String {
    switch self {
    case .works: "killing and releasing works here"
    case .partly: "a kill works here; a release does not, or not safely: see what does not say 'works' above"
    case .fails: "killing does not work here: see what does not say 'works' above"
    case .untested: "not known: the self-test could not be made, see above"
    }
  }
}
