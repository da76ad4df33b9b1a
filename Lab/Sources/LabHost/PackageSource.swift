import Foundation
import SystemPackage

/// Debian's packages of some suites, by lists of the lab's own: the system's sources are neither read nor changed.
struct PackageSource: Sendable {
  private static let mirror = "http://deb.debian.org"
  private static let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

  /// What the guests' root is made of, and whatever is needed in any version.
  static let base = ["bookworm", "bookworm-security"]

  private let name: String
  private let folder: URL
  private let options: [String]

  /// Makes the lists for suites; security suites are known by their names.
  init(_ suites: [String], in cache: Cache) async throws {
    name = suites.joined(separator: ", ")
    folder = try cache.folder("apt/\(suites.joined(separator: "+"))")
    guard FileManager.default.fileExists(atPath: Self.keyring) else {
      throw LabFailure(
        "cannot fetch Debian's packages: \(Self.keyring) is missing; install the package debian-archive-keyring",
        exit: LabFailure.unavailable)
    }
    // An empty list of what is installed: every package then comes with all that it needs.
    for part in ["lists/partial", "cache/archives/partial"] {
      try FileManager.default.createDirectory(
        at: folder.appending(path: part), withIntermediateDirectories: true)
    }
    let status = folder.appending(path: "status")
    let sources = folder.appending(path: "sources.list")
    let lines = suites.map { suite in
      let archive = suite.hasSuffix("-security") ? "debian-security" : "debian"
      return "deb [arch=amd64 signed-by=\(Self.keyring)] \(Self.mirror)/\(archive) \(suite) main\n"
    }
    let settings = [
      "Dir::Etc::SourceList=\(sources.location)", "Dir::Etc::SourceParts=/dev/null",
      "Dir::Etc::Preferences=/dev/null", "Dir::Etc::PreferencesParts=/dev/null", "Dir::State=\(folder.location)",
      "Dir::State::Lists=\(folder.location)lists", "Dir::State::status=\(status.location)",
      "Dir::Cache=\(folder.location)cache", "APT::Architecture=amd64", "APT::Install-Recommends=false",
      "APT::Sandbox::User=", "Debug::NoLocking=true", "Acquire::Languages=none", "Acquire::Retries=2",
      "Acquire::http::Timeout=20",
    ]
    options = settings.flatMap { ["-o", $0] }
    try await alone {
      try Data().write(to: status)
      try Data(lines.joined().utf8).write(to: sources)
      try await update()
    }
  }

  /// Does something while nobody else, in this process or another, does anything with these lists.
  private func alone<Result>(_ body: () async throws -> Result) async throws -> Result {
    let lock = try FileDescriptor.open(
      FilePath(folder.appending(path: "lock").location), .readWrite, options: [.create, .closeOnExec],
      permissions: .ownerReadWrite)
    defer { try? lock.close() }
    while flock(lock.rawValue, LOCK_EX | LOCK_NB) != 0 { try await Task.sleep(for: .milliseconds(50)) }
    return try await body()
  }

  /// The lists are fetched once a day: a package that has gone since then is told by name when it is fetched.
  private func update() async throws {
    let stamp = folder.appending(path: "updated")
    let attributes = try? FileManager.default.attributesOfItem(atPath: stamp.location)
    if let date = attributes?[.modificationDate] as? Date, date.timeIntervalSinceNow > -86_400 { return }
    // apt-get ends with 0 even if nothing could be reached; only a complaint tells.
    do {
      try await Program.aptGet.run(
        options + ["-o", "APT::Update::Error-Mode=any", "update"], to: "read Debian's lists for \(name)")
    } catch let failure as LabFailure {
      throw LabFailure(
        "\(failure); is there a network? Once the cache is filled, none is needed", exit: failure.exit)
    }
    try Data().write(to: stamp)
  }

  /// A package of the base suites, unpacked in the cache.
  static func kept(_ package: String, in cache: Cache) async throws -> URL {
    try await cache.kept("packages/\(package)") { place in
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      try await PackageSource(base, in: cache).unpack([package], into: place)
    }
  }

  /// The names of all packages that begin in a certain way.
  func packages(beginning prefix: String) async throws -> [String] {
    try await Program.aptCache.run(options + ["pkgnames", prefix], to: "look for \(prefix)* in \(name)")
      .split(separator: "\n").map(String.init)
  }

  /// Fetches packages, and unpacks them.
  ///
  /// - Parameters:
  ///   - packages: their names.
  ///   - place: the folder that they are unpacked into.
  ///   - closure: whether with all that they depend on.
  /// - Returns: the version of each of `packages`, by its name.
  @discardableResult
  func unpack(_ packages: [String], into place: URL, closure: Bool = false) async throws -> [String: String] {
    // Two may fetch from the same suites at a time.
    let downloads = folder.appending(path: "download-\(UUID().uuidString.prefix(8))", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(
      at: downloads.appending(path: "partial"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: downloads) }
    let attempt = "fetch \(packages.joined(separator: ", ")) from \(name)"
    let words =
      closure
      ? ["-o", "Dir::Cache::Archives=\(downloads.location)", "install", "--download-only", "-y"] : ["download"]
    _ = try await alone {
      try await Program.aptGet.run(options + words + packages, to: attempt, in: closure ? nil : downloads.location)
    }
    let files = try FileManager.default.contentsOfDirectory(at: downloads, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "deb" }.sorted { $0.location < $1.location }
    var versions: [String: String] = [:]
    for file in files {
      // A folder in a package does not replace a link, such as /bin to /usr/bin.
      try await Program.shell.run(
        [
          "-c", "dpkg-deb --fsys-tarfile \"$1\" | tar -x -C \"$2\" --keep-directory-symlink", "sh", file.location,
          place.location,
        ],
        to: "unpack \(file.lastPathComponent)")
      let words = file.lastPathComponent.split(separator: "_")
      if words.count == 3, packages.contains(String(words[0])) { versions[String(words[0])] = String(words[1]) }
    }
    return versions
  }
}
