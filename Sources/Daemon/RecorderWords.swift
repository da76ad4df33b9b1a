import ScytheLinux
import ScytheTelemetry

// What the daemon says of its status page at the start.
extension PathBuffer {
  /// Why there is no page that others see.
  init(whyNoPage error: StatusPageError, in folder: borrowing PathBuffer) {
    self.init("cannot have a status page in ")
    append(folder)
    append(": ")
    switch error {
    case .notInMemory:
      append("it is on a disk, which could hold the daemon up; give --run-directory a folder on a tmpfs")
    case .foreign: append("the file status there is none; move it away")
    case .owned(let owner, _):
      append(owner)
      append(" writes one there already")
    case .kernel(let error): append(error.explanation ?? "unknown error")
    }
    append("; goes on without")
  }

  /// Why a daemon does not begin to watch.
  init(_ error: RecorderError) {
    self.init("scythed: cannot watch: ")
    switch error {
    case .owned(let owner):
      append(owner)
      append(" watches already; stop it, or give this one a --run-directory of its own\n")
    case .kernel(let error):
      append(error.explanation ?? "unknown error")
      append("; it needs memory for its status page\n")
    }
  }

  private mutating func append(_ owner: PID) {
    // It has the lock, and has not said yet who it is.
    guard owner.rawValue > 0 else { return append("another daemon") }
    append("process ")
    append(decimal: owner.rawValue)
  }
}
