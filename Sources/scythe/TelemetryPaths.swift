import Glibc
import Scythe
import ScytheTelemetry

/// Where a daemon's files are, for whoever looks at them.
enum TelemetryPaths {
  /// The kill log that is meant, if none is named: that of the user's own daemon if there is one, else the system's.
  static var killLog: String { chosen(TelemetryFolders.own().state, TelemetryFolders.system.state, KillLog.fileName) }

  /// The status page that is meant, if none is named.
  static var statusPage: String { chosen(TelemetryFolders.own().run, TelemetryFolders.system.run, StatusPage.fileName) }

  private static func chosen(_ own: PathBuffer?, _ system: PathBuffer?, _ name: StaticString) -> String {
    let system = path(system, name) ?? ""
    guard let own = path(own, name) else { return system }
    return unsafe access(own, F_OK) == 0 ? own : system
  }

  private static func path(_ folder: PathBuffer?, _ name: StaticString) -> String? {
    folder.map { $0.string + "\(name)" }
  }
}

extension Failure {
  /// Why a kill log cannot be read.
  init(_ error: KillLogError, reading path: String) {
    let attempt = "cannot read the kill log '\(path)'"
    switch error {
    case .foreign:
      self.init(message: "\(attempt): it is not a kill log; name another with --file", exit: Exit.system)
    case .version(let number): self.init(attempt, ofVersion: number)
    case .damaged:
      self.init(
        message: "\(attempt): its first block is damaged; move it away, and scythed makes another", exit: Exit.system)
    case .owned: self.init(message: "\(attempt): it is in use", exit: Exit.system)
    case .kernel(.noSuchFileOrDirectory):
      self.init(
        message: "\(attempt): there is none; scythed makes it when it runs, and --file names another",
        exit: Exit.system)
    case .kernel(let error): self.init(attempt, error)
    }
  }

  /// Why a status page cannot be read.
  init(_ error: StatusReadError, reading path: String) {
    let attempt = "cannot read the status page '\(path)'"
    switch error {
    case .kernel(.noSuchFileOrDirectory):
      self.init(
        message: "no scythed runs: there is no status page '\(path)'; start scythed, or name its page with --file",
        exit: Exit.noSuchProcess)
    case .otherBoot:
      self.init(
        message: "no scythed runs: the status page '\(path)' is of another boot; start scythed",
        exit: Exit.noSuchProcess)
    case .unwritten:
      self.init(
        message: "no scythed runs yet: nothing was written to the status page '\(path)'; try again, or start scythed",
        exit: Exit.noSuchProcess)
    case .foreign:
      self.init(message: "\(attempt): it is not a status page; name another with --file", exit: Exit.system)
    case .version(let number): self.init(attempt, ofVersion: number)
    case .truncated: self.init(message: "\(attempt): it ends too early; restart scythed", exit: Exit.system)
    case .unsteady:
      self.init(message: "\(attempt): its scythed died while it wrote, or never rests; try again", exit: Exit.system)
    case .kernel(let error): self.init(attempt, error)
    }
  }

  /// What both have in common.
  private init(_ attempt: String, ofVersion number: some FixedWidthInteger) {
    self.init(
      message:
        "\(attempt): it is of version \(number) of its format; use the scythe that is installed with its scythed",
      exit: Exit.system)
  }

  private init(_ attempt: String, _ error: Errno) {
    let reason = error == .invalidArgument ? "it is no file; name another with --file" : error.description
    self.init(
      message: "\(attempt): \(reason)", exit: error == .permissionDenied ? Exit.notPermitted : Exit.system)
  }
}
