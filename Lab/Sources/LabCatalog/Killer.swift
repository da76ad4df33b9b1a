/// Somebody who may end a process when memory runs out.
package struct Killer: Sendable, Equatable {
  /// What it is started by.
  package enum Start: String, Sendable {
    /// Nothing: the kernel alone, or a command that a scenario calls.
    case none
    /// A program that is started beside the scenario.
    case program
    /// systemd, which is the guest's first process then.
    case systemd
  }

  /// What it is called on the command line.
  package let name: String
  /// What it is, in a few words for a table.
  package let title: String
  package let start: Start
  /// The program and its arguments in the guest, with the defaults that its package has.
  package let arguments: [String]
  /// The Debian suite that its package comes from; `nil` if it is no package.
  package let suite: String?
  /// The package.
  package let package: String?
  /// What its version begins with: another one is not what the report says.
  package let version: String?

  /// The programs of this repository that it is; none for others. Its results are of one build of them.
  package var tools: [String] {
    switch name {
    // Its victims are killed by the daemon's program too, beside it.
    case "scythe-kill": ["scythe", "scythed"]
    case "scythed": ["scythed"]
    default: []
    }
  }

  /// What the line has in which it says for the first time that it will act; `nil` for those that say so only once they
  /// have acted, or not to a pipe.
  package var decisionMark: String? { package == "earlyoom" ? "low memory!" : nil }

  init(
    _ name: String, _ title: String, start: Start, arguments: [String] = [], suite: String? = nil,
    package: String? = nil, version: String? = nil
  ) {
    self.name = name
    self.title = title
    self.start = start
    self.arguments = arguments
    self.suite = suite
    self.package = package
    self.version = version
  }
}

extension Killer {
  /// All that there are, in the order in which they are run and shown.
  package static let all = [
    Killer("kernel", "the kernel alone", start: .none),
    earlyoom("1.7", suite: "bookworm"),
    earlyoom("1.8.2", suite: "trixie"),
    earlyoom("1.9.0", suite: "sid"),
    Killer(
      "nohang", "nohang 0.2.0", start: .program,
      arguments: ["/usr/sbin/nohang", "--monitor", "--config", "/etc/nohang/nohang.conf"], suite: "bookworm",
      package: "nohang", version: "0.2.0"),
    Killer(
      "systemd-oomd", "systemd-oomd 252", start: .systemd, suite: "bookworm", package: "systemd-oomd",
      version: "252"),
    Killer(
      "oomd", "Meta oomd 0.5.0", start: .program,
      arguments: ["/usr/bin/oomd", "--config", "/etc/oomd/oomd.json"], suite: "bookworm",
      package: "oomd", version: "0.5.0"),
    Killer("scythe-kill", "scythe kill", start: .none),
    Killer("scythed", "scythed", start: .program, arguments: ["/lab/scythed"]),
  ]

  /// The one of that name.
  package static func named(_ name: String) -> Killer? { all.first { $0.name == name } }

  // Its report line every hour only: what it prints every minute by default would be counted as a wake-up.
  private static func earlyoom(_ version: String, suite: String) -> Killer {
    Killer(
      "earlyoom-\(version)", "earlyoom \(version)", start: .program,
      arguments: ["/usr/bin/earlyoom-\(version)", "-r", "3600"], suite: suite, package: "earlyoom", version: version)
  }
}
