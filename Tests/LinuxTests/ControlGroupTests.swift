import Foundation
import TestSupport
import Testing

@testable import ScytheLinux

private struct Mount: Equatable {
  var root: String
  var point: String
}

private func mount(_ line: [UInt8], _ hierarchy: ControlGroupHierarchy) -> Mount? {
  ControlGroupMount(parsing: line.span, for: hierarchy).map { Mount(root: String($0.root), point: String($0.point)) }
}

private func mount(_ line: String, _ hierarchy: ControlGroupHierarchy) -> Mount? { mount(Array(line.utf8), hierarchy) }

private let unified = "35 24 0:30 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate"
private let memory = "33 24 0:28 / /sys/fs/cgroup/memory rw,relatime shared:9 master:2 - cgroup cgroup rw,memory"
private let freezer = "36 24 0:31 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer"
private let other = """
  22 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
  23 22 0:21 / /proc rw,relatime - proc proc rw
  24 22 0:25 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
  """

@Suite struct `A mount of control groups` {
  @Test func `is found by its file system and its controllers`() {
    #expect(mount(unified, .unified) == Mount(root: "/", point: "/sys/fs/cgroup/unified"))
    #expect(mount(memory, .memory) == Mount(root: "/", point: "/sys/fs/cgroup/memory"))
    #expect(mount(freezer, .freezer) == Mount(root: "/", point: "/sys/fs/cgroup/freezer"))
    #expect(mount(unified, .memory) == nil)
    #expect(mount(unified, .freezer) == nil)
    #expect(mount(memory, .unified) == nil)
    #expect(mount(memory, .freezer) == nil)
    #expect(mount(freezer, .memory) == nil)
  }

  @Test(arguments: ["rw,cpu,freezer", "rw,freezer,cpu", "freezer", "rw,xattr,memory,freezer,name=x"])
  func `may have several controllers`(options: String) {
    let line = "36 24 0:31 / /cg rw - cgroup cgroup \(options)"
    #expect(mount(line, .freezer) == Mount(root: "/", point: "/cg"))
  }

  @Test(arguments: ["rw,freezers", "rw,xfreezer", "rw", "rw,", ",", "rw,name=freezer", "rw,freeze", "", "rw freezer"])
  func `has a controller only under its whole name`(options: String) {
    #expect(mount("36 24 0:31 / /cg rw - cgroup cgroup \(options)", .freezer) == nil)
  }

  @Test(arguments: [
    ("/a\\040b", "/a b"), ("/a\\011b", "/a\tb"), ("/a\\012b", "/a\nb"), ("/a\\134b", "/a\\b"),
    ("/a\\040b\\040\\134", "/a b \\"), ("/plain", "/plain"), ("/\\303\\251", "/\u{e9}"), ("/a\\", "/a\\"),
    ("/a\\08", "/a\\08"), ("/a\\777", "/a\\777"), ("/a\\4x0", "/a\\4x0"),
  ])
  func `has octal escapes in its paths`(written: String, path: String) {
    #expect(mount("36 24 0:31 \(written) /cg rw - cgroup cgroup rw,freezer", .freezer)?.root == path)
    #expect(mount("36 24 0:31 / \(written) rw - cgroup cgroup rw,freezer", .freezer)?.point == path)
  }

  @Test func `takes back every path that the kernel escapes`() {
    var generator = SeededGenerator(seed: HostileInput.seed)
    for round in 0..<HostileInput.rounds {
      let path =
        [UInt8(ascii: "/")]
        + (0..<Int.random(in: 0...40, using: &generator)).map { _ in
          UInt8.random(in: 1...255, using: &generator)
        }
      var written: [UInt8] = []
      for byte in path {
        if Array(" \t\n\\#".utf8).contains(byte) {
          written += Array("\\".utf8) + [48 + (byte >> 6), 48 + (byte >> 3 & 7), 48 + (byte & 7)]
        } else {
          written.append(byte)
        }
      }
      let line = Array("36 24 0:31 / ".utf8) + written + Array(" rw shared:1 - cgroup2 c rw".utf8)
      let found = ControlGroupMount(parsing: line.span, for: .unified)
      let point = found?.point.withBytes { bytes in bytes.indices.map { bytes[$0] } }
      #expect(point == path, "seed \(HostileInput.seed), round \(round)")
      if point != path { return }
    }
  }

