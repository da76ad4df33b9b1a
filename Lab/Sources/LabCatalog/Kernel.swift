/// A kernel as Debian ships it for clouds: small, and stock; or one that is built here of Debian's source.
package struct Kernel: Sendable, Equatable {
  /// What it is called on the command line: its series.
  package let name: String
  /// The Debian suite that it comes from, and where its security updates are.
  package let suites: [String]
  /// What the names of its packages begin with, each followed by the rest of the release and `-cloud-amd64`; of one that
  /// is built here the package of its source.
  package let packages: [String]
  /// How the emulator runs its two processors: kernels from 6.12 on hang with a host thread for each.
  package let threads: EmulatorThreads
  /// Whether it is built here, and looks after its own addresses, locks and pages: slow, and only for the extension.
  package let checksItself: Bool

  /// Host threads of the emulator.
  package enum EmulatorThreads: String, Sendable {
    case single, multi
  }

  package init(
    name: String, suites: [String], packages: [String], threads: EmulatorThreads, checksItself: Bool = false
  ) {
    self.name = name
    self.suites = suites
    self.packages = packages
    self.threads = threads
    self.checksItself = checksItself
  }

  /// All that there are, the oldest first, and behind them those that are built here.
  package static let all = [
    Kernel(
      name: "5.10", suites: ["bullseye", "bullseye-security"], packages: ["linux-image-5.10."], threads: .multi),
    Kernel(name: "6.1", suites: ["bookworm", "bookworm-security"], packages: ["linux-image-6.1."], threads: .multi),
    Kernel(name: "6.12", suites: ["trixie", "trixie-security"], packages: ["linux-image-6.12."], threads: .single),
    Kernel(name: "7.2", suites: ["sid"], packages: ["linux-binary-7.2.", "linux-modules-7.2."], threads: .single),
    Kernel(
      name: "6.12-checked", suites: ["trixie", "trixie-security"], packages: ["linux-source-6.12"], threads: .single,
      checksItself: true),
  ]

  /// What it is, in a few words for a list.
  package var title: String {
    checksItself
      ? "Debian's \(packages[0]), built here with KASAN and lockdep; only with --extension, by name"
      : "Debian \(suites[0]), for clouds"
  }

  /// The one of that name.
  package static func named(_ name: String) -> Kernel? { all.first { $0.name == name } }
}
