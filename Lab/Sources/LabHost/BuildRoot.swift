import Foundation
import Glibc
import LabCatalog

/// A Debian with a compiler, in the cache, in which something for a kernel is made: a module is to be compiled by the
/// compiler of its kernel, and this machine need not have that. Made of packages alone; nothing is installed here.
struct BuildRoot: Sendable {
  /// What every build calls.
  private static let tools = [
    "make", "gcc", "dash", "bash", "coreutils", "findutils", "sed", "grep", "mawk", "diffutils", "tar", "gzip",
    "xz-utils", "perl-base",
  ]
  /// Nobody reads in there, and it is a quarter of the whole.
  private static let unread = ["doc", "man", "locale", "info", "lintian"]

  /// The tree.
  let folder: URL

  /// Makes it, unless it is there.
  ///
  /// - Parameters:
  ///   - name: what the cache knows it by.
  ///   - suites: where the packages come from.
  ///   - packages: those beside the usual tools; all that they depend on comes with them.
  init(_ name: String, suites: [String], packages: [String], in cache: Cache) async throws {
    folder = try await cache.kept(name) { place in
      let files = FileManager.default
      for folder in ["bin", "sbin", "lib", "lib64"] {
        try files.createDirectory(at: place.appending(path: "usr/\(folder)"), withIntermediateDirectories: true)
        try files.createSymbolicLink(
          atPath: place.appending(path: folder).location, withDestinationPath: "usr/\(folder)")
      }
      try await PackageSource(suites, in: cache).unpack(Self.tools + packages, into: place, closure: true)
      for folder in Self.unread { try? files.removeItem(at: place.appending(path: "usr/share/\(folder)")) }
      // The installation would have made it: one of several programs of the name.
      try files.createSymbolicLink(
        atPath: place.appending(path: "usr/bin/awk").location, withDestinationPath: "mawk")
      for folder in ["build", "proc", "dev"] {
        try files.createDirectory(at: place.appending(path: folder), withIntermediateDirectories: true)
      }
      try Data().write(to: place.appending(path: "dev/null"))
    }
  }

  /// The one with the compiler and the headers of a kernel.
  init(for kernel: Kernel, release: String, in cache: Cache) async throws {
    do {
      try await self.init(
        "kernels/\(kernel.name)/build-\(release)", suites: kernel.suites, packages: ["linux-headers-\(release)"],
        in: cache)
    } catch let failure as LabFailure {
      throw LabFailure(
        "\(failure); Debian may have gone on from \(release): remove \(cache.folder.location)kernels/\(kernel.name), and"
          + " the lab fetches the newest kernel with its headers", exit: failure.exit)
    }
  }

  // What is mounted for a command ends with its mount namespace, and whatever it started with its process namespace, also
  // if this program is killed. objtool reads /proc, and everybody writes to /dev/null.
  private static let entrance = """
    mount -t proc proc "$1/proc" && mount --bind /dev/null "$1/dev/null" && mount --bind "$2" "$1/build" || exit 71
    root=$1 && shift 2 && exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin HOME=/build LC_ALL=C "$@"
    """
  // The last line of make says only that it failed.
  private static let commands = """
    cd /build && sh -ec "$1" >build.log 2>&1 && exit
    grep -m 1 -E '(error|ERROR|Error [0-9]|[Nn]o space|Stop\\.)' build.log || tail -n 1 build.log
    exit 1
    """

  /// Runs a command of the shell in it to its end, at a low priority.
  ///
  /// - Parameters:
  ///   - command: runs in `/build`, where `build.log` gets what it prints.
  ///   - place: the folder that is `/build`; what is made there stays.
  ///   - limitSeconds: the longest that it may take.
  func run(_ command: String, in place: URL, to attempt: String, limitSeconds: Int = 600) async throws {
    // Without root's rights those over what is mounted in a namespace of one's own are enough.
    let user = geteuid() == 0 ? [] : ["--user", "--map-root-user"]
    let words =
      ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"] + user
      + ["sh", "-c", Self.entrance, "sh", folder.location, place.location]
      + ["nice", "-n", "15", "sh", "-c", Self.commands, "sh", command]
    try await Program.unshare.run(words, to: attempt, limitSeconds: limitSeconds)
  }
}