  @Test(arguments: ["", " shared:1", " shared:1 master:2 propagate_from:3", " unbindable", " master:1 - "])
  func `may have optional fields`(fields: String) {
    // The last one is none: it ends the optional fields early, and the type is then a hyphen.
    let found = mount("36 24 0:31 / /cg rw,relatime\(fields) - cgroup2 cgroup rw", .unified)
    #expect(found == (fields.hasSuffix("- ") ? nil : Mount(root: "/", point: "/cg")))
  }

  @Test(arguments: [
    "", " ", "-", " - ", "- cgroup2 ", "36", "36 24 0:31", "36 24 0:31 /", "36 24 0:31 / /cg", "36 24 0:31 / /cg rw",
    "36 24 0:31 / /cg rw -", "36 24 0:31 / /cg rw - ", "36 24 0:31 / /cg rw - cgroup2",
    "36 24 0:31 / /cg rw cgroup2 c rw",
    "36 24 0:31 / /cg rw - cgroup22 c rw", "36 24 0:31 / /cg rw - tmpfs cgroup2 rw", "\0\0\0\0",
    "36 24 0:31 / /c\\000g rw - cgroup2 c rw", "36 24 0:31 / /c\0g rw - cgroup2 c rw", "\\ \\ \\ \\ \\ \\ - cgroup2",
  ])
  func `that no kernel writes is none`(line: String) {
    #expect(mount(line, .unified) == nil)
    #expect(mount(line, .memory) == nil)
  }

  @Test func `whose path is longer than 511 bytes is refused`() {
    let fits = "/" + String(repeating: "x", count: 510)
    let line = "36 24 0:31 / \(fits) rw - cgroup2 c rw"
    #expect(mount(line, .unified)?.point == fits)
    #expect(mount(line.replacing("/xx", with: "/xxx"), .unified) == nil)
    #expect(mount("36 24 0:31 \(fits)x /cg rw - cgroup2 c rw", .unified) == nil)
  }

  @Test(arguments: [(freezer, ControlGroupHierarchy.freezer), (unified, .unified)])
  func `cut anywhere is none, or the right one`(line: String, hierarchy: ControlGroupHierarchy) {
    let whole = mount(line, hierarchy)
    #expect(whole != nil)
    for text in HostileInput.truncations(of: line) {
      let cut = mount(text, hierarchy)
      #expect(cut == nil || cut == whole, "after \(text.count) bytes")
    }
  }

  @Test func `survives every damage`() {
    for hierarchy in [ControlGroupHierarchy.unified, .memory, .freezer] {
      for line in [unified, memory, freezer] {
        HostileInput.forEach(like: line) { input in
          guard let mount = mount(input, hierarchy) else { return nil }
          return mount.point.isEmpty || mount.root.isEmpty ? "a mount without paths" : nil
        }
      }
    }
  }
}

/// The path of a process's group in a tree with these two files.
private func path(
  mountinfo: String, cgroup: String, _ hierarchy: ControlGroupHierarchy
) throws -> String? {
  let tree = try TemporaryTree()
  try tree.write("self/mountinfo", mountinfo)
  try tree.write("5/cgroup", cgroup)
  return try tree.procfs.controlGroupPath(of: PID(5), in: hierarchy).map { String($0) }
}

private let mountinfo = [other, memory, freezer, unified, ""].joined(separator: "\n")

private let cgroup = """
  9:name=systemd:/
  6:cpu,freezer:/build/job 7
  4:memory:/user.slice
  2:cpuacct:/memory
  0::/user.slice/user-1000.slice/run:1

  """

/// What the cgroup line of a process says below a mount with this root.
private func group(_ line: String, _ hierarchy: ControlGroupHierarchy, root: String = "/") -> String? {
  let mount = Array("36 24 0:31 \(root) /cg rw - cgroup2 c rw".utf8)
  let bytes = Array(line.utf8)
  guard let parsed = ControlGroupMount(parsing: mount.span, for: .unified) else { return "no mount" }
  return Procfs.groupPath(parsing: bytes.span, for: hierarchy, below: parsed).map { String($0) }
}

