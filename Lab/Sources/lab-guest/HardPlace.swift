import ScytheLinux
import ScytheVictims

/// Where victims of one kind live, one after the other. Nothing of it stays.
struct HardPlace {
  private static let freezer = "/run/lab-freezer"
  /// Those who made the victim are here, so that its group is its own.
  private static let others = "\(Cast.userGroup)/hard-others.scope"

  let kind: HardKind
  let group: String

  /// - Throws: `Unavailable` if this kernel has not what the kind needs.
  init(_ kind: HardKind) throws {
    self.kind = kind
    group = "\(Cast.userGroup)/hard-\(kind.rawValue).scope"
    switch kind {
    case .frozenV1:
      guard Folder.mount("cgroup", on: Self.freezer, "freezer") else {
        throw Unavailable(reason: "this kernel has no cgroup v1 freezer")
      }
    case .hugetlb:
      let pages = kind.bytes / HardGauge.hugePageBytes
      Self.setPool(pages)
      guard Text.read("\(HardGauge.hugePageFolder)/nr_hugepages") == "\(pages)\n" else {
        Self.setPool(0)
        throw Unavailable(reason: "no pool of \(pages) huge pages can be made")
      }
    default: break
    }
  }

  /// Why there is no victim of a kind.
  struct Unavailable: Error {
    let reason: String
  }

  /// Makes a victim, and brings it into its state.
  ///
  /// - Throws: `Unavailable`.
  func makeVictim() throws -> VictimProcess {
    for folder in [group, Self.others] { Folder.make(folder) }
    // Its own group below this one has a quota, while its memory is charged to this one.
    if kind == .throttled { Text.write("+cpu", to: "\(group)/cgroup.subtree_control") }
    let victim: VictimProcess
    do {
      let enter = "echo 0 >\"$0/cgroup.procs\" && exec /lab/scythe-victim \"$@\""
      victim = try VictimProcess(
        program: "/usr/bin/busybox", ["sh", "-c", enter, group] + kind.options(group: group, freezer: Self.freezer))
    } catch {
      throw Unavailable(reason: "\(error)")
    }
    let family = [victim.pid, victim.pid("sharer")].map { "\($0.rawValue)" }
    for member in Self.members(group) where !family.contains(member) {
      Text.write(member, to: "\(Self.others)/cgroup.procs")
    }
    switch kind {
    // A hundredth: what the victim's own program sets is less than anybody gets.
    case .throttled: Text.write("1000 100000", to: "\(victim.values["group"] ?? "")/cpu.max")
    case .swapped: try swapOut()
    default: break
    }
    return victim
  }

  /// Pushes all of the group out, and leaves it room again.
  private func swapOut() throws {
    Text.write("0", to: "\(group)/memory.high")
    let swapped = Text.read("\(group)/memory.swap.current").flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
    Text.write("max", to: "\(group)/memory.high")
    guard swapped >= kind.bytes / 10 * 9 else {
      throw Unavailable(reason: "only \(swapped >> 20) MiB of it could be pushed out")
    }
  }

  /// Takes the group of an ended victim away, and with it the word that nobody is left.
  ///
  /// - Throws: `Stage.Refusal` if somebody is.
  func clear() throws {
    // Members on their way out keep a group busy for a moment, and the victim's own group below is taken away meanwhile.
    for _ in 0..<500 {
      if [group, Self.others].allSatisfy(Folder.remove), Folder.hasNoFolder(Self.freezer) { return }
      pause(microseconds: 10_000)
    }
    let left = (Self.members(group) + Self.members(Self.others)).joined(separator: ", ")
    throw Stage.Refusal(reason: "a victim of the kind \(kind.rawValue) left something behind: processes \(left)")
  }

  /// Takes away what the kind needed.
  func close() {
    switch kind {
    case .frozenV1: Folder.unmount(Self.freezer)
    case .hugetlb: Self.setPool(0)
    default: break
    }
  }

  private static func setPool(_ pages: Int) {
    Text.write("\(pages)", to: "\(HardGauge.hugePageFolder)/nr_hugepages")
  }

  private static func members(_ group: String) -> [String] {
    (Text.read("\(group)/cgroup.procs") ?? "").split(separator: "\n").map(String.init)
  }
}
