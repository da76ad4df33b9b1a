import Foundation
import LabCatalog

/// A kernel that is built here, of Debian's source, with all that checks addresses, locks and pages while it runs. It is
/// built once; a build that is stopped goes on where it was.
struct SelfCheckingKernel: Sendable {
  /// What the build of the kernel needs beside that of a module.
  private static let tools = ["bc", "flex", "bison", "libelf-dev", "libc6-dev"]
  /// It took twenty minutes of processor time, and forty minutes on two processors that others wanted too.
  private static let limitSeconds = 4 * 3600

  /// Of a module that is built for it, what Debian's package of headers would hold.
  private static let headers = """
    Makefile .config Module.symvers include scripts arch/x86/include arch/x86/Makefile arch/x86/Makefile_32.cpu \
    arch/x86/Makefile.um arch/x86/kernel/asm-offsets.s tools/objtool/objtool
    """

  /// What was made, laid out as Debian's packages are.
  let unpacked: URL
  /// Has its compiler, and its headers.
  let root: BuildRoot

  /// Builds it, unless it is there.
  ///
  /// - Parameters:
  ///   - configuration: the file with what its configuration must have.
  ///   - progress: is told that it takes long.
  init(_ kernel: Kernel, in cache: Cache, configuration: URL, progress: (String) -> Void) async throws {
    let files = FileManager.default
    let wanted = try Data(contentsOf: configuration)
    let base = "kernels/\(kernel.name)/\(Digest.of(wanted))"
    root = try await BuildRoot(
      "\(base)/root", suites: kernel.suites, packages: Self.tools + kernel.packages, in: cache)
    let root = root
    unpacked = try await cache.kept("\(base)/unpacked") { place in
      let building = try cache.folder("\(base)/building")
      let source = building.appending(path: "source", directoryHint: .isDirectory)
      progress(
        "the kernel \(kernel.name) is built, once: 40 minutes on two busy processors, and half a GB to keep;"
          + " \(source.location)build.log says how far it is, and a build that is stopped goes on there")
      if !files.fileExists(atPath: source.location) {
        try await root.run(Self.unpack(kernel.packages[0]), in: building, to: "unpack \(kernel.packages[0])")
      }
      try wanted.write(to: source.appending(path: "wanted.config"))
      try await root.run(
        Self.build, in: source, to: "build the kernel \(kernel.name)", limitSeconds: Self.limitSeconds)
      let made = source.appending(path: "made")
      let release = try String(contentsOf: made.appending(path: "release"), encoding: .utf8)
        .trimmingCharacters(in: .whitespacesAndNewlines)
      let headers = root.folder.appending(path: "usr/src/linux-headers-\(release)")
      try? files.removeItem(at: headers)
      try files.moveItem(at: made.appending(path: "headers"), to: headers)
      for folder in ["boot", "usr/lib/modules/\(release)"] {
        try files.createDirectory(at: place.appending(path: folder), withIntermediateDirectories: true)
      }
      try files.moveItem(
        at: made.appending(path: "vmlinuz"), to: place.appending(path: "boot/vmlinuz-\(release)"))
      try files.removeItem(at: building)
    }
  }

  /// What is unpacked is whole, or not there.
  ///
  /// - Parameter package: that of the source, which is an archive of the same name.
  private static func unpack(_ package: String) -> String {
    """
    rm -rf draft && mkdir draft
    tar -x -J -C draft --strip-components 1 -f /usr/src/\(package).tar.xz
    mv draft source
    """
  }

  /// Each step does nothing more if it was done before.
  private static let build = """
    if ! cmp -s wanted.config self-checking.config || [ ! -f .config ]; then
      make KCONFIG_ALLCONFIG=wanted.config alldefconfig
      cp wanted.config self-checking.config
    fi
    grep -E '^(# )?CONFIG_' wanted.config | while read -r line; do
      grep -qxF "$line" .config || { echo "ERROR: this source has no way to $line"; exit 1; }
    done
    make -j$(nproc) bzImage modules
    rm -rf made && mkdir -p made/headers
    tar -c $(ls -d \(headers) 2>/dev/null) | tar -x -C made/headers
    make -s kernelrelease >made/release
    cp arch/x86/boot/bzImage made/vmlinuz
    """
}
