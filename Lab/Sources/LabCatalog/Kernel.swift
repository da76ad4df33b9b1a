/// A kernel as Debian ships it for clouds: small, and stock.
public struct Kernel: Sendable, Equatable {
  /// What it is called on the command line: its series.
  public let name: String
  /// The Debian suite that it comes from, and where its security updates are.
  public let suites: [String]
  /// What the names of its packages begin with, each followed by the rest of the release and `-cloud-amd64`.
  public let packages: [String]
  /// How the emulator runs its two processors: kernels from 6.12 on hang with a host thread for each.
  public let threads: EmulatorThreads

  /// Host threads of the emulator.
  public enum EmulatorThreads: String, Sendable {
    case single, multi
  }

  /// All that there are, the oldest first.
  public static let all = [
    Kernel(
      name: "5.10", suites: ["bullseye", "bullseye-security"], packages: ["linux-image-5.10."], threads: .multi),
    Kernel(name: "6.1", suites: ["bookworm", "bookworm-security"], packages: ["linux-image-6.1."], threads: .multi),
    Kernel(name: "6.12", suites: ["trixie", "trixie-security"], packages: ["linux-image-6.12."], threads: .single),
    Kernel(name: "7.2", suites: ["sid"], packages: ["linux-binary-7.2.", "linux-modules-7.2."], threads: .single),
  ]

  /// The one of that name.
  public static func named(_ name: String) -> Kernel? { all.first { $0.name == name } }
}
