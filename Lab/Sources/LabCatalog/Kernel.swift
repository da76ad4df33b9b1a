/// A kernel as Debian ships it for clouds: small, and stock.
package struct Kernel: Sendable, Equatable {
  /// What it is called on the command line: its series.
  package let name: String
  /// The Debian suite that it comes from, and where its security updates are.
  package let suites: [String]
  /// What the names of its packages begin with, each followed by the rest of the release and `-cloud-amd64`.
  package let packages: [String]
  /// How the emulator runs its two processors: kernels from 6.12 on hang with a host thread for each.
  package let threads: EmulatorThreads

  /// Host threads of the emulator.
  package enum EmulatorThreads: String, Sendable {
    case single, multi
  }

  /// All that there are, the oldest first.
  package static let all = [
    Kernel(
      name: "5.10", suites: ["bullseye", "bullseye-security"], packages: ["linux-image-5.10."], threads: .multi),
    Kernel(name: "6.1", suites: ["bookworm", "bookworm-security"], packages: ["linux-image-6.1."], threads: .multi),
    Kernel(name: "6.12", suites: ["trixie", "trixie-security"], packages: ["linux-image-6.12."], threads: .single),
    Kernel(name: "7.2", suites: ["sid"], packages: ["linux-binary-7.2.", "linux-modules-7.2."], threads: .single),
  ]

  /// The one of that name.
  package static func named(_ name: String) -> Kernel? { all.first { $0.name == name } }
}
