import Foundation

/// What a guest's root has beside the packages: what their installation would have made, and the lab's data.
enum GuestFiles {
  private static let users = """
    root:x:0:0:root:/root:/bin/sh
    messagebus:x:101:101::/nonexistent:/usr/sbin/nologin
    systemd-oom:x:102:102::/:/usr/sbin/nologin
    nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin

    """
  private static let groups = """
    root:x:0:
    adm:x:4:
    tty:x:5:
    disk:x:6:
    kmem:x:15:
    utmp:x:43:
    messagebus:x:101:
    systemd-oom:x:102:
    systemd-journal:x:103:
    nogroup:x:65534:

    """
  /// All texts, for telling versions apart.
  static let all = users + groups + "\(probeMegabytes) \(cacheMegabytes) \(masked) \(links)"

  /// Mapped by the probe: pages of a file that a person's programs need.
  private static let probeMegabytes = 16
  /// For whoever fills the page cache.
  private static let cacheMegabytes = 300
  /// Units that have nothing to do in a guest; peers are started by the scenario that wants them.
  private static let masked = [
    "earlyoom", "nohang", "nohang-desktop", "oomd", "systemd-udevd", "systemd-udev-trigger", "systemd-logind",
    "systemd-networkd", "systemd-timesyncd", "e2scrub_reap", "systemd-pcrphase", "systemd-pcrphase-sysinit",
  ]
  /// Not a dictionary: its order, and with it the name of what is made of this, would differ from run to run.
  private static let links: KeyValuePairs = [
    "usr/bin/sh": "busybox", "usr/bin/awk": "busybox", "usr/bin/sed": "busybox", "usr/bin/find": "busybox",
    "usr/sbin/insmod": "../bin/busybox", "etc/mtab": "/proc/self/mounts",
    "etc/systemd/system/multi-user.target.wants/lab.service": "../lab.service",
    "etc/systemd/system/default.target": "/usr/lib/systemd/system/multi-user.target",
  ]

  static func write(to tree: URL, units: [URL]) throws {
    let files = FileManager.default
    for folder in ["share/doc", "share/man", "share/locale", "share/info", "share/zoneinfo"] {
      try? files.removeItem(at: tree.appending(path: "usr/\(folder)"))
    }
    for folder in [
      "proc", "sys", "dev", "run", "tmp", "root", "lab", "data", "mnt", "var/tmp", "var/log", "var/lib",
      "etc/systemd/system/multi-user.target.wants",
    ] {
      try files.createDirectory(at: tree.appending(path: folder), withIntermediateDirectories: true)
    }
    for folder in ["tmp", "var/tmp"] {
      try files.setAttributes([.posixPermissions: 0o1777], ofItemAtPath: tree.appending(path: folder).location)
    }
    let texts = [
      "etc/passwd": users, "etc/group": groups, "etc/machine-id": "5cade5cade5cade5cade5cade5cade00\n",
      "etc/hostname": "lab\n", "etc/hosts": "127.0.0.1 localhost lab\n", "etc/fstab": "", "etc/shadow": "",
    ]
    for (path, text) in texts { try Data(text.utf8).write(to: tree.appending(path: path)) }
    for unit in units {
      try files.copyItem(at: unit, to: tree.appending(path: "etc/systemd/system/\(unit.lastPathComponent)"))
    }
    for unit in masked {
      let place = tree.appending(path: "etc/systemd/system/\(unit).service")
      try? files.removeItem(at: place)
      try files.createSymbolicLink(atPath: place.location, withDestinationPath: "/dev/null")
    }
    for (path, target) in links {
      let place = tree.appending(path: path)
      guard !files.fileExists(atPath: place.location) else { continue }
      try? files.removeItem(at: place)
      try files.createSymbolicLink(atPath: place.location, withDestinationPath: target)
    }
    try fill(tree.appending(path: "data/probe"), megabytes: probeMegabytes)
    try fill(tree.appending(path: "data/cache"), megabytes: cacheMegabytes)
  }

  /// A file without holes: a hole would be read without the disk.
  private static func fill(_ place: URL, megabytes: Int) throws {
    try Data().write(to: place)
    let file = try FileHandle(forWritingTo: place)
    defer { try? file.close() }
    var block = Data(count: 1 << 20)
    for offset in stride(from: 0, to: block.count, by: 512) {
      block[offset] = UInt8(truncatingIfNeeded: offset >> 9) | 1
    }
    for _ in 0..<megabytes { try file.write(contentsOf: block) }
  }
}
