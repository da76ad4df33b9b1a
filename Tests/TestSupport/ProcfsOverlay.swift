import Foundation
public import ScytheLinux

/// A tree that shows the processes of `/proc` as they are now, with single files replaced.
public final class ProcfsOverlay: Sendable {
  private let root: String

  /// Makes the tree: a link for every entry.
  public init() throws {
    root = NSTemporaryDirectory() + "scythe-procfs-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    for entry in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
      try? FileManager.default.createSymbolicLink(atPath: "\(root)/\(entry)", withDestinationPath: "/proc/\(entry)")
    }
  }

  /// The tree, for a reader.
  public var procfs: Procfs { Procfs(root: PathBuffer(bytes: root.utf8)) }

  /// Replaces one file of one process.
  public func set(_ file: String, of pid: PID, to content: String) throws {
    let folder = "\(root)/\(pid.rawValue)"
    try FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    for entry in ["stat", "status", "statm", "task", "cgroup", "oom_score"] where entry != file {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/\(entry)", withDestinationPath: "/proc/\(pid.rawValue)/\(entry)")
    }
    try content.write(toFile: "\(folder)/\(file)", atomically: false, encoding: .utf8)
    // Threads are there in /proc, though it does not list them.
    for thread in try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid.rawValue)/task") {
      try? FileManager.default.createSymbolicLink(
        atPath: "\(root)/\(thread)", withDestinationPath: "/proc/\(thread)")
    }
  }

  /// Replaces one file of the system.
  public func setFile(_ file: String, to content: String) throws {
    try? FileManager.default.removeItem(atPath: "\(root)/\(file)")
    try content.write(toFile: "\(root)/\(file)", atomically: false, encoding: .utf8)
  }

  /// Takes the tree away.
  public func remove() { try? FileManager.default.removeItem(atPath: root) }
}
