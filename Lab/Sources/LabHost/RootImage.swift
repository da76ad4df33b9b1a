import Foundation
import LabCatalog

/// The root disk of all guests: a Debian with every peer, made of packages alone. Nothing of it is run on this machine.
struct RootImage: Sendable {
  let image: URL
  /// The version of each killer's package, by the killer's name.
  let versions: [String: String]

  /// What a guest has beside the peers.
  private static let packages = [
    "systemd", "systemd-sysv", "dbus", "kmod", "e2fsprogs", "busybox-static", "util-linux", "mount", "passwd",
    "coreutils",
  ]
  /// Makes it, unless it is there.
  ///
  /// - Parameter files: the folder of the lab's own files for guests.
  init(in cache: Cache, files: URL) async throws {
    let units = try FileManager.default.contentsOfDirectory(
      at: files.appending(path: "systemd"), includingPropertiesForKeys: nil
    ).sorted { $0.location < $1.location }
    let key = Digest.of(
      Data("\(Self.packages) \(Killer.all) \(GuestFiles.all)".utf8),
      try units.reduce(Data()) { try $0 + Data(contentsOf: $1) })
    let folder = try await cache.kept("root-\(key)") { place in
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      let tree = place.appending(path: "tree", directoryHint: .isDirectory)
      defer { try? FileManager.default.removeItem(at: tree) }
      let versions = try await Self.unpack(to: tree, in: cache)
      try GuestFiles.write(to: tree, units: units)
      try JSONEncoder().encode(versions).write(to: place.appending(path: "versions.json"))
      try await Self.makeImage(of: tree, at: place.appending(path: "root.img"), megabytes: 1200)
    }
    image = folder.appending(path: "root.img")
    versions = try JSONDecoder().decode(
      [String: String].self, from: Data(contentsOf: folder.appending(path: "versions.json")))
  }

  /// A file system with the contents of a folder.
  static func makeImage(of tree: URL, at place: URL, megabytes: Int) async throws {
    try await Program.makeFileSystem.run(
      [
        "-q", "-t", "ext4", "-d", tree.location, "-O", "^has_journal", "-m", "0", "-E", "root_owner=0:0",
        place.location,
        "\(megabytes)M",
      ], to: "make the disk \(place.lastPathComponent)")
  }

  private static func unpack(to tree: URL, in cache: Cache) async throws -> [String: String] {
    for folder in ["bin", "sbin", "lib", "lib64"] {
      try FileManager.default.createDirectory(
        at: tree.appending(path: "usr/\(folder)"), withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: tree.appending(path: folder).location, withDestinationPath: "usr/\(folder)")
    }
    let peers = Killer.all.filter { $0.package != nil }
    let base = try await PackageSource(PackageSource.base, in: cache)
    // Those from other suites need no newer libc than this one has.
    let native = peers.filter { $0.suite == PackageSource.base[0] }
    var found = try await base.unpack(packages + native.compactMap(\.package), into: tree, closure: true)
    var versions: [String: String] = [:]
    for peer in native {
      guard let package = peer.package else { continue }
      versions[peer.name] = found[package]
      if peer.name == package { continue }
      try FileManager.default.createSymbolicLink(
        atPath: tree.appending(path: "usr/bin/\(peer.name)").location, withDestinationPath: package)
    }
    for peer in peers where peer.suite != PackageSource.base[0] {
      let source = try await PackageSource([peer.suite ?? ""], in: cache)
      let place = tree.appendingPathExtension(peer.name)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: place) }
      found = try await source.unpack([peer.package ?? ""], into: place)
      versions[peer.name] = peer.package.flatMap { found[$0] }
      try FileManager.default.copyItem(
        at: place.appending(path: "usr/bin/\(peer.package ?? "")"), to: tree.appending(path: "usr/bin/\(peer.name)"))
    }
    for peer in peers {
      // Debian may have moved on; a report under the wrong version would be a lie.
      guard let version = versions[peer.name], version.hasPrefix(peer.version ?? "") else {
        throw LabFailure(
          "cannot make a guest: Debian's \(peer.suite ?? "") has \(peer.package ?? "") \(versions[peer.name] ?? "no more"),"
            + " not \(peer.version ?? ""); the lab's catalogue must be changed", exit: LabFailure.unavailable)
      }
    }
    return versions
  }
}
