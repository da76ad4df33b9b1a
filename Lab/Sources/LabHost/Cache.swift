package import Foundation

/// The folder outside of the repository that keeps what was fetched and what was made of it.
package struct Cache: Sendable {
  package let folder: URL

  /// The user's cache folder, unless it is told.
  package init(_ path: String?) {
    let environment = ProcessInfo.processInfo.environment
    let home = environment["HOME"] ?? "/root"
    let base = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.cache"
    folder = URL(filePath: path ?? "\(base)/scythe-lab", directoryHint: .isDirectory)
  }

  /// A folder in it, made if it is not there.
  func folder(_ name: String) throws(LabFailure) -> URL {
    let url = folder.appending(path: name, directoryHint: .isDirectory)
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw LabFailure("cannot make \(url.location): \(error.localizedDescription); choose another --cache")
    }
    return url
  }

  /// A thing in it that takes effort to make: made under another name first, so that it is whole or not there.
  ///
  /// - Parameters:
  ///   - name: of the thing; it changes with what it is made of.
  ///   - make: makes it at the place that it is given.
  func kept(_ name: String, make: (URL) async throws -> Void) async throws -> URL {
    let place = folder.appending(path: name)
    if FileManager.default.fileExists(atPath: place.location) { return place }
    let draft = try working().appending(path: "draft-\(UUID().uuidString.prefix(8))")
    defer { try? FileManager.default.removeItem(at: draft) }
    try await make(draft)
    _ = try folder((name as NSString).deletingLastPathComponent)
    try FileManager.default.moveItem(at: draft, to: place)
    return place
  }

  /// The folder of this process, for what is of no use after its end.
  func working() throws(LabFailure) -> URL {
    try folder("working/\(ProcessInfo.processInfo.processIdentifier)")
  }

  /// Takes away the folders of this process, and of all that were killed.
  func removeWorking() {
    let all = folder.appending(path: "working")
    for name in (try? FileManager.default.contentsOfDirectory(atPath: all.location)) ?? [] {
      let isAnothers = name != "\(ProcessInfo.processInfo.processIdentifier)"
      if isAnothers, FileManager.default.fileExists(atPath: "/proc/\(name)") { continue }
      try? FileManager.default.removeItem(at: all.appending(path: name))
    }
  }
}
