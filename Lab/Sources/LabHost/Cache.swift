package import Foundation

/// The folder outside of the repository that keeps what was fetched and what was made of it.
package struct Cache: Sendable {
  package let folder: URL
  /// Whose working folder is whose, where one process has several labs at a time.
  private let owner = "\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString.prefix(8))"

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
    do {
      try FileManager.default.moveItem(at: draft, to: place)
    } catch {
      // Somebody else has made the same meanwhile.
      guard FileManager.default.fileExists(atPath: place.location) else { throw error }
    }
    return place
  }

  /// A folder of its own, for what is of no use after its end.
  func working() throws(LabFailure) -> URL { try folder("working/\(owner)") }

  /// Takes away that folder, and those of all processes that were killed.
  func removeWorking() {
    let all = folder.appending(path: "working")
    for name in (try? FileManager.default.contentsOfDirectory(atPath: all.location)) ?? [] {
      let process = name.prefix { $0 != "-" }
      if name != owner, FileManager.default.fileExists(atPath: "/proc/\(process)") { continue }
      try? FileManager.default.removeItem(at: all.appending(path: name))
    }
  }
}
