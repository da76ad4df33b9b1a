import Foundation
import ScytheLinux
import TestSupport

/// A directory of files that a test writes and a reader is pointed at; gone with the object.
final class TemporaryTree {
  let path: String

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("scythe-test.\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A process file system with this tree as its root.
  var procfs: Procfs { Procfs(root: PathBuffer(bytes: path.utf8)) }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let file = URL(fileURLWithPath: "\(path)/\(name)")
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  func makeDirectory(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
  }

  func open(_ name: String, _ mode: OpenMode = .read) throws(Errno) -> FileDescriptor {
    try FileDescriptor(PathBuffer(bytes: "\(path)/\(name)".utf8), mode)
  }
}
