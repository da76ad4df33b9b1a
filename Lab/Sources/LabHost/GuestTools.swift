import Foundation
import LabCatalog

/// The second disk of a guest, read-only: what was built from this repository.
struct GuestTools: Sendable {
  let image: URL
  /// The names of all programs on it.
  let programs: Set<String>

  /// The folder of the tests, which are on a disk of their own; this one has a place to mount it on.
  static let testsName = "tests"

  /// - Parameters:
  ///   - folder: what was built; `make lab` puts it there.
  ///   - daemon: a scythed to be used instead of the one in the folder.
  ///   - modules: the kernel extension for some kernels; a guest finds its own by its release.
  ///   - files: the folder of the lab's own files for guests.
  ///   - unit: the unit of the daemon, before its prefix is known.
  init(
    from folder: URL, daemon: String?, modules: [ExtensionModule], files: URL, unit: URL, in cache: Cache
  ) async throws {
    let manager = FileManager.default
    guard manager.fileExists(atPath: folder.appending(path: "lab-guest").location) else {
      throw LabFailure("cannot make a guest: no lab-guest in \(folder.location); `make lab-tools` builds it")
    }
    if let daemon, !manager.isExecutableFile(atPath: daemon) {
      throw LabFailure("cannot use \(daemon) as scythed: no such program", exit: LabFailure.usage)
    }
    let tree = try cache.working().appending(path: "tools", directoryHint: .isDirectory)
    defer { try? manager.removeItem(at: tree) }
    let built = Set(try manager.contentsOfDirectory(atPath: folder.location))
    programs = built.union([ServiceUnit.name])
    try manager.createDirectory(at: tree.appending(path: Self.testsName), withIntermediateDirectories: true)
    for name in built where name != Self.testsName {
      try manager.copyItem(at: folder.appending(path: name), to: tree.appending(path: name))
    }
    try manager.copyItem(at: files.appending(path: "start"), to: tree.appending(path: "start"))
    let text = try String(contentsOf: unit, encoding: .utf8)
    try Data(text.replacing("@PREFIX@", with: ServiceUnit.prefix).utf8).write(
      to: tree.appending(path: ServiceUnit.name))
    if let daemon {
      try? manager.removeItem(at: tree.appending(path: "scythed"))
      try manager.copyItem(at: URL(filePath: daemon), to: tree.appending(path: "scythed"))
    }
    for module in modules {
      let place = tree.appending(path: "extension/\(module.release)")
      try manager.createDirectory(at: place, withIntermediateDirectories: true)
      try manager.copyItem(at: module.file, to: place.appending(path: module.file.lastPathComponent))
    }
    image = try cache.working().appending(path: "tools.img")
    try await Self.makeImage(of: tree, at: image)
  }

  /// A disk as large as the contents of a folder need it.
  static func makeImage(of tree: URL, at place: URL) async throws {
    let manager = FileManager.default
    let bytes = try manager.subpathsOfDirectory(atPath: tree.location).reduce(UInt64(0)) { sum, path in
      let attributes = try manager.attributesOfItem(atPath: tree.appending(path: path).location)
      return sum + (attributes[.size] as? UInt64 ?? 0)
    }
    try await RootImage.makeImage(of: tree, at: place, megabytes: Int(bytes >> 20) * 5 / 4 + 16)
  }
}
