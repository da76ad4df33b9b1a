import ScytheLinux
import ScytheVictims

/// Where victims of one kind live, one after the other. Nothing of it stays.
struct HardPlace {
  private static let freezer = "/run/lab-freezer"

  let kind: HardKind
  private let folder: String
  /// Those who make the victim are here: they are not to be counted with it.
  private let makers: String
  /// For a victim that is in a group of another hierarchy.
  private let own: String

  /// - Throws: `Unavailable` if this kernel has not what the kind needs.
  init(_ kind: HardKind) throws {
    self.kind = kind
    folder = "\(Cast.userGroup)/hard-\(kind.rawValue)"
    makers = "\(folder)/makers"
    own = "\(folder)/victim"
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
  /// - Returns: the victim, and the group of cgroup v2 that it is alone in.
  /// - Throws: `Unavailable`.
  func makeVictim() throws -> (victim: VictimProcess, group: String) {
    for path in [folder, makers, own] { Folder.make(path) }
    // Not of the CPU unless it has to be: groups share it evenly, and the idle class would get half of it.
    Text.write(kind == .throttled ? "+memory +cpu" : "+memory", to: "\(folder)/cgroup.subtree_control")
    let isElsewhere = kind == .frozenV1
    let victim: VictimProcess
    do {
      let enter = "echo 0 >\"$0/cgroup.procs\" && exec /lab/scythe-victim \"$@\""
      victim = try VictimProcess(
        program: "/usr/bin/busybox",
        ["sh", "-c", enter, isElsewhere ? own : makers] + kind.options(group: folder, freezer: Self.freezer))
    } catch {
      throw Unavailable(reason: "\(error)")
    }
    let group = isElsewhere ? own : victim.values["group"] ?? ""
    if isElsewhere {
      for member in Self.members(own) where member != "\(victim.pid.rawValue)" {
        Text.write(member, to: "\(makers)/cgroup.procs")
      }
    }
    switch kind {
    // A hundredth: what the victim's own program sets is less than anybody gets.
    case .throttled: Text.write("1000 100000", to: "\(group)/cpu.max")
    case .swapped: try swapOut(group)
    default: break
    }
    return (victim, group)
  }

  /// Pushes all of the group out, and leaves it room again.
  private func swapOut(_ group: String) throws {
    Text.write("0", to: "\(group)/memory.high")
    let swapped = Text.read("\(group)/memory.swap.current").flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
    Text.write("max", to: "\(group)/memory.high")
    guard swapped >= kind.bytes / 10 * 9 else {
      throw Unavailable(reason: "only \(swapped >> 20) MiB of it could be pushed out")
    }
  }

  /// Takes the groups of an ended victim away, and with it the word that nobody is left.
  ///
  /// - Throws: `Stage.Refusal` if somebody is.
  func clear() throws {
    // Members on their way out keep a group busy for a moment, and the victim's own group is taken away meanwhile.
    for _ in 0..<500 {
      if [makers, own, folder].allSatisfy(Folder.remove), Folder.hasNoFolder(Self.freezer) { return }
      pause(microseconds: 10_000)
    }
    throw Stage.Refusal(reason: "a victim of the kind \(kind.rawValue) left a group behind")
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
