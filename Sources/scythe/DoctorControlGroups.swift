import Scythe

// The control groups of the doctor's own process.
extension DoctorMachine {
  /// What is looked at in the group's own files.
  private struct GroupFile {
    let name: StaticString
    let mode: OpenMode
    let since: KernelVersion
    let use: String
    var instead: String?
  }

  var controlGroupChecks: [DoctorCheck] { unifiedChecks + [freezerCheck, memoryV1Check] }

  private var unifiedChecks: [DoctorCheck] {
    let path: PathBuffer?
    do throws(Errno) {
      path = try procfs.controlGroupPath(of: .current, in: .unified)
    } catch {
      return without("its mount cannot be looked for: \(error.description)", isKnown: false)
    }
    guard let path else {
      return without("not mounted, or this process is in a part of it that is not", isKnown: true)
    }
    let group: ControlGroup
    do throws(Errno) {
      group = try ControlGroup(path: path)
    } catch {
      return without("\(path.string): \(error.description)", isKnown: false)
    }
    let place = group.isRoot ? "the root group" : "a group"
    var checks = [DoctorCheck.works(.cgroup, "cgroup v2", "this process is in \(place), \(path.string)")]
    let hasMemory = (try? group.offers(controller: "memory")) ?? false
    checks.append(memoryControllerCheck(hasMemory))
    for file in files { checks.append(check(file, of: group, hasMemory: hasMemory)) }
    checks.append(childCheck(group))
    return checks
  }

  /// The same names where there is no group to look at, so that a program always finds them.
  private func without(_ reason: String, isKnown: Bool) -> [DoctorCheck] {
    let make = isKnown ? DoctorCheck.missing : DoctorCheck.unknown
    let first = make(
      .cgroup, "cgroup v2", reason, "members of a v1 group, signalled one by one",
      "boot with systemd.unified_cgroup_hierarchy=1 to use groups as limits")
    let names = ["memory controller"] + files.map { "\($0.name)" } + ["child groups"]
    return [first] + names.map { make(.cgroup, $0, "no cgroup v2 to look at", nil, nil) }
  }

  private func memoryControllerCheck(_ hasMemory: Bool) -> DoctorCheck {
    let name = "memory controller"
    if hasMemory { return .works(.cgroup, name, "counts and limits the memory of groups") }
    let isV1 = ((try? procfs.controlGroupPath(of: .current, in: .memory)) ?? nil) != nil
    return .missing(
      .cgroup, name, isV1 ? "it belongs to cgroup v1 here" : "not available to this group",
      instead: "the memory that /proc says each victim has",
      remedy: isV1
        ? "boot with systemd.unified_cgroup_hierarchy=1 to have it in v2"
        : "switch it on in cgroup.subtree_control of the group above, or boot without cgroup_disable=memory")
  }

  private var files: [GroupFile] {
    [
      GroupFile(
        name: "cgroup.kill", mode: .write, since: KernelVersion(5, 14), use: "kills a whole group, forks included",
        instead: "members signalled one by one, until none is new"),
      GroupFile(
        name: "memory.current", mode: .read, since: KernelVersion(4, 5), use: "shows what a killed group gave back",
        instead: "the memory that /proc says each victim has"),
      GroupFile(
        name: "memory.max", mode: .write, since: KernelVersion(4, 5), use: "for --carrier limit"),
      GroupFile(
        name: "memory.swap.max", mode: .write, since: KernelVersion(4, 5), use: "for --carrier limit, beside the other"),
      GroupFile(
        name: "memory.oom.group", mode: .read, since: KernelVersion(4, 19), use: "who dies as one; not used yet"),
      GroupFile(
        name: "memory.reclaim", mode: .write, since: KernelVersion(5, 19),
        use: "shrinks a group that lives; not used yet"),
      GroupFile(
        name: "memory.peak", mode: .read, since: KernelVersion(5, 19), use: "the most that a group had; not used yet"),
      GroupFile(
        name: "memory.pressure", mode: .read, since: KernelVersion(4, 20), use: "stalls of a group; not used yet"),
      GroupFile(
        name: "memory.events", mode: .read, since: KernelVersion(4, 5), use: "limits hit and kills by the kernel"),
    ]
  }

