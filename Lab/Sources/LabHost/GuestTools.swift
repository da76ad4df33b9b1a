import Foundation

/// The second disk of a guest, read-only: what was built from this repository.
struct GuestTools: Sendable {
  let image: URL
  /// The names of all programs on it.
  let programs: Set<String>

  /// - Parameters:
  ///   - folder: what was built; `make lab` puts it there.
  ///   - daemon: a scythed to be used instead of the one in the folder.
  ///   - files: the folder of the lab's own files for guests.
  init(from folder: URL, daemon: String?, files: URL, in cache: Cache) async throws {
    let manager = FileManager.default
    guard manager.fileExists(atPath: folder.appending(path: "lab-guest").location) else {
      throw LabFailure("cannot make a guest: no lab-guest in \(folder.location); `make lab-tools` builds it")
    }
    if let daemon, !manager.isExecutableFile(atPath: daemon) {
      throw LabFailure("cannot use \(daemon) as scythed: no such program", exit: LabFailure.usage)
    }
    let tree = try cache.folder("tools").appending(
      path: "tree-\(ProcessInfo.processInfo.processIdentifier)", directoryHint: .isDirectory)
    try? manager.removeItem(at: tree)
    defer { try? manager.removeItem(at: tree) }
    try manager.copyItem(at: folder, to: tree)
    try manager.copyItem(at: files.appending(path: "start"), to: tree.appending(path: "start"))
    if let daemon {
      try? manager.removeItem(at: tree.appending(path: "scythed"))
      try manager.copyItem(at: URL(filePath: daemon), to: tree.appending(path: "scythed"))
    }
    programs = Set(try manager.contentsOfDirectory(atPath: tree.location))
    let bytes = try manager.subpathsOfDirectory(atPath: tree.location).reduce(UInt64(0)) { sum, path in
      let attributes = try manager.attributesOfItem(atPath: tree.appending(path: path).location)
      return sum + (attributes[.size] as? UInt64 ?? 0)
    }
    image = cache.folder.appending(path: "tools/\(ProcessInfo.processInfo.processIdentifier).img")
    try? manager.removeItem(at: image)
    try await RootImage.makeImage(of: tree, at: image, megabytes: Int(bytes >> 20) * 5 / 4 + 16)
  }

  /// Takes the disk away.
  func remove() { try? FileManager.default.removeItem(at: image) }
}
