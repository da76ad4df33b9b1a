import Scythe

/// What all checks have to know.
struct DoctorMachine {
  let procfs = Procfs()
  let sysfs = Sysfs()
  let release: String
  let architecture: String
  let version: KernelVersion?
  let privileges: Privileges
  /// What the kernel says to a release, and to a pidfd, each asked once.
  let releaseError, openError: Errno?
  /// Scythe's kernel extension, or why there is none.
  let madviseExtension: Result<MadviseExtension, Errno>

  init() {
    let identity = Result { () throws(Errno) in try KernelIdentity() }
    release = (try? identity.get()).map { $0.release.string } ?? "unknown"
    architecture = (try? identity.get()).map { $0.architecture.string } ?? "unknown"
    version = (try? identity.get())?.version
    privileges = (try? procfs.privileges(of: .current)) ?? Privileges()
    releaseError = errorOf { () throws(Errno) in try MemoryReleaseProbe.checkRelease() }
    madviseExtension = Result { () throws(Errno) in try MadviseExtension.query() }
    openError = errorOf { () throws(Errno) in try ProcessCallProbe.checkOpen() }
  }

  /// Whether this kernel is at least as new; no, if its version is not known.
  func isAtLeast(_ version: KernelVersion) -> Bool { self.version.map { $0 >= version } ?? false }

  /// The outcome of a probe of something that came with a version of the kernel.
  ///
  /// - Parameters:
  ///   - use: what it is good for.
  ///   - instead: what Scythe does without it.
  ///   - probe: throws what the kernel says.
  func check(
    _ area: DoctorArea, _ name: String, since: KernelVersion, _ use: String, instead: String? = nil,
    _ probe: () throws(Errno) -> Void
  ) -> DoctorCheck {
    guard let error = errorOf(probe) else { return .works(area, name, use) }
    let release = "Linux \(since.major).\(since.minor)"
    let isAbsent = error == .noFunction || error == .notTerminal || error == .invalidArgument
    if isAbsent, !isAtLeast(since) {
      return .missing(
        area, name, "not in this kernel; \(use)", instead: instead, remedy: "boot \(release) or later")
    }
    if isAbsent || error == .notPermitted || error == .permissionDenied {
      if privileges.seccomp == .filter {
        return .missing(
          area, name, "hidden by a seccomp filter: \(error.description)", instead: instead,
          remedy: "allow it in the seccomp profile of the container, or in SystemCallFilter= of the service")
      }
      return .missing(
        area, name, "\(error.description), although \(release) has it", instead: instead,
        remedy: "boot a kernel that is built with it, or leave the sandbox")
    }
    return .unknown(area, name, "an answer that was not expected: \(error.description)", instead: instead)
  }
}

/// What a probe throws; `nil` if it succeeds.
func errorOf(_ probe: () throws(Errno) -> Void) -> Errno? {
  do throws(Errno) {
    try probe()
    return nil
  } catch {
    return error
  }
}