  private func check(_ file: GroupFile, of group: borrowing ControlGroup, hasMemory: Bool) -> DoctorCheck {
    let name = "\(file.name)"
    guard let error = checkError(file, of: group) else { return .works(.cgroup, name, file.use) }
    let belongsToMemory = name.hasPrefix("memory.") && name != "memory.pressure"
    switch error {
    case .noSuchFileOrDirectory where belongsToMemory && !hasMemory:
      return .missing(.cgroup, name, "not without the memory controller", instead: file.instead)
    case .noSuchFileOrDirectory where group.isRoot:
      return isAtLeast(file.since)
        ? .unknown(.cgroup, name, "the root group never has it; groups below should", instead: file.instead)
        : .missing(.cgroup, name, "not in this kernel", instead: file.instead, remedy: remedy(file.since))
    case .noSuchFileOrDirectory:
      return .missing(
        .cgroup, name, "not in this kernel", instead: file.instead,
        remedy: isAtLeast(file.since) ? nil : remedy(file.since))
    case .permissionDenied, .notPermitted, .readOnlyFileSystem:
      return .partly(
        .cgroup, name, "there, but not to be used by this user: \(error.description)", instead: file.instead,
        remedy: "run scythe as root, or in a group that is delegated to this user (systemd: Delegate=yes)")
    default:
      return .unknown(.cgroup, name, "an answer that was not expected: \(error.description)", instead: file.instead)
    }
  }

  private func checkError(_ file: GroupFile, of group: borrowing ControlGroup) -> Errno? {
    do throws(Errno) {
      try group.check(file.name, file.mode)
      return nil
    } catch {
      return error
    }
  }

  private func remedy(_ since: KernelVersion) -> String { "boot Linux \(since.major).\(since.minor) or later" }

  private func childCheck(_ group: borrowing ControlGroup) -> DoctorCheck {
    let name = "child groups"
    do throws(Errno) {
      try group.checkMakingChildren()
    } catch {
      return .partly(
        .cgroup, name, "this user may make none below this group: \(error.description)",
        remedy: "run scythe as root, or in a group that is delegated to this user (systemd: Delegate=yes)")
    }
    let isLimited = (try? group.passesOn(controller: "memory")) ?? false
    return .works(
      .cgroup, name,
      "may be made below this group, \(isLimited ? "with" : "without") the memory controller")
  }

  private var freezerCheck: DoctorCheck {
    let name = "v1 freezer"
    do throws(Errno) {
      try Freezer.checkRescue(procfs)
      return .works(.cgroup, name, "mounted; a frozen victim can be moved out of its group, and dies")
    } catch {
      switch error {
      case .noSuchFileOrDirectory:
        return .info(.cgroup, name, "none is mounted here, in which a victim could be frozen")
      case .permissionDenied, .notPermitted, .readOnlyFileSystem:
        return .partly(
          .cgroup, name, "mounted, and this user may not move a frozen victim out: \(error.description)",
          instead: "its memory is released; it dies when it is thawed", remedy: "run scythe as root for frozen victims")
      default: return .unknown(.cgroup, name, error.description)
      }
    }
  }

  private var memoryV1Check: DoctorCheck {
    let name = "v1 memory"
    do throws(Errno) {
      guard let path = try procfs.controlGroupPath(of: .current, in: .memory) else {
        return .info(.cgroup, name, "none here, and none needed")
      }
      let bytes = try ControlGroup(path: path).memoryCurrentBytes()
      return .info(.cgroup, name, "this group is charged \(Quantity.bytes(bytes))")
    } catch {
      return .unknown(
        .cgroup, name, "cannot be read: \(error.description)", instead: "the memory that /proc says each victim has")
    }
  }
}
