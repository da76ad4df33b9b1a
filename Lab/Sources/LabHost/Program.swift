import Foundation
import LabCatalog
import Subprocess
import SystemPackage

/// A program of this machine that the lab calls.
struct Program: Sendable {
  let name: String
  /// The Debian package that has it.
  let package: String

  static let aptGet = Program(name: "apt-get", package: "apt")
  static let aptCache = Program(name: "apt-cache", package: "apt")
  static let dpkgDeb = Program(name: "dpkg-deb", package: "dpkg")
  static let shell = Program(name: "sh", package: "dash")
  static let makeFileSystem = Program(name: "mke2fs", package: "e2fsprogs")
  static let archiver = Program(name: "cpio", package: "cpio")
  static let decompressor = Program(name: "xz", package: "xz-utils")
  static let unshare = Program(name: "unshare", package: "util-linux")
  static let emulator = Program(name: "qemu-system-x86_64", package: "qemu-system-x86")

  /// All that are needed to make a guest, and to run it.
  static let all = [
    aptGet, aptCache, dpkgDeb, shell, makeFileSystem, archiver, decompressor, emulator,
  ]

  /// Where it is.
  ///
  /// - Throws: `LabFailure` if it is not on the path, nor where only root's path leads.
  func path() throws(LabFailure) -> String {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    for folder in folders + ["/usr/sbin", "/sbin"] {
      let path = "\(folder)/\(name)"
      if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw LabFailure(
      "cannot run the lab: \(name) is missing; install the package \(package)", exit: LabFailure.unavailable)
  }

  /// Runs it to its end.
  ///
  /// - Parameter limitSeconds: the longest that it may take; then it is ended.
  /// - Returns: what it printed.
  /// - Throws: `LabFailure` with its last line if it fails; `CancellationError`.
  @discardableResult
  func run(
    _ arguments: [String], to attempt: String, in folder: String? = nil, limitSeconds: Int = 600
  ) async throws -> String {
    let path = try path()
    let running = Task {
      try await Subprocess.run(
        .path(FilePath(path)), arguments: .init(arguments), environment: .inherit.updating(["LC_ALL": "C"]),
        workingDirectory: folder.map { FilePath($0) }, platformOptions: .endingWithAllThatItStarted,
        output: .string(limit: 64 << 20), error: .string(limit: 1 << 20))
    }
    let limit = Task {
      try await Task.sleep(for: .seconds(limitSeconds))
      running.cancel()
    }
    defer { limit.cancel() }
    let record = try await withTaskCancellationHandler {
      try await running.value
    } onCancel: {
      running.cancel()
    }
    guard record.terminationStatus.isSuccess else {
      let words = record.standardOutput + record.standardError
      let line = words.split(separator: "\n").last { !$0.allSatisfy(\.isWhitespace) } ?? "no word of why"
      throw LabFailure("cannot \(attempt): \(name): \(line)", exit: LabFailure.unavailable)
    }
    return record.standardOutput
  }
}

extension PlatformOptions {
  /// A program that is cancelled ends with everything that it started: it leads a session of its own. An interruption from
  /// the keyboard is then for the lab alone; else the program's failure would be told.
  static var endingWithAllThatItStarted: PlatformOptions {
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = [
      .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(2)),
      .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1)),
    ]
    return options
  }
}
