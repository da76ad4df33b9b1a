import Glibc

/// The guest's control groups: all in one hierarchy of version 2, or, under a systemd that was told so, each controller in
/// one of version 1, beside one of version 2 that has no controller.
enum GuestGroups {
  private static let mounts = "/sys/fs/cgroup"
  /// Those of version 1 in which a group of the scenario is made, and the one of version 2, by which services are known.
  private static let hierarchies = ["memory", "cpu", "pids", "unified"]

  static let areOfVersion1 = unsafe access("\(mounts)/cgroup.controllers", F_OK) != 0

  /// Where the groups of a hierarchy are, which is the same for all of version 2.
  static func root(_ hierarchy: String) -> String { areOfVersion1 ? "\(mounts)/\(hierarchy)" : mounts }

  /// Where the groups are that memory is charged to; by a folder there a group is named here.
  static var memory: String { root("memory") }

  /// The folders that a group has.
  static func folders(of group: String) -> [String] {
    areOfVersion1 ? hierarchies.map { folder(of: group, in: $0) } : [group]
  }

  /// The folder that a group has in a hierarchy.
  static func folder(of group: String, in hierarchy: String) -> String {
    root(hierarchy) + group.dropFirst(memory.count)
  }

  static func make(_ group: String) {
    for folder in folders(of: group) { Folder.make(folder) }
  }

  /// Takes the caller into a group.
  static func enter(_ group: String) {
    for folder in folders(of: group) { Text.write("0", to: "\(folder)/cgroup.procs") }
  }

  /// - Returns: whether the kernel took it.
  @discardableResult
  static func limit(_ group: String, bytes: Int) -> Bool {
    Text.write("\(bytes)", to: "\(group)/\(areOfVersion1 ? "memory.limit_in_bytes" : "memory.max")")
  }

  static func limit(_ group: String, processes: Int) {
    Text.write("\(processes)", to: "\(folder(of: group, in: "pids"))/pids.max")
  }

  /// Leaves a group a thousandth of a processor, or takes that back.
  static func throttle(_ group: String, _ isThrottled: Bool) {
    let folder = folder(of: group, in: "cpu")
    if areOfVersion1 {
      Text.write("1000000", to: "\(folder)/cpu.cfs_period_us")
      Text.write(isThrottled ? "1000" : "-1", to: "\(folder)/cpu.cfs_quota_us")
    } else {
      Text.write("\(isThrottled ? "1000" : "max") 1000000", to: "\(folder)/cpu.max")
    }
  }

  /// Freezes a group, as a manager of version 2 does.
  static func freeze(_ group: String) { Text.write("1", to: "\(folder(of: group, in: "unified"))/cgroup.freeze") }

  static func isEmpty(_ group: String) -> Bool { Text.line("\(group)/cgroup.procs").isEmpty }

  /// Kills all that are in a group, and whom they start meanwhile.
  static func kill(_ group: String) {
    for _ in 0..<100 where !isEmpty(group) {
      for line in (Text.read("\(group)/cgroup.procs") ?? "").split(separator: "\n") {
        if let pid = pid_t(line) { Glibc.kill(pid, SIGKILL) }
      }
      pause(microseconds: 20_000)
    }
  }
}
