/// A kind of victim.
enum HardKind: String, CaseIterable {
  case running
  case frozenV1 = "frozen-v1"
  case frozenV2 = "frozen-v2"
  case frozenWrite = "state-d"
  case throttled
  case idle
  case vforkParent = "vfork-parent"
  case traced
  case stopped
  case ignoresTerm = "ignores-term"
  case manyMappings = "vmas"
  case manyThreads = "threads"
  case hugePages = "huge-pages"
  case locked
  case shared
  case hugetlb
  case pinned
  case swapped
  case mutex = "robust-mutex"
  case heldMutex = "robust-mutex-held"

  /// What it is, for a table.
  var title: String {
    switch self {
    case .running: "running"
    case .frozenV1: "frozen (cgroup v1)"
    case .frozenV2: "frozen (cgroup v2)"
    case .frozenWrite: "state D (fsfreeze)"
    case .throttled: "CPU quota of 1 %, used up"
    case .idle: "idle class, no CPU"
    case .vforkParent: "parent of a vfork"
    case .traced: "stopped by a tracer"
    case .stopped: "stopped (SIGSTOP)"
    case .ignoresTerm: "ignores SIGTERM"
    case .manyMappings: "50,000 VMAs"
    case .manyThreads: "500 threads"
    case .hugePages: "huge pages"
    case .locked: "locked memory"
    case .shared: "shared memory"
    case .hugetlb: "hugetlb"
    case .pinned: "pinned by io_uring"
    case .swapped: "swapped out"
    case .mutex: "holds a robust mutex"
    case .heldMutex: "the same, slow to exit"
    }
  }

  /// What it is told to have.
  var bytes: Int { self == .manyMappings ? 200 << 20 : 64 << 20 }

  /// The options of `scythe-victim`.
  ///
  /// - Parameters:
  ///   - group: the group of cgroup v2 that its own is to be below.
  ///   - freezer: where the freezer of cgroup v1 is.
  func options(group: String, freezer: String) -> [String] {
    let memory = ["--anon", "\(bytes)"]
    switch self {
    case .frozenV1: return memory + ["--freeze", freezer]
    case .frozenV2: return memory + ["--freeze", group]
    case .throttled: return memory + ["--spin", "--throttle", group]
    default: return ["--group", group] + memoryOptions
    }
  }

  /// Of a victim that needs no group for its state.
  private var memoryOptions: [String] {
    let memory = ["--anon", "\(bytes)"]
    return switch self {
    case .frozenWrite: memory + ["--frozen-write"]
    case .idle: memory + ["--idle"]
    case .vforkParent: memory + ["--share", "vfork"]
    case .traced: memory + ["--traced"]
    case .stopped: memory + ["--stopped"]
    case .ignoresTerm: memory + ["--ignore-term"]
    case .manyMappings: memory + ["--vmas", "50000"]
    case .manyThreads: memory + ["--threads", "500"]
    case .hugePages: memory + ["--thp"]
    case .locked: memory + ["--locked"]
    case .shared: ["--shared", "\(bytes)"]
    case .hugetlb: ["--hugetlb", "\(bytes)"]
    case .pinned: ["--pinned", "\(bytes)"]
    case .mutex: memory + ["--robust", "held"]
    case .heldMutex: memory + ["--robust", "held", "--held-for", "300"]
    default: memory
    }
  }

  /// Where its memory is seen.
  var source: HardGauge.Source {
    switch self {
    case .hugetlb: .hugePages
    case .swapped: .memoryAndSwap
    default: .memory
    }
  }

  var holdsMutex: Bool { self == .mutex || self == .heldMutex }
}
