/// A situation that a guest is brought into.
package struct Scenario: Sendable, Equatable {
  /// What kind of question it asks.
  package enum Family: String, Sendable, CaseIterable {
    /// One process of a kind that is hard to kill, killed by each means.
    case hard
    /// Memory runs out, beside processes that must live.
    case exhaustion
    /// Memory gets short, but nobody needs to die.
    case neverNeeded = "never-needed"
    /// Nothing happens, and that costs something too.
    case calm
    /// What the kernel can do: the doctor, its self-tests and the tests of the calls.
    case kernel
    /// The daemon as a service of a systemd that runs.
    case service = "systemd"
    /// The kernel extension, loaded into it.
    case `extension`
    /// Guests that misbehave on purpose: they test the lab itself.
    case broken
  }

  /// What the kernel can push memory out to.
  package enum Swap: String, Sendable, CaseIterable {
    case none
    /// A partition on a virtual disk.
    case disk
    /// Compressed memory.
    case zram
  }

  /// What the disk of a guest can do, in bytes and operations a second.
  package struct DiskLimit: Sendable, Equatable {
    package let bytesPerSecond: Int
    package let operationsPerSecond: Int
  }

  /// What it is called on the command line.
  package let name: String
  package let family: Family
  /// What it is, in a few words for a table.
  package let title: String
  /// Memory of the guest, in MiB.
  package let memoryMiB: Int
  package let swap: Swap
  /// How slow the guest's disk is; `nil` for as fast as it gets.
  package let disk: DiskLimit?
  /// The longest that a guest may take for it, in seconds, its boot included.
  package let limitSeconds: Int

  init(
    _ name: String, _ family: Family, _ title: String, memoryMiB: Int = 1024, swap: Swap = .none,
    disk: DiskLimit? = nil, limitSeconds: Int = 150
  ) {
    self.name = name
    self.family = family
    self.title = title
    self.memoryMiB = memoryMiB
    self.swap = swap
    self.disk = disk
    self.limitSeconds = limitSeconds
  }

  /// The longest that a guest may take for it if its soak lasts so long.
  package func limitSeconds(ofMinutes minutes: Int?) -> Int {
    limitSeconds + ((minutes ?? Self.soakMinutes) - Self.soakMinutes) * 60
  }

  /// What of the tools it needs, whoever the killer is.
  package var tools: [String] {
    switch name {
    case "doctor": ["scythe", "scythe-victim"]
    case "calls", "extension-tests", "extension-calls": ["tests"]
    case "extension-speed": ["scythe-victim"]
    case "service", "service-v1", "soak": ["scythe", "scythe-victim", ServiceUnit.name]
    default: []
    }
  }

  /// Whether systemd is told to keep control groups as distributions did for years: controllers in version 1, beside a
  /// version 2 that has none.
  package var usesVersion1: Bool { name == "service-v1" }

  /// What comes before the swap in a name such as `hog-zram`: what happens, whatever the machine's swap.
  package var situation: String {
    let suffix = "-\(swap.rawValue)"
    return name.hasSuffix(suffix) ? String(name.dropLast(suffix.count)) : name
  }
}

extension Scenario {
  /// All that there is, in the order in which it is run and shown.
  package static let all: [Scenario] =
    kernelChecks + services + hard + exhaustion + neverNeeded + calm + extensions + broken

  /// A guest that does nothing but say so.
  package static let probe = Scenario("probe", .broken, "a guest that boots", memoryMiB: 512, limitSeconds: 20)

  /// The one of that name.
  package static func named(_ name: String) -> Scenario? { all.first { $0.name == name } }

  private static let kernelChecks = [
    Scenario("doctor", .kernel, "scythe doctor and its self-tests"),
    Scenario("calls", .kernel, "the tests of the calls", memoryMiB: 2560, swap: .disk, limitSeconds: 1200),
  ]

  /// How long a soak lasts.
  package static let soakMinutes = 20

  private static let services = [
    Scenario("service", .service, "scythed as a service", limitSeconds: 1500),
    Scenario(
      "service-v1", .service, "scythed as a service, where control groups are of version 1", limitSeconds: 1500),
    Scenario("soak", .service, "a hog every few seconds, for \(soakMinutes) minutes", limitSeconds: 1800),
  ]

  private static let hard = [
    Scenario("hard", .hard, "victims that are hard to kill", memoryMiB: 1536, swap: .disk, limitSeconds: 600),
    Scenario("frozen", .hard, "a frozen victim, and one that runs", memoryMiB: 512, limitSeconds: 60),
  ]

  private static let slowDisk = DiskLimit(bytesPerSecond: 60_000_000, operationsPerSecond: 2000)

