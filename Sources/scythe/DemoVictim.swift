import Scythe

/// A kind of victim that the demo shows.
enum DemoVictim: String, CaseIterable {
  case running
  case held
  case frozen
  case throttled
  case idle
  case frozenWrite = "state-d"
  case manyMappings = "vmas"
  case hugePages = "huge-pages"
  case manyThreads = "threads"
  case controlGroup = "cgroup"
  case robustMutex = "robust-mutex"

  /// All names, for a person.
  static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

  /// What it is called where there is little room.
  func title(_ bytes: UInt64) -> String {
    switch self {
    case .running: "running"
    case .held: "held in its exit"
    case .frozen: "frozen (cgroup v1)"
    case .throttled: "out of CPU quota"
    case .idle: "idle class, no CPU"
    case .frozenWrite: "state D (fsfreeze)"
    case .manyMappings: "\(DemoVictim.grouped(mappings(bytes))) VMAs"
    case .hugePages: "huge pages"
    case .manyThreads: "500 threads"
    case .controlGroup: "cgroup of \(DemoVictim.members)"
    case .robustMutex: "holds a robust mutex"
    }
  }

  /// What it is, in a sentence.
  var explanation: String {
    switch self {
    case .running: "It sleeps, and can exit by itself."
    case .held: "A tracer holds it at the beginning of its exit, as a driver would that does not return."
    case .frozen: "Its cgroup v1 freezer group is frozen, and stays frozen; SIGKILL does not wake it."
    case .throttled: "Its cgroup may use a thousandth of a CPU, and it has used that up."
    case .idle: "It is in the idle class, on a CPU that two others keep busy."
    case .frozenWrite: "It waits in the kernel for a write to a frozen file system: an uninterruptible sleep."
    case .manyMappings: "It can exit by itself; its memory is in small pieces."
    case .hugePages: "It can exit by itself; its memory is in transparent huge pages."
    case .manyThreads: "It can exit by itself, once each of its threads has."
    case .controlGroup: "Several processes that can exit by themselves, killed as one."
    case .robustMutex:
      "It shares a robust mutex with another process, holds it, and is held in its exit for 0.3 s. The kernel tells of the"
        + " owner's death when the exit walks a list in the owner's memory; a release that comes first takes the list away,"
        + " and the other process waits for ever. Scythe looks first, and waits."
    }
  }

  /// How it is killed, to be compared.
  var ways: [DemoWay] {
    guard self != .robustMutex else { return [.signalAlone, .unchecked, .workers(2)] }
    // A second worker on a single CPU never gets to start.
    return Machine.usableProcessors > 1 ? [.signalAlone, .workers(1), .workers(2)] : [.signalAlone, .workers(1)]
  }

  /// The options of `scythe-victim` that make it, to be tried in this order.
  ///
  /// - Throws: `NotShown` if the machine has no place for it.
  func arguments(_ bytes: UInt64) throws -> [[String]] {
    let memory = ["--anon", "\(bytes)"]
    switch self {
    case .running: return [memory]
    case .held: return [memory + ["--held"]]
    case .frozen:
      return try DemoGroups.folders(.freezer, orElse: "no cgroup v1 freezer is mounted").map {
        memory + ["--freeze", $0]
      }
    case .throttled:
      return try DemoGroups.folders(.cpu, .unified, orElse: "no CPU controller is mounted").map {
        memory + ["--spin", "--throttle", $0]
      }
    case .idle: return [memory + ["--idle"]]
    case .frozenWrite: return [memory + ["--frozen-write"]]
    case .manyMappings: return [memory + ["--vmas", "\(mappings(bytes))"]]
    case .hugePages: return [memory + ["--thp"]]
    case .manyThreads: return [memory + ["--threads", "500"]]
    case .controlGroup:
      let share = "\(bytes / UInt64(DemoVictim.members))"
      let members = ["--anon", share, "--fork", "\(DemoVictim.members - 1)", "--child-anon", share]
      return try DemoGroups.folders(.unified, .memory, .freezer, orElse: "no cgroup file system is mounted").map {
        members + ["--group", $0]
      }
    case .robustMutex: return [memory + ["--robust", "held", "--held-for", "300"]]
    }
  }

  /// How long it takes besides the making of the victims, at the most.
  var extraNanoseconds: Int64 {
    switch self {
    // The quota is seen to be used up at the end of a period of one second; three victims.
    case .throttled: 5_000_000_000
    case .held, .frozen, .idle, .frozenWrite: 2_100_000_000
    // A mutex is taken for lost after two seconds.
    case .robustMutex: 3_100_000_000
    default: 200_000_000
    }
  }

  private static let members = 4

  /// As many pieces as are wanted, of two pages at least.
  private func mappings(_ bytes: UInt64) -> Int { Int(min(50_000, bytes / (2 * Machine.pageBytes))) }

  /// A number below a million with a comma between the thousands.
  private static func grouped(_ number: Int) -> String {
    number < 1000 ? "\(number)" : "\(number / 1000),\("\(1000 + number % 1000)".dropFirst())"
  }
}

/// A way to kill.
enum DemoWay: Equatable {
  /// The signal, and nothing else.
  case signalAlone
  /// Scythe, with up to that many threads that release.
  case workers(Int)
  /// A release that does not look at the robust mutexes first.
  case unchecked

  /// What it is called.
  var title: String {
    switch self {
    case .signalAlone: "SIGKILL alone"
    case .workers(let count): "Scythe, \(count) worker\(count == 1 ? "" : "s")"
    case .unchecked: "unchecked release"
    }
  }

  /// Whether it is Scythe's own way.
  var isScythe: Bool { if case .workers = self { true } else { false } }
}

/// Why a victim is not shown.
struct NotShown: Error {
  let reason: String
}

/// Where control groups can be made.
enum DemoGroups {
  /// The caller's own group in each hierarchy that is mounted, and the groups above it: a controller may be missing
  /// further down.
  ///
  /// - Throws: `NotShown` if none of them is mounted.
  static func folders(_ hierarchies: ControlGroupHierarchy..., orElse reason: String) throws -> [String] {
    var folders: [String] = []
    for hierarchy in hierarchies {
      guard let path = try? Procfs().controlGroupPath(of: .current, in: hierarchy) else { continue }
      var folder = path.string
      while (try? ControlGroup(path: PathBuffer(bytes: folder.utf8))) != nil {
        folders.append(folder)
        folder = folder.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
      }
    }
    guard !folders.isEmpty else { throw NotShown(reason: reason) }
    return folders
  }
}
