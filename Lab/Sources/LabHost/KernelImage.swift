import Foundation
import LabCatalog

/// A kernel in the cache, ready to be booted: `vmlinuz`, and an initramfs with the modules that a guest needs.
package struct KernelImage: Sendable {
  let kernel: URL
  let initramfs: URL
  /// As `uname -r` says.
  package let release: String
}

extension KernelImage {
  /// Fetches it, unless it is there.
  ///
  /// - Parameter files: the folder of the lab's own files for guests.
  init(_ kernel: Kernel, in cache: Cache, files: URL) async throws {
    let unpacked = try await cache.kept("kernels/\(kernel.name)/unpacked") { place in
      try await Self.fetch(kernel, in: cache, to: place)
    }
    try await self.init(kernel, unpacked: unpacked, in: cache, files: files)
  }

  /// One that lies in a folder as its packages would have left it.
  ///
  /// - Parameters:
  ///   - unpacked: the folder.
  ///   - files: the folder of the lab's own files for guests.
  init(_ kernel: Kernel, unpacked: URL, in cache: Cache, files: URL) async throws {
    let start = try Data(contentsOf: files.appending(path: "init"))
    let modules = unpacked.appending(path: "usr/lib/modules")
    let releases = try FileManager.default.contentsOfDirectory(atPath: modules.location)
    guard releases.count == 1 else {
      throw LabFailure("cannot use the kernel \(kernel.name): its packages hold \(releases.count) releases, not one")
    }
    release = releases[0]
    // Newer packages have it among the modules.
    let places = ["boot/vmlinuz-\(release)", "usr/lib/modules/\(release)/vmlinuz"].map { unpacked.appending(path: $0) }
    guard let image = places.first(where: { FileManager.default.fileExists(atPath: $0.location) }) else {
      throw LabFailure("cannot use the kernel \(kernel.name): no vmlinuz in its packages; Debian has moved it again")
    }
    self.kernel = image
    let folder = modules.appending(path: release)
    initramfs = try await cache.kept("kernels/\(kernel.name)/initramfs-\(Digest.of(start)).gz") { place in
      try await Initramfs.make(start: start, modules: folder, in: cache, to: place)
    }
  }

  private static func fetch(_ kernel: Kernel, in cache: Cache, to place: URL) async throws {
    let source = try await PackageSource(kernel.suites, in: cache)
    var names: [String] = []
    for prefix in kernel.packages {
      // Two generations may be there; the newest is the one that is sorted last by its numbers.
      let found = try await source.packages(beginning: prefix).filter {
        $0.hasSuffix("-cloud-amd64") || $0.hasSuffix("+cloud-amd64")
      }
      guard let newest = found.max(by: { $0.compare($1, options: .numeric) == .orderedAscending }) else {
        throw LabFailure(
          "cannot fetch the kernel \(kernel.name): Debian's \(kernel.suites[0]) has no \(prefix)*-cloud-amd64 any more;"
            + " the other kernels can still be used", exit: LabFailure.unavailable)
      }
      names.append(newest)
    }
    try FileManager.default.createDirectory(
      at: place.appending(path: "usr/lib"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: place.appending(path: "lib").location, withDestinationPath: "usr/lib")
    try await source.unpack(names, into: place)
  }
}
