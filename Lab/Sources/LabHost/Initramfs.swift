import Foundation

/// The first file system of a guest: a shell, the lab's `init` and the modules between the kernel and its disks.
enum Initramfs {
  private static let modules = [
    "virtio", "virtio_ring", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci", "virtio_blk", "loop",
    "lzo-rle", "lz4", "lz4_compress", "lz4hc_compress", "zstd_compress", "842_compress", "842_decompress", "zsmalloc",
    "zram", "fuse",
  ]

  static func make(start: Data, modules folder: URL, in cache: Cache, to place: URL) async throws {
    let shell = try await PackageSource.kept("busybox-static", in: cache)
    let tree = place.appendingPathExtension("tree")
    defer { try? FileManager.default.removeItem(at: tree) }
    for name in ["bin", "modules"] {
      try FileManager.default.createDirectory(at: tree.appending(path: name), withIntermediateDirectories: true)
    }
    let busybox = ["usr/bin/busybox", "bin/busybox"].map { shell.appending(path: $0) }
      .first { FileManager.default.fileExists(atPath: $0.location) }
    guard let busybox else { throw LabFailure("cannot make a guest: no busybox in Debian's busybox-static") }
    try FileManager.default.copyItem(at: busybox, to: tree.appending(path: "bin/busybox"))
    let first = tree.appending(path: "init")
    try start.write(to: first)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: first.location)

    var files: [String: URL] = [:]
    for case let file as URL in FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) ?? .init() {
      let name = file.lastPathComponent
      if let end = name.range(of: ".ko") { files[String(name[..<end.lowerBound])] = file }
    }
    var list = ""
    for name in modules {
      // What is not there is part of the kernel itself.
      guard let file = files[name] else { continue }
      let copy = tree.appending(path: "modules/\(name).\(file.pathExtension == "xz" ? "ko.xz" : "ko")")
      try FileManager.default.copyItem(at: file, to: copy)
      // The guest's insmod reads plain ones only.
      if copy.pathExtension == "xz" { try await Program.decompressor.run(["-d", copy.location], to: "unpack \(name)") }
      list += "\(name)\n"
    }
    try Data(list.utf8).write(to: tree.appending(path: "modules/list"))
    try await Program.shell.run(
      [
        "-c", "cd \"$1\" && find . | cpio -o -H newc --quiet -R 0:0 | gzip -1 >\"$2\"", "sh", tree.location,
        place.location,
      ],
      to: "write the first file system of a guest")
  }
}
