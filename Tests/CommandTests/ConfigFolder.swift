import Foundation
import ScytheLinux
import ScythePolicy
import TestSupport

/// A folder with a configuration of a test's own.
final class ConfigFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("scythe-test.\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    // What is written below it is nobody else's business, whatever the umask.
    unsafe chmod(path, 0o755)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Its main file.
  var file: String { "\(path)/scythe.toml" }

  /// Writes a file, which others may read.
  @discardableResult
  func write(_ text: String, to name: String = "scythe.toml") throws -> String {
    try write(bytes: Array(text.utf8), to: name)
  }

  @discardableResult
  func write(bytes: [UInt8], to name: String = "scythe.toml") throws -> String {
    let file = "\(path)/\(name)"
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    unsafe chmod(file, 0o644)
    return file
  }

  /// What a page of it comes to.
  func compiled() throws -> (contents: PolicyPageContents, page: [UInt8]) {
    let page = "\(path)/policy.page"
    let result = try scythe("config", "compile", file, "--output", page)
    guard result.status == 0 else { throw CompileError(text: result.error) }
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: page)))
    return (try PolicyPageContents(checking: bytes.span), bytes)
  }

  struct CompileError: Error {
    let text: String
  }
}