  private static let exhaustion =
    eachSwap("hog", "a hog that allocates as fast as it can")
    + eachSwap("two-hogs", "two of them")
    + eachSwap("leak", "a slow leak")
    + eachSwap("many", "many medium processes that grow")
    + [
      Scenario("fork-bomb", .exhaustion, "a fork bomb"),
      Scenario("fork-bomb-zram", .exhaustion, "a fork bomb, zram", swap: .zram),
      Scenario("thrash", .exhaustion, "file cache that thrashes on a slow disk", disk: slowDisk),
      Scenario(
        "thrash-zram", .exhaustion, "file cache that thrashes on a slow disk, zram", swap: .zram, disk: slowDisk),
      Scenario("tmpfs", .exhaustion, "a writer that fills a tmpfs"),
      Scenario("tmpfs-disk", .exhaustion, "a writer that fills a tmpfs, swap on a disk", swap: .disk),
      Scenario("container", .exhaustion, "a container at its own memory.max"),
      Scenario("container-disk", .exhaustion, "a container at its own memory.max, swap on a disk", swap: .disk),
      Scenario("frozen-holder", .exhaustion, "a frozen process that holds the memory"),
      Scenario("frozen-holder-zram", .exhaustion, "a frozen process that holds the memory, zram", swap: .zram),
    ]

  private static let neverNeeded = [
    Scenario("copy", .neverNeeded, "a big file copy", disk: slowDisk),
    Scenario("spike", .neverNeeded, "a spike that ends at 97 %"),
    Scenario("healthy-zram", .neverNeeded, "heavy use of zram, and all is well", swap: .zram),
    Scenario("cold-swap", .neverNeeded, "an idle machine with swap full of cold pages", swap: .disk),
    Scenario("cache-container", .neverNeeded, "a container full of page cache"),
    Scenario("full-tmpfs", .neverNeeded, "a tmpfs that is full"),
  ]

  private static let calm = [
    Scenario("calm-90", .calm, "30 idle seconds, 90 % free"),
    Scenario("calm-30", .calm, "30 idle seconds, 30 % free"),
    Scenario("calm-12", .calm, "30 idle seconds, 12 % free"),
  ]

  private static let extensions = [
    Scenario(
      "extension-tests", .extension, "the tests of the extended call", memoryMiB: 2560, swap: .disk,
      limitSeconds: 3600),
    Scenario(
      "extension-calls", .extension, "the tests of the calls, with the extension there", memoryMiB: 2560, swap: .disk,
      limitSeconds: 3600),
    Scenario(
      "extension-speed", .extension, "the extended call against the stock ones", memoryMiB: 1536, limitSeconds: 900),
  ]

  private static let broken = [
    Scenario("hang", .broken, "a guest that hangs", memoryMiB: 512, limitSeconds: 20),
    Scenario("panic", .broken, "a guest whose kernel panics", memoryMiB: 512, limitSeconds: 40),
    Scenario("rubbish", .broken, "a guest that prints rubbish", memoryMiB: 512, limitSeconds: 40),
  ]

  private static func eachSwap(_ name: String, _ title: String) -> [Scenario] {
    [
      Scenario(name, .exhaustion, title),
      Scenario("\(name)-disk", .exhaustion, "\(title), swap on a disk", swap: .disk),
      Scenario("\(name)-zram", .exhaustion, "\(title), zram", swap: .zram),
    ]
  }
}

extension Scenario {
  /// Whether it makes sense with a killer.
  package func suits(_ killer: Killer) -> Bool {
    switch family {
    case .kernel, .extension, .broken: killer.name == "kernel"
    // All means are tried in one guest, so that they can be compared.
    case .hard: killer.name == "scythe-kill"
    case .exhaustion, .neverNeeded: killer.name != "scythe-kill"
    case .calm: killer.start != .none
    case .service: killer.name == "scythed"
    }
  }

  /// Whether it is run on a kernel when nobody names one: the whole matrix would take a day.
  package func isUsual(on kernel: Kernel) -> Bool {
    if kernel.checksItself { return false }
    return switch family {
    case .kernel, .hard, .extension: true
    case .exhaustion:
      kernel.name == "6.1" || kernel.name == "7.2" && Self.telling.contains(name) || Self.core.contains(name)
    case .neverNeeded: kernel.name == "6.12"
    case .calm, .service: kernel.name == "6.1"
    case .broken: kernel.name == "6.1"
    }
  }

  /// Why it makes no sense on a kernel; `nil` if it does.
  package func refusal(on kernel: Kernel) -> String? {
    guard family == .extension else { return nil }
    if kernel.name == "5.10" { return "the extension is for Linux 6.1 and later" }
    if kernel.checksItself, name == "extension-speed" { return "on a kernel that checks itself times say nothing" }
    return nil
  }

  private static let core = ["hog", "frozen-holder"]
  private static let telling = ["hog-zram", "two-hogs-disk", "leak-zram", "fork-bomb", "thrash"]
}
