import Foundation
import LabCatalog

/// A kernel that is built here, of Debian's source, with all that checks addresses, locks and pages while it runs. It is
/// built once; a build that is stopped goes on where it was.
struct SelfCheckingKernel: Sendable {
  /// What the build of the kernel needs beside that of a module.
  private static let tools = ["bc", "flex", "bison", "libelf-dev", "libc6-dev"]
  /// On two processors it takes half an hour if nobody else wants them.
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
      progress(
        "the kernel \(kernel.name) is built, once: 20 to 60 minutes on two processors, 4 GB meanwhile and 1 GB to keep;"
          + " \(building.location)build.log says how far it is, and a build that is stopped goes on there")
      try wanted.write(to: building.appending(path: "self-checking.config"))
      try await root.run(
        Self.build(root.folder, kernel.packages[0]), in: building, to: "build the kernel \(kernel.name)",
        limitSeconds: Self.limitSeconds)
      let release = try String(contentsOf: building.appending(path: "release"), encoding: .utf8)
        .trimmingCharacters(in: .whitespacesAndNewlines)
      let headers = root.folder.appending(path: "usr/src/linux-headers-\(release)")
      try? files.removeItem(at: headers)
      try files.moveItem(at: building.appending(path: "headers"), to: headers)
      for folder in ["boot", "usr/lib/modules/\(release)"] {
        try files.createDirectory(at: place.appending(path: folder), withIntermediateDirectories: true)
      }
      try files.moveItem(
        at: building.appending(path: "vmlinuz"), to: place.appending(path: "boot/vmlinuz-\(release)"))
      try files.removeItem(at: building)
    }
  }

  /// The commands of the build, each of which does nothing more if it was done before.
  ///
  /// - Parameter package: that of the source, which is an archive of the same name.
  private static func build(_ root: URL, _ package: String) -> String {
    """
    if [ ! -d source ]; then
      rm -rf draft && mkdir draft && tar -x -J -C draft --strip-components 1 -f /usr/src/\(package).tar.xz
      mv draft source
    fi
    cd source
    if ! cmp -s ../self-checking.config self-checking.config || [ ! -f .config ]; then
      cp ../self-checking.config .
      make KCONFIG_ALLCONFIG=self-checking.config alldefconfig
    fi
    grep -E '^(# )?CONFIG_' self-checking.config | while read -r line; do
      grep -qxF "$line" .config || { echo "ERROR: this source has no way to $line"; exit 1; }
    done
    make -j$(nproc) bzImage modules
    rm -rf ../headers && mkdir ../headers
    tar -c $(ls -d \(headers) 2>/dev/null) | tar -x -C ../headers
    cp arch/x86/boot/bzImage ../vmlinuz
    make -s kernelrelease >../release
    """
  }
}