@Suite struct `The control group of a process` {
  @Test func `is found in each hierarchy`() throws {
    #expect(
      try path(mountinfo: mountinfo, cgroup: cgroup, .unified)
        == "/sys/fs/cgroup/unified/user.slice/user-1000.slice/run:1")
    #expect(try path(mountinfo: mountinfo, cgroup: cgroup, .memory) == "/sys/fs/cgroup/memory/user.slice")
    #expect(try path(mountinfo: mountinfo, cgroup: cgroup, .freezer) == "/sys/fs/cgroup/freezer/build/job 7")
  }

  @Test func `is nil without a mount, or without a line`() throws {
    #expect(try path(mountinfo: "", cgroup: cgroup, .unified) == nil)
    #expect(try path(mountinfo: other, cgroup: cgroup, .memory) == nil)
    #expect(try path(mountinfo: mountinfo, cgroup: "", .unified) == nil)
    #expect(try path(mountinfo: mountinfo, cgroup: "1:cpu:/\n", .memory) == nil)
  }

  @Test func `is nil if its path does not fit`() throws {
    let long = String(repeating: "/0123456789", count: 60)
    #expect(try path(mountinfo: mountinfo, cgroup: "0::\(long)\n4:memory:/short\n", .unified) == nil)
    #expect(try path(mountinfo: mountinfo, cgroup: "0::\(long)\n4:memory:/short\n", .memory) != nil)
    let endless = String(repeating: "x", count: 5000)
    #expect(try path(mountinfo: mountinfo, cgroup: "0::/\(endless)\n4:memory:/short\n", .unified) == nil)
    #expect(try path(mountinfo: mountinfo, cgroup: "0::/\(endless)\n4:memory:/short\n", .memory) != nil)
  }

  @Test func `is found behind a mountinfo line that is longer than the buffer`() throws {
    let overlay = "40 22 0:40 / /overlay rw - overlay overlay rw,lowerdir=" + String(repeating: "/layer:", count: 2000)
    let text = overlay + "\n" + unified + "\n"
    #expect(try path(mountinfo: text, cgroup: "0::/a\n", .unified) == "/sys/fs/cgroup/unified/a")
  }

  @Test func `of a process that is gone is ESRCH`() throws {
    let tree = try TemporaryTree()
    try tree.write("self/mountinfo", mountinfo)
    #expect(throws: Errno.noSuchProcess) { _ = try tree.procfs.controlGroupPath(of: PID(6), in: .unified) }
  }

  @Test func `without mountinfo is ENOENT`() throws {
    let tree = try TemporaryTree()
    #expect(throws: Errno.noSuchFileOrDirectory) { _ = try tree.procfs.controlGroupPath(of: PID(6), in: .unified) }
  }

  @Test(arguments: [
    ("0::/", "/cg"), ("0::/a", "/cg/a"), ("0::/a:b:c", "/cg/a:b:c"), ("0::/a b", "/cg/a b"),
    ("0::/a (deleted)", "/cg/a (deleted)"), ("0::/...", "/cg/..."), ("0::/..a/b", "/cg/..a/b"),
  ])
  func `is below the mount`(line: String, path: String) {
    #expect(group(line, .unified) == path)
  }

  @Test(arguments: [
    "", ":", "::", "0", "0:", "0::", "0:/", "1::/a", "0:memory:/a", "-0::/a", "x::/a", "0::a", "0::ab", "\0::/a",
    "18446744073709551616::/a", "99999999999999999999999999999999::/a", "0: :/a",
  ])
  func `is nil where no kernel writes such a line`(line: String) {
    #expect(group(line, .unified) == nil)
  }

  @Test(arguments: [
    ("4:memory:/a", "/cg/a"), ("4:cpu,memory:/a", "/cg/a"), ("4:memory,cpu:/a", "/cg/a"), ("4:memory:/", "/cg"),
    ("4:memory:/a:memory:/b", "/cg/a:memory:/b"),
  ])
  func `is below the mount of its controller`(line: String, path: String) {
    #expect(group(line, .memory) == path)
    #expect(group(line, .freezer) == nil)
    #expect(group(line, .unified) == nil)
  }

  @Test(arguments: [
    "4:name=memory:/a", "4:memoryx:/a", "4:xmemory:/a", "4::/memory", "4:cpu:/memory", "4:memory", "4:memory:",
  ])
  func `is nil for a controller of another name`(line: String) {
    #expect(group(line, .memory) == nil)
  }

  @Test(
    arguments: [
      ("0::/docker/7", "/cg"), ("0::/docker/7/", "/cg"), ("0::/docker/7/a", "/cg/a"), ("0::/docker/7/a:b", "/cg/a:b"),
      ("0::/docker/77", nil), ("0::/docker", nil), ("0::/", nil), ("0::/other/docker/7", nil), ("0::/docker/8/a", nil),
    ] as [(String, String?)])
  func `is reachable in a mount of a part only if it is below that part`(line: String, path: String?) {
    #expect(group(line, .unified, root: "/docker/7") == path)
  }

  @Test(arguments: ["0::/..", "0::/../b", "0::/../../b", "0::/../"])
  func `outside of the cgroup namespace is not reachable`(line: String) {
    // The names of cgroup_namespaces(7): followed blindly, they would leave the mount.
    #expect(group(line, .unified) == nil)
    #expect(group("4:memory:" + line.dropFirst(3), .memory) == nil)
  }

  @Test func `outside of the cgroup namespace is reachable in a mount that shows it`() {
    #expect(group("0::/../b", .unified, root: "/..") == "/cg/b")
    #expect(group("0::/../../b", .unified, root: "/..") == nil)
    #expect(group("0::/b", .unified, root: "/..") == nil)
  }

  @Test func `cut anywhere is nil or a group above it`() throws {
    let line = "0::/user.slice/user-1000.slice"
    for text in HostileInput.truncations(of: line) {
      guard let path = group(String(decoding: text, as: UTF8.self), .unified) else { continue }
      #expect(text.count >= 4, "a path after \(text.count) bytes")
      #expect("/cg/user.slice/user-1000.slice".hasPrefix(path))
    }
  }

  @Test func `survives every damage`() {
    for (root, line) in [("/", "6:cpu,freezer:/build/job 7"), ("/docker", "6:freezer:/docker/build")] {
      let text = Array("36 24 0:31 \(root) /cg rw - cgroup cgroup rw,freezer".utf8)
      let mount = ControlGroupMount(parsing: text.span, for: .freezer)!
      HostileInput.forEach(like: line) { input in
        guard let path = Procfs.groupPath(parsing: input.span, for: .freezer, below: mount) else { return nil }
        let bytes = path.withBytes { bytes in bytes.indices.map { bytes[$0] } }
        if !bytes.starts(with: Array("/cg".utf8)) { return "outside of the mount" }
        return bytes.count > 3 && bytes[3] != UInt8(ascii: "/") ? "beside the mount" : nil
      }
    }
  }

  @Test func `of this process is one that exists`() throws {
    for hierarchy in [ControlGroupHierarchy.unified, .memory, .freezer] {
      guard let path = try Procfs().controlGroupPath(of: .current, in: hierarchy) else { continue }
      #expect(FileManager.default.fileExists(atPath: "\(String(path))/cgroup.procs"))
    }
  }
}

@Suite struct `The memory events of a group` {
  private func take(_ text: String) -> ControlGroupMemoryEvents {
    var events = ControlGroupMemoryEvents()
    for line in text.split(separator: "\n") {
      let bytes = Array(line.utf8)
      events.take(bytes.span)
    }
    return events
  }

  @Test func `are told apart though their names begin alike`() {
    let events = take("low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\nsock_throttled 7\n")
    #expect(events.max == 3)
    #expect(events.oom == 4)
    #expect(events.oomKill == 5)
  }

  @Test(arguments: [
    "max", "max ", "max -1", "max x", "maxx 1", "oom_killer 1", "oom 18446744073709551616", "oom:1", " oom 1", "\0", "",
    "oom_kill 999999999999999999999999999999",
  ])
  func `are not changed by a malformed line`(line: String) {
    #expect(take(line) == ControlGroupMemoryEvents())
  }
}
