import Foundation
import LabCatalog

/// The kernel extension, compiled for one kernel.
struct ExtensionModule: Sendable {
  /// What the Makefile of its sources makes.
  private static let name = "scythe.ko"

  /// What a guest's kernel is told. What it says of the extension must not be lost among what tests make it say. And the
  /// emulator was seen to lose the flags after the kernel's cmpxchg16b (feature 141) while code was changed; programs are
  /// left the instruction, because those in Swift cannot be without it.
  static let commandLine = "log_buf_len=4M clearcpuid=141"

  /// The file, in the folder of this process.
  let file: URL
  /// As `uname -r` says of its kernel.
  let release: String

  /// Compiles it.
  ///
  /// - Parameters:
  ///   - folder: has the sources in a folder of their own, with the object made of Swift beside them: what
  ///     `make extension-source` makes for DKMS.
  ///   - root: has the compiler and the headers of the kernel.
  init(
    for kernel: Kernel, release: String, from folder: URL, in root: BuildRoot, _ cache: Cache
  ) async throws {
    self.release = release
    let files = FileManager.default
    let trees = (try? files.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    guard let source = trees.first(where: { files.fileExists(atPath: $0.appending(path: "Makefile").location) }) else {
      throw LabFailure(
        "cannot build the extension: no sources in \(folder.location); `make extension-source` puts them there")
    }
    let place = try cache.working().appending(path: "extension-\(kernel.name)", directoryHint: .isDirectory)
    try? files.removeItem(at: place)
    try files.copyItem(at: source, to: place)
    try await root.run(
      "make KERNEL=/usr/src/linux-headers-\(release)", in: place, to: "build the extension for \(kernel.name)")
    file = place.appending(path: Self.name)
    guard files.fileExists(atPath: file.location) else {
      throw LabFailure("cannot build the extension for \(kernel.name): make has made no \(Self.name)")
    }
  }
}
